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
CODES: Final = frozenset(reason.code for reason in (*GOOD, *BAD))
RATIONALE_LIMIT: Final = 2000
"""Characters of a reviewer's own words."""
NOTE_LIMIT: Final = 400
"""Characters of what is broken: it becomes part of the reason of an event."""


class Sides(NamedTuple):
    """The chips of each side."""

    left: tuple[Reason, ...]
    right: tuple[Reason, ...]


_OFFERED: Final = {
    "left": Sides(GOOD, BAD),
    "right": Sides(BAD, GOOD),
    "both_good": Sides(GOOD, GOOD),
    "both_bad": Sides(BAD, BAD),
}


def offered_after(choice: str) -> Sides:
    """Return the chips that fit a choice: what was good about the one, bad about the other.

    Raises:
        KeyError: an unknown choice.
    """
    return _OFFERED[choice]
