"""Preferences out of votes: frozen sets of pairs to train with, of closed runs."""
