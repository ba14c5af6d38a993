"""The rules a person can run into, each an exception whose text is shown to them.

The text says what happened and what to do next; it never holds a secret or a traceback.
"""

from reviewapp.core.messages import Message


class DomainError(Exception):
    """A rule of the house refused an action. Its text is a sentence for the person.

    Args:
        message: a translated sentence; or a `Message`, as pure code raises it and rows store it,
            which becomes a sentence in the language of whoever reads it.
        field: the argument that has to change, which is also the name of its form field.
    """

    def __init__(self, message: str | Message = "", *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field

    def __str__(self) -> str:
        # Pure code raises these, and runs without Django until somebody reads one.
        from reviewapp.core.texts import render  # noqa: PLC0415

        return render(self.message)


class PermissionDeniedError(DomainError):
    """This person may not do this; the message says why."""


class InvalidTransition(DomainError):
    """The object is not in a state in which this action exists."""


class StaleRevision(DomainError):
    """Somebody saved a newer revision after this page was opened."""


class BlockingFindings(DomainError):
    """An example with open blocking findings cannot go on."""


class InvalidInput(DomainError):
    """What was entered cannot be stored; the message names the place and the remedy."""


class SplitLeakage(DomainError):
    """The test would hold what the model is trained on; the message names the examples."""


class DigestMismatch(DomainError):
    """What is stored no longer makes the bytes that were frozen."""
