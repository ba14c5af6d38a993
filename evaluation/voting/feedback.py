"""The reasons a reviewer may give after a choice. Pure: `texts` has their labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from reviewapp.core.messages import Message, message

GOOD: Final = ("correct", "follows_policy", "good_tone", "complete")
BAD: Final = ("wrong", "against_policy", "bad_tone", "incomplete")
CODES: Final = frozenset({*GOOD, *BAD})
"""They are stored as they are: a code is never renamed."""
MAX_FEEDBACK_LENGTH: Final = 2000
"""Characters of a reviewer's own words."""
MAX_NOTE_LENGTH: Final = 400
"""Characters of a report of what is broken: it becomes part of the reason of an event."""


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

    def error(self) -> Message | None:
        """Return why this cannot be stored; None if it can."""
        codes = {code for given in self.reasons.values() for code in given}
        if set(self.reasons) - {"left", "right"} or not codes <= CODES:
            return message("voting.unknown_reasons")
        if not is_storable(self.rationale, limit=MAX_FEEDBACK_LENGTH):
            return message("voting.invalid_rationale", limit=MAX_FEEDBACK_LENGTH)
        return None


def is_storable(text: str, *, limit: int) -> bool:
    """Return whether a text of a reviewer can be stored: not too long, and no NUL in it."""
    return len(text) <= limit and "\0" not in text


def feedback_columns(feedback: VoteFeedback) -> dict[str, Any]:
    """Return the feedback by column of the vote."""
    return {
        "reasons": {side: sorted(set(codes)) for side, codes in feedback.reasons.items() if codes},
        "rationale": feedback.rationale.strip(),
        "recognised": feedback.recognised,
    }
