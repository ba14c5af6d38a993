"""Freezing and exporting preferences."""
