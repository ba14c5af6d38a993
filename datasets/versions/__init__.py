"""Frozen dataset versions: splits, preflight, files, costs."""
