"""What the checks report."""

from typing import NamedTuple

PRAGMA = "not translated:"
"""In a comment on the line of a text: it is for programs or developers; the reason follows."""


class Found(NamedTuple):
    """A text that is not wrapped, or not wrapped so that it can be extracted."""

    line: int
    text: str


def outside_pragmas(found: list[Found], source: str) -> list[Found]:
    """Return what is not excused by a comment on its line."""
    lines = source.splitlines()
    return [each for each in found if PRAGMA not in lines[min(each.line, len(lines)) - 1]]
