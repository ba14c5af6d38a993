"""Errors of runs that a user can cause."""

from collections.abc import Sequence

from reviewapp.core.errors import DomainError
from reviewapp.core.messages import Message, sentences


class RunCannotOpen(DomainError):
    """A run that could never pass, or never be finished.

    Attributes:
        reasons: each with what to do about it.
    """

    def __init__(self, reasons: Sequence[Message]) -> None:
        super().__init__(sentences(reasons))
        self.reasons = list(reasons)
