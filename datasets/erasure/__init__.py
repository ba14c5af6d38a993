"""Erasure of text on request, and retention: deletion after a number of days."""
