"""Find and replace in the messages of a conversation, by the parameters of a bulk action. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import regex

from datasets.conversations import chat
from datasets.conversations.chat import Content
from datasets.conversations.comparison import message_changes
from datasets.conversations.diffs import Change, Piece
from datasets.conversations.messages import Message
from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import message

# An expression may need time that grows exponentially with the text.
SECONDS_PER_TEXT = 0.1
# A replacement is at most 1,000 characters long, so that a text grows by at most a million.
MAX_PLACES = 1000
SHOWN_AROUND = 80


@dataclass(frozen=True)
class Replacement:
    """What is found in the messages of some roles, and what replaces it.

    Attributes:
        is_regex: `find` is a regular expression, and `by` may name its groups, such as `\\1`.
    """

    find: str
    by: str
    roles: tuple[str, ...]
    is_regex: bool = False
    ignores_case: bool = False

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> "Replacement":
        """Return the replacement of a bulk action."""
        values = {name: params[name] for name in ("find", "by", "is_regex", "ignores_case")}
        return cls(roles=tuple(params["roles"]), **values)

    def check(self) -> None:
        """Raise InvalidInput if the expression or its replacement is malformed."""
        self._sub("")
        if self.is_regex:
            # A replacement is read only where something is found: here, at least nothing.
            replace(self, find=f"(?:{self.find})|")._sub("")

    def apply(self, content: Content) -> Content:
        """Return content with the texts replaced; the given one does not change.

        Raises:
            InvalidInput: the expression is malformed or takes too long, or the text that results
                cannot be stored.
        """
        messages = [self._replaced(original) for original in content.messages]
        if messages == content.messages:
            return content
        return replace(content, messages=chat.normalise({"messages": messages}).messages)

    def _replaced(self, original: Message) -> Message:
        text = original["content"]
        if original["role"] not in self.roles or not text:
            return original
        return {**original, "content": self._sub(text)}

    def _sub(self, text: str) -> str:
        by = self.by if self.is_regex else self.by.replace("\\", "\\\\")
        try:
            pattern = _compiled(self.find, self.is_regex, self.ignores_case)
            return str(pattern.sub(by, text, count=MAX_PLACES, timeout=SECONDS_PER_TEXT))
        except TimeoutError as error:
            raise InvalidInput(message("bulk.expression_too_slow")) from error
        except (regex.error, IndexError) as error:
            raise InvalidInput(message("bulk.invalid_expression", error=str(error))) from error


@lru_cache(maxsize=16)
def _compiled(find: str, is_regex: bool, ignores_case: bool) -> "regex.Pattern[str]":  # noqa: FBT001
    flags = regex.VERSION0 | regex.MULTILINE | (regex.IGNORECASE if ignores_case else 0)
    return regex.compile(find if is_regex else regex.escape(find, literal_spaces=True), flags)


def changed_places(before: Content, after: Content) -> list[list[Piece]]:
    """Return a word diff of each message that differs, shortened where it is the same."""
    return [
        _shortened(change.pieces)
        for change in message_changes(before.messages, after.messages)
        if change.change != Change.SAME
    ]


def _shortened(pieces: Sequence[Piece]) -> list[Piece]:
    last = len(pieces) - 1
    return [
        piece
        if piece.change != Change.SAME
        else Piece(Change.SAME, _ends(piece.text, is_first=at == 0, is_last=at == last))
        for at, piece in enumerate(pieces)
    ]


def _ends(text: str, *, is_first: bool, is_last: bool) -> str:
    """Return the ends of a text that are beside a change."""
    head = "" if is_first else text[:SHOWN_AROUND]
    tail = "" if is_last else text[-SHOWN_AROUND:]
    return text if len(text) <= len(head) + len(tail) else f"{head} … {tail}"
