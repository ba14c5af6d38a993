"""A decision to promote as a fact that stands, and what takes it back. Pure.

Once all required gates have passed at the same time, the candidate may be promoted. Afterwards
votes that come in late can move a hygiene gate across its limit and back; that is a remark, not a
new decision. Only an alarm takes the decision back: an interval wholly on the wrong side of its
limit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from evaluation.gates.results import HYGIENE, DecisionReason, GateResult, State
from reviewapp.core.messages import message

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class PromotionDecision:
    """All required gates passed at the same time.

    Attributes:
        example: number of counted examples of the main queue at that time.
        at: when that was seen.
    """

    example: int
    at: datetime


def revokes_promotion(result: GateResult) -> bool:
    """Return whether the gate is in a state that takes a decision to promote back.

    A gate on the voting must be an alarm; one on the candidate must say something against the
    candidate, not only that too few examples are left.
    """
    if result.state is not State.FAILED:
        return False
    if result.gate in HYGIENE:
        return result.is_alarm
    return result.failure is not DecisionReason.CANNOT_BE_SHOWN


def gates_after_promotion(
    results: Iterable[GateResult], fact: PromotionDecision | None
) -> tuple[GateResult, ...]:
    """Return the gates as they stand beside the decision that was made.

    Args:
        results: as `check_gates` gave them.
        fact: the decision to promote that stands; None if there is none.
    Returns:
        The same results without a fact or with an alarm. Otherwise all passed: what is not
        passed now says so as a remark.
    """
    judged = tuple(results)
    if fact is None or any(map(revokes_promotion, judged)):
        return judged
    return tuple(_with_note(one, fact) for one in judged)


def _with_note(result: GateResult, fact: PromotionDecision) -> GateResult:
    if result.state is State.PASSED:
        return result
    remark = message(
        "gates.passed_with_decision", on=fact.at, example=fact.example, now=result.reason
    )
    return replace(result, state=State.PASSED, reason=remark)
