"""Errors that a user can cause, each an exception whose text is shown to them.

The text says what happened and what to do next; it never holds a secret or a traceback.
"""

from collections.abc import Sequence

from reviewapp.core.messages import Message


class DomainError(Exception):
    """A domain rule rejected an action. Its text is a sentence for the user.

    Args:
        message: a translated sentence; or a `Message`, as pure code raises it and rows store it,
            which is rendered in the language of the reader.
        field: the argument that has to change, which is also the name of its form field.
    """

    # Of an error about several inputs, one for each, with its field.
    errors: tuple["DomainError", ...] = ()

    def __init__(self, message: str | Message = "", *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field

    def __str__(self) -> str:
        # Pure code raises these, and must run without Django until the text is read.
        from reviewapp.core.texts import render  # noqa: PLC0415

        return render(self.message)


class CodedError(DomainError):
    """A request of a program cannot be done; the code is for programs and never changes.

    Args:
        status: of the answer over HTTP.
        code: shown with the sentence.
        message: as for `DomainError`.
    """

    def __init__(self, status: int, code: str, message: str | Message) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class PermissionDeniedError(DomainError):
    """The user may not do this; the message gives the reason."""


class InvalidTransition(DomainError):
    """The object is not in a state that allows this action."""


class InvalidTransitions(InvalidTransition):
    """Several objects are not in a state that allows this; `errors` has each with its field."""

    def __init__(self, errors: Sequence[DomainError]) -> None:
        super().__init__(" ".join(map(str, errors)))
        self.errors = tuple(errors)


class StaleRevision(DomainError):
    """A newer revision was saved after this page was opened."""


class BlockingFindings(DomainError):
    """An example with open blocking findings cannot be submitted or approved."""


class InvalidInput(DomainError):
    """The input cannot be stored; the message names the place and what to do."""


class InvalidInputs(InvalidInput):
    """Several inputs cannot be stored; `errors` has each with its field."""

    def __init__(self, errors: Sequence[DomainError]) -> None:
        super().__init__(" ".join(map(str, errors)))
        self.errors = tuple(errors)


class SplitLeakage(DomainError):
    """The test split would hold training data; the message names the examples."""


class DigestMismatch(DomainError):
    """The stored data no longer gives the bytes that were frozen."""
