"""Errors of values and of rows of files, as codes and parameters. Pure.

One kind of error for every file of rows: conversations, prompts, answers and votes.
"""

from dataclasses import dataclass
from typing import Any

from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import Message


def public_code(message: Message) -> str:
    """Return the stable code of a row's error (docs/import.md): "bad_field".

    It is the second part of the code of the sentence ("conversations.bad_field.not_text"), since
    one public code may have several sentences.
    """
    return message.code.split(".")[1]


class ShapeError(InvalidInput):
    """A value that cannot be stored.

    Args:
        sentence: the code of the sentence, whose second part is the public code.
        params: the parameters of the sentence.
    """

    message: Message

    def __init__(self, sentence: str, **params: Any) -> None:
        super().__init__(Message(sentence, params))

    @property
    def code(self) -> str:
        """The stable code (docs/import.md)."""
        return public_code(self.message)


@dataclass(frozen=True)
class RowError:
    """Why a row of a file is rejected. `line` counts from 1."""

    line: int
    message: Message

    @property
    def code(self) -> str:
        """The stable code (docs/import.md)."""
        return public_code(self.message)
