"""Filters for figures in templates."""
