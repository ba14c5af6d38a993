"""Actions of erasure on request and of retention."""

from datasets.erasure.actions.erasing import (
    REASON_REQUIRED,
    erase_example,
    erase_rejects,
    forget_stored_answers,
)
from datasets.erasure.actions.retention import apply_retention

__all__ = [
    "REASON_REQUIRED",
    "apply_retention",
    "erase_example",
    "erase_rejects",
    "forget_stored_answers",
]
