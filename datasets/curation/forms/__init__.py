"""Forms of the example page and the policy library."""
