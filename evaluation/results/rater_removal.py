"""The rule and the reason with which a rater is removed from a run."""

from typing import Final

from django.utils.translation import gettext

from evaluation.runs.models import RemovalRule
from reviewapp.core.errors import InvalidInput
from reviewapp.core.formats import count

MAX_REMOVAL_REASON_LENGTH: Final = 200
"""Characters of a reason; the column of the rater is as long."""


def checked_removal_reason(rule: str, reason: str) -> str:
    """Return the reason without outer space.

    Raises:
        InvalidInput: the rule is unknown, or the reason is empty or too long.
    """
    if rule not in RemovalRule.values:
        raise InvalidInput(gettext("Choose one of the removal rules."), field="rule")
    reason = reason.strip()
    if not reason or len(reason) > MAX_REMOVAL_REASON_LENGTH:
        sentence = gettext("Write what you observed, in at most %(limit)s characters.")
        raise InvalidInput(sentence % {"limit": count(MAX_REMOVAL_REASON_LENGTH)}, field="reason")
    return reason


def removal_text(rule: str, reason: str) -> str:
    """Return why a rater was removed: "Asked to be taken out: wrote so on Monday."."""
    return gettext("%(rule)s: %(reason)s") % {"rule": RemovalRule(rule).label, "reason": reason}
