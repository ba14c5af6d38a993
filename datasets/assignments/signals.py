"""The signal of new assignments, which features that notify receive."""

from typing import Final

from django.dispatch import Signal

assigned: Final = Signal()
"""Sent with `project`, `actor` and `given`, the ids of examples by their new assignee."""
