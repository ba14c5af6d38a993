"""Evaluation runs from set-up to closing: prompts, terms, answers."""
