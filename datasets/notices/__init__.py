"""Notifications of what happens to examples and imports."""
