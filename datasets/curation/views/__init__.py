"""Pages of the queue, the example, its revisions and the policy library."""
