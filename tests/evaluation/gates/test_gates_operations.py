"""The gates on the answers."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import pytest

from evaluation.gates import GateSettings, OperationalLimits, Operations, State
from evaluation.gates.operations import NOT_MEASURED, RULES
from evaluation.gates.results import GateResult
from evaluation.gates.rules import judge_all
from evaluation.stats.intervals import Interval
from evaluation.stats.operational import Measured
from reviewapp.core.messages import message
from tests.evaluation.gates.evidence import codes, exhausted, good_evidence


def measured(lower: float, upper: float) -> Measured:
    return Measured((lower + upper) / 2 if upper < inf else lower, Interval(lower, upper), 120)


def judge(limits: OperationalLimits, found: Operations, *, at_end: bool = False) -> GateResult:
    evidence = replace(good_evidence(), operations=found)
    settings = GateSettings(operational=limits)
    (result,) = judge_all(RULES, exhausted(evidence) if at_end else evidence, settings)
    return result


def test_without_limits_there_is_no_gate() -> None:
    assert judge_all(RULES, good_evidence(), GateSettings()) == ()


@pytest.mark.parametrize(
    ("lower", "upper", "state"),
    [
        (0.9, 1.2, State.PASSED),
        (0.9, 1.21, State.INSUFFICIENT),
        (1.21, 1.5, State.FAILED),
    ],
)
def test_latency_reads_the_upper_end(lower: float, upper: float, state: State) -> None:
    found = Operations(p95_ratio=measured(lower, upper))
    assert judge(OperationalLimits(max_p95_ratio=1.2), found).state is state


def test_an_interval_across_the_limit_fails_when_all_is_counted() -> None:
    found = Operations(cost_ratio=measured(0.9, 1.3))
    result = judge(OperationalLimits(max_cost_ratio=1.2), found, at_end=True)
    assert result.state is State.FAILED
    assert codes(result) == ["gates.cost_ratio", "gates.ratio_limit", "gates.beyond_limit"]


@pytest.mark.parametrize(
    ("low", "high", "lower", "upper", "state"),
    [
        (0.02, 0.1, 0.03, 0.08, State.PASSED),
        (0.02, 0.1, 0.12, 0.2, State.FAILED),
        (0.02, 0.1, 0.0, 0.01, State.FAILED),
        (0.02, None, 0.01, 0.2, State.INSUFFICIENT),
        (None, 0.1, 0.0, 0.1, State.PASSED),
    ],
)
def test_refusals_must_lie_within_their_target(
    low: float | None, high: float | None, lower: float, upper: float, state: State
) -> None:
    limits = OperationalLimits(min_refusal_share=low, max_refusal_share=high)
    result = judge(limits, Operations(refusals=measured(lower, upper)))
    assert result.state is state
    assert codes(result)[0] == "gates.refused_share"


def test_errors_are_a_share_of_failed_answers() -> None:
    result = judge(OperationalLimits(max_error_share=0.05), Operations(errors=measured(0, 0.02)))
    failed, limit = result.reason.params["parts"]
    assert failed == message("gates.failed_share", estimate=0.01, n=120, interval=(0, 0.02))
    assert limit == message("gates.share_limit", limit=0.05)


def test_what_was_not_measured_is_insufficient() -> None:
    limits = OperationalLimits(max_p95_ratio=1.2)
    assert judge(limits, Operations()).reason == NOT_MEASURED
    unknown = Measured(None, None, 0, message("stats.no_latency"))
    result = judge(limits, Operations(p95_ratio=unknown), at_end=True)
    assert (result.state, result.reason) == (State.INSUFFICIENT, unknown.reason)


@pytest.mark.parametrize(
    ("lower", "upper", "interval"), [(0.5, inf, [0.5, None]), (inf, inf, [None, None])]
)
def test_an_open_end_is_stored_as_none(
    lower: float, upper: float, interval: list[float | None]
) -> None:
    found = Operations(cost_ratio=Measured(1.0, Interval(lower, upper), 9))
    result = judge(OperationalLimits(max_cost_ratio=1.2), found)
    assert result.reason.params["parts"][0].params["interval"] == interval
