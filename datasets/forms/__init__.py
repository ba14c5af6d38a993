"""Forms turn what was posted into the arguments of one action."""
