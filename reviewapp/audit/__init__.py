"""The audit trail of a project: all its events, as a page and as a file."""
