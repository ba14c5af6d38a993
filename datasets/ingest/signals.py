"""The signals of imports, which other features receive."""

from dataclasses import dataclass
from typing import Final

from django.dispatch import Signal

import_failed: Final = Signal()
"""Sent with `batch`, an import that ended early."""

labels_changed: Final = Signal()
"""Sent with `batch` and `relabelled`, in the transaction that changed these examples."""


@dataclass(frozen=True)
class Relabelled:
    """An example as it was before an import changed its labels."""

    example_id: int
    revision_id: int
    state: str
    approved_id: int | None
    split: str
