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
MAX_FEEDBACK_LENGTH: Final = 2000
"""Characters of a reviewer's own words."""
MAX_NOTE_LENGTH: Final = 400
"""Characters of what is broken: it becomes part of the reason of an event."""


@dataclass(frozen=True)
class VoteFeedback:
    """Why a reviewer chose as they did.

    Attributes:
        reasons: codes by the side shown: {"left": [...], "right": [...]}.
        rationale: their own words.
        recognised: whether they believe to know which model wrote an answer.
    """

    reasons: Mapping[str, Sequence[str]] = field(default_factory=dict)
    rationale: str = ""
    recognised: bool = False

    def error(self) -> str:
        """Say why this cannot be kept; empty if it can."""
        codes = {code for given in self.reasons.values() for code in given}
        if set(self.reasons) - {"left", "right"} or not codes <= CODES:
            return "These reasons are not among those that the page offers. Reload it."
        return "" if is_storable(self.rationale, limit=MAX_FEEDBACK_LENGTH) else INVALID_RATIONALE


INVALID_RATIONALE: Final = (
    f"Please say it in at most {MAX_FEEDBACK_LENGTH:,} characters, none of which is NUL."
)


def is_storable(text: str, *, limit: int) -> bool:
    """Say whether a text of a reviewer can be kept: not too long, and no NUL in it."""
    return len(text) <= limit and "\0" not in text
