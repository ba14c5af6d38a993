"""Erasing on request, and deleting what is kept for too long."""

from datasets.erasure.actions.erasing import (
    ASK_REASON,
    erase_example,
    erase_rejects,
    forget_stored_answers,
)
from datasets.erasure.actions.retention import apply_retention

__all__ = [
    "ASK_REASON",
    "apply_retention",
    "erase_example",
    "erase_rejects",
    "forget_stored_answers",
]
