"""The results of the checks."""

from typing import NamedTuple

PRAGMA = "not translated:"
"""In a comment on the line of a text: it is for programs or developers; the reason follows."""


class Found(NamedTuple):
    """A text that is not wrapped, or is wrapped so that it cannot be extracted."""

    line: int
    text: str


def outside_pragmas(found: list[Found], source: str) -> list[Found]:
    """Return the results that no comment on their line excuses."""
    lines = source.splitlines()
    return [text for text in found if PRAGMA not in lines[min(text.line, len(lines)) - 1]]
