"""The stored decision to promote, and the gates that revoke it. Pure.

Once all required gates have passed at the same time, the candidate may be promoted. Later votes can
move a hygiene gate across its limit and back, which is a note and not a new decision. Only an alarm
revokes the decision: an interval wholly on the wrong side of its limit.
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
    """The fact that all required gates passed at the same time.

    Attributes:
        example: number of counted examples of the main queue at that time.
        at: when it was measured.
    """

    example: int
    at: datetime


def revokes_promotion(result: GateResult) -> bool:
    """Return whether the gate revokes a decision to promote.

    A gate on the voting must be an alarm; one on the candidate must say something against the
    candidate, not only that too few examples are left.
    """
    if result.state is not State.FAILED:
        return False
    if result.gate in HYGIENE:
        return result.is_alarm
    return result.failure is not DecisionReason.CANNOT_BE_SHOWN


def gates_after_promotion(
    results: Iterable[GateResult], promotion_decision: PromotionDecision | None
) -> tuple[GateResult, ...]:
    """Return the gates, given the decision to promote.

    Args:
        results: from `check_gates`.
        promotion_decision: the stored one; None if there is none.
    Returns:
        The same results without a decision or with an alarm. Otherwise all are passed; the reason
        of a gate that does not pass now is a note.
    """
    judged = tuple(results)
    if promotion_decision is None or any(map(revokes_promotion, judged)):
        return judged
    return tuple(_with_note(result, promotion_decision) for result in judged)


def _with_note(result: GateResult, decision: PromotionDecision) -> GateResult:
    if result.state is State.PASSED:
        return result
    note = message(
        "gates.passed_with_decision", on=decision.at, example=decision.example, now=result.reason
    )
    return replace(result, state=State.PASSED, reason=note)
