"""The rules by which a rater may be removed: none of them asks which model the rater preferred.

Pure. Taking out whoever votes against a candidate would decide the comparison, so a lead chooses
one of these and says what was seen; rule and words stay with the rater and in the audit trail.
"""

from enum import StrEnum
from typing import Final

from reviewapp.core.errors import InvalidInput


class RemovalRule(StrEnum):
    """Why a rater's votes are taken out."""

    FAVOURS_A_SIDE = "favours_a_side"
    TOO_FAST = "too_fast"
    KNEW_THE_MODELS = "knew_the_models"
    NOT_A_REVIEWER = "not_a_reviewer"
    OWN_REQUEST = "own_request"


LABELS: Final = {
    RemovalRule.FAVOURS_A_SIDE: "Prefers one side of the screen whatever stands there",
    RemovalRule.TOO_FAST: "Votes faster than the answers can be read",
    RemovalRule.KNEW_THE_MODELS: "Knew which model wrote which answer",
    RemovalRule.NOT_A_REVIEWER: "Should not have voted in this run",
    RemovalRule.OWN_REQUEST: "Asked to be taken out",
}
MAX_REMOVAL_REASON_LENGTH: Final = 200
"""Characters of what was seen: rule and reason together fit their column."""


def removal_rule_text(rule: str, reason: str) -> str:
    """Return what is stored with the rater: the rule and what was seen.

    Raises:
        InvalidInput: the rule is unknown, or the reason is empty or too long.
    """
    if rule not in set(RemovalRule):
        raise InvalidInput("Choose one of the rules by which a rater may be removed.")
    reason = reason.strip()
    if not reason or len(reason) > MAX_REMOVAL_REASON_LENGTH:
        raise InvalidInput(f"Say what you saw, in at most {MAX_REMOVAL_REASON_LENGTH} characters.")
    return f"{LABELS[RemovalRule(rule)]}: {reason}"
