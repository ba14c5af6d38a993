"""Writes of voting."""
