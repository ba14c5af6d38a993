"""Writes to the model registry."""
