"""Erasing what was compared in a run: the prompt, an answer, what reviewers wrote about them."""
