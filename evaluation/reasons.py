"""The reasons a reviewer may give after a choice. Pure: names are stored, labels are shown."""

from typing import Final, NamedTuple


class Reason(NamedTuple):
    """One chip: the code that is stored for ever, and its label."""

    code: str
    label: str


GOOD: Final = (
    Reason("correct", "Correct"),
    Reason("follows_policy", "Follows policy"),
    Reason("good_tone", "Good tone"),
    Reason("complete", "Complete"),
)
BAD: Final = (
    Reason("wrong", "Wrong"),
    Reason("against_policy", "Against policy"),
    Reason("bad_tone", "Bad tone"),
    Reason("incomplete", "Incomplete"),
)
LABELS: Final = {reason.code: reason.label for reason in (*GOOD, *BAD)}
CODES: Final = frozenset(LABELS)
RATIONALE_LIMIT: Final = 2000
"""Characters of a reviewer's own words."""
NOTE_LIMIT: Final = 400
"""Characters of what is broken: it becomes part of the reason of an event."""


def is_sayable(text: str, *, limit: int) -> bool:
    """Say whether a text of a reviewer can be kept: not too long, and no NUL in it."""
    return len(text) <= limit and "\0" not in text
