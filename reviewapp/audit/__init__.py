"""The audit trail of a project: one stream of all events, as a page and as a file."""
