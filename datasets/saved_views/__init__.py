"""Saved views of the queue: filter, order and columns by name, for a member or the project."""
