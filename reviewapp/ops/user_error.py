"""The error that the person at the keyboard can put right. Standard library only."""

from __future__ import annotations


class UserError(Exception):
    """Something the operator has to change; its text is one sentence that says what to do."""
