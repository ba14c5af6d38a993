"""Erasing a person's text on request, and what is deleted by itself after some days."""
