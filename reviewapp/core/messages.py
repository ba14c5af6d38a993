"""Messages as values: a code and its parameters, which `texts` renders as a sentence.

Pure: gates, statistics, inspections and imports return messages, and rows store them; this module
does not depend on a language.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

SENTENCES: Final = "sentences"
"""The code of several messages that are shown one after the other."""
_MESSAGE_KEYS: Final = {"code", "params"}


@dataclass(frozen=True)
class Message:
    """A text for people, in no language.

    Attributes:
        code: names the sentence, beginning with its feature: "voting.run_closed".
        params: numbers, texts that users typed, dates, other messages, and lists of these.
            Proportions are from 0 to 1 and times are dates; nothing is formatted here.
    """

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "params", {name: _plain(v) for name, v in self.params.items()})

    def __str__(self) -> str:
        """Return the code, which makes a message that was not rendered visible."""
        return self.code

    def as_json(self) -> dict[str, Any]:
        """Return the message for a JSON column, an event or a queue."""
        return {"code": self.code, "params": {k: _as_json(v) for k, v in self.params.items()}}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Message:
        """Return the message that `as_json` encoded."""
        return cls(stored["code"], {k: _from_json(v) for k, v in stored["params"].items()})


def message(code: str, **params: Any) -> Message:
    """Return a message with its parameters as keywords."""
    return Message(code, params)


def sentences(parts: Iterable[Message | None]) -> Message:
    """Return one message for several; None is left out."""
    given = [part for part in parts if part is not None]
    return given[0] if len(given) == 1 else message(SENTENCES, parts=given)


def _plain(value: Any) -> Any:
    """Return a parameter in its stored form, which is equal before and after storing.

    Raises:
        TypeError: it cannot be stored as JSON.
    """
    if isinstance(value, str):
        # What a column of PostgreSQL cannot hold: NUL, and halves of surrogate pairs.
        return value.replace("\0", "").encode(errors="replace").decode()
    if value is None or isinstance(value, int | float | Message):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    raise TypeError(f"{value!r} cannot be a parameter of a message")


def _as_json(value: Any) -> Any:
    if isinstance(value, Message):
        return value.as_json()
    return [_as_json(item) for item in value] if isinstance(value, list) else value


def _from_json(value: Any) -> Any:
    if isinstance(value, dict) and value.keys() == _MESSAGE_KEYS:
        return Message.from_json(value)
    return [_from_json(item) for item in value] if isinstance(value, list) else value
