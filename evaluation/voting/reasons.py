"""The reasons a reviewer may give after a choice. Pure: names are stored, labels are shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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


@dataclass(frozen=True)
class Said:
    """Why a reviewer chose as they did.

    Attributes:
        reasons: codes by the side shown: {"left": [...], "right": [...]}.
        rationale: their own words.
        recognised: whether they believe to know which model wrote an answer.
    """

    reasons: Mapping[str, Sequence[str]] = field(default_factory=dict)
    rationale: str = ""
    recognised: bool = False

    def fault(self) -> str:
        """Say why this cannot be kept; empty if it can."""
        codes = {code for given in self.reasons.values() for code in given}
        if set(self.reasons) - {"left", "right"} or not codes <= CODES:
            return "These reasons are not among those that the page offers. Reload it."
        return "" if is_sayable(self.rationale, limit=RATIONALE_LIMIT) else UNSAYABLE_RATIONALE


UNSAYABLE_RATIONALE: Final = (
    f"Please say it in at most {RATIONALE_LIMIT:,} characters, none of which is NUL."
)


def is_sayable(text: str, *, limit: int) -> bool:
    """Say whether a text of a reviewer can be kept: not too long, and no NUL in it."""
    return len(text) <= limit and "\0" not in text
