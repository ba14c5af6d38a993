"""A decision to promote stands until an alarm; what slips otherwise is a remark."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from evaluation.gates import (
    DecisionReason,
    Gate,
    GateResult,
    PromotionDecision,
    State,
    gates_after_promotion,
)
from evaluation.gates.promotion_decision import revokes_promotion
from reviewapp.core.messages import message

FACT = PromotionDecision(118, datetime(2026, 5, 12, 9, 30, tzinfo=UTC))
OVERALL = GateResult(Gate.OVERALL_SUPERIORITY, "", State.PASSED, message("gates.better"))
SLIPPED = GateResult(Gate.HYGIENE_AGREEMENT, "", State.INSUFFICIENT, message("gates.keep_voting"))
FAILED = replace(SLIPPED, state=State.FAILED)


@pytest.mark.parametrize("slipped", [SLIPPED, FAILED])
def test_a_gate_that_slips_without_an_alarm_is_a_remark(slipped: GateResult) -> None:
    overall, agreement = gates_after_promotion([OVERALL, slipped], FACT)
    assert overall == OVERALL
    assert agreement.state is State.PASSED
    assert agreement.reason == message(
        "gates.passed_with_decision", on=FACT.at, example=118, now=slipped.reason
    )


def test_without_a_decision_gates_are_as_they_were_judged() -> None:
    assert gates_after_promotion([OVERALL, SLIPPED], None) == (OVERALL, SLIPPED)


def test_an_alarm_takes_the_decision_back_with_everything_else_that_slipped() -> None:
    alarm = replace(FAILED, gate=Gate.HYGIENE_POSITION, is_alarm=True)
    assert gates_after_promotion([OVERALL, SLIPPED, alarm], FACT) == (OVERALL, SLIPPED, alarm)


@pytest.mark.parametrize(
    ("failure", "takes"),
    [
        (DecisionReason.GOT_WORSE, [True]),
        (DecisionReason.OVER_LIMIT, [True]),
        (DecisionReason.CANNOT_BE_SHOWN, [False]),
    ],
)
def test_a_gate_on_the_candidate_takes_it_back_by_what_speaks_against_the_candidate(
    failure: DecisionReason, takes: list[bool]
) -> None:
    assert [revokes_promotion(replace(OVERALL, state=State.FAILED, failure=failure))] == takes
