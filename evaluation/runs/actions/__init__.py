"""Writes to runs and their answers."""
