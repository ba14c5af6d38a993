"""Promotion, sign-off and rollback of models under an alias."""
