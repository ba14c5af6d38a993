"""The tests: one file for each action, page or rule."""
