"""Bulk actions: one action on many examples, previewed, run as a job, and undone."""
