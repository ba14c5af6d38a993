"""Conversations as values: normal form, hash, tokens, diffs, merge. Pure."""
