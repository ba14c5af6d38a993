"""Writes about people and projects."""
