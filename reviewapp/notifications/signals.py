"""The signal of events of a project, which other features receive."""

from typing import Final

from django.dispatch import Signal

noticed: Final = Signal()
"""Sent with `notice` for each event, also where nobody is notified; within the transaction."""
