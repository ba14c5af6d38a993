"""Columns that never change after the insert, for every database role (docs/audit.md)."""

from typing import ClassVar


class FixedComparisonColumns:
    """What was asked, and its place in the served order."""

    fixed_columns: ClassVar[tuple[str, ...]] = (
        *("run", "public_id", "position", "intent_name", "revision", "external_id"),
        *("prompt", "language", "tags", "policies"),
    )


class FixedAnswerColumns:
    """Whose answer to what; the rest of it is fixed once its run is open for votes."""

    fixed_columns: ClassVar[tuple[str, ...]] = ("comparison", "run", "model_version")
