"""The rules by which a rater may be removed: none of them asks which model the rater preferred.

Pure. Taking out whoever votes against a candidate would decide the comparison, so a lead chooses
one of these and says what was seen; rule and words stay with the rater and in the audit trail.
"""

from enum import StrEnum
from typing import Final

from reviewapp.core.errors import InvalidInput


class Rule(StrEnum):
    """Why a rater's votes are taken out."""

    FAVOURS_A_SIDE = "favours_a_side"
    TOO_FAST = "too_fast"
    KNEW_THE_MODELS = "knew_the_models"
    NO_SEAT = "no_seat"
    OWN_WISH = "own_wish"


LABELS: Final = {
    Rule.FAVOURS_A_SIDE: "Prefers one side of the screen whatever stands there",
    Rule.TOO_FAST: "Votes faster than the answers can be read",
    Rule.KNEW_THE_MODELS: "Knew which model wrote which answer",
    Rule.NO_SEAT: "Should not have voted in this run",
    Rule.OWN_WISH: "Asked to be taken out",
}
REASON_LIMIT: Final = 200
"""Characters of what was seen: rule and reason together fit their column."""


def removal_words(rule: str, reason: str) -> str:
    """Return what is stored with the rater: the rule and what was seen.

    Raises:
        InvalidInput: the rule is unknown, or the reason is empty or too long.
    """
    if rule not in set(Rule):
        raise InvalidInput("Choose one of the rules by which a rater may be removed.")
    reason = reason.strip()
    if not reason or len(reason) > REASON_LIMIT:
        raise InvalidInput(f"Say what you saw, in at most {REASON_LIMIT} characters.")
    return f"{LABELS[Rule(rule)]}: {reason}"
