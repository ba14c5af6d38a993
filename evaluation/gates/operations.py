"""The gates on the answers: latency, cost, refusals, errors. They read bounds, not estimates."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, isfinite

from evaluation.gates.evidence import Evidence, Operations
from evaluation.gates.results import DecisionReason, Gate, GateResult, State
from evaluation.gates.rules import GateRule, where
from evaluation.gates.settings import GateSettings, OperationalLimits
from evaluation.stats.intervals import Interval
from evaluation.stats.operational import Measured
from evaluation.stats.words import count_of, percent, percent_range

Target = tuple[float | None, float | None]
"""The lowest and the highest figure allowed; None is no limit."""
NO_TARGET: Target = (None, None)
NOT_MEASURED = "Nothing was measured for this. Measure it, or open a run without this limit."


def _rule(
    gate: Gate,
    measured: Callable[[Operations], Measured | None],
    target: Callable[[OperationalLimits], Target],
) -> GateRule:
    """Return the rule of a gate that is asked for where its target has an end."""

    def judge(evidence: Evidence, settings: GateSettings) -> list[GateResult]:
        ends = target(settings.operational)
        if ends == NO_TARGET:
            return []
        return [_judge(gate, measured(evidence.operations), ends, evidence)]

    return GateRule(gate, judge, where(lambda settings: target(settings.operational) != NO_TARGET))


def _judge(
    gate: Gate,
    measured: Measured | None,
    target: Target,
    evidence: Evidence,
) -> GateResult:
    if measured is None or measured.estimate is None or measured.interval is None:
        reason = measured.reason if measured else NOT_MEASURED
        return GateResult(gate, "", State.INSUFFICIENT, reason)
    low = 0.0 if target[0] is None else target[0]
    high = inf if target[1] is None else target[1]
    ends = measured.interval
    said = f"{_figure(gate, measured.estimate, ends, measured.n)} {_limit(gate, *target)}"
    if low <= ends.lower and ends.upper <= high:
        return GateResult(gate, "", State.PASSED, said)
    if ends.upper < low or ends.lower > high:
        outside, over = f"{said} The interval lies outside.", DecisionReason.OVER_LIMIT
        return GateResult(gate, "", State.FAILED, outside, failure=over)
    more = "The interval reaches beyond the limit: compare on a larger set."
    state = State.FAILED if evidence.overall.is_exhausted else State.INSUFFICIENT
    return GateResult(gate, "", state, f"{said} {more}")


def _figure(gate: Gate, estimate: float, ends: Interval, n: int) -> str:
    answers = count_of(n, "answer")
    if gate in {Gate.P95_LATENCY, Gate.COST}:
        what = "p95 latency" if gate is Gate.P95_LATENCY else "cost of an answer"
        return (
            f"The candidate's {what} is {estimate:.2f} times the baseline's over {answers}, "
            f"bootstrap interval {_ratios(ends)}."
        )
    what = "refused" if gate is Gate.REFUSALS else "failed"
    return f"{percent(estimate)} of {answers} {what}, bootstrap interval {percent_range(ends)}."


def _ratios(ends: Interval) -> str:
    """Both ends; open when the baseline was 0 in some of the resamples."""
    if isfinite(ends.upper):
        return f"{ends.lower:.2f}-{ends.upper:.2f}"
    return f"{ends.lower:.2f} or more" if isfinite(ends.lower) else "without an end"


def _limit(gate: Gate, low: float | None, high: float | None) -> str:
    if gate in {Gate.P95_LATENCY, Gate.COST}:
        return f"Limit {high:.2f}."
    if low is not None and high is not None:
        return f"Target {percent_range(Interval(low, high))}."
    if low is not None:
        return f"At least {percent(low)}."
    return f"Limit {percent(high)}."


RULES = (
    _rule(
        Gate.P95_LATENCY,
        lambda measured: measured.p95_ratio,
        lambda limits: (None, limits.max_p95_ratio),
    ),
    _rule(
        Gate.COST,
        lambda measured: measured.cost_ratio,
        lambda limits: (None, limits.max_cost_ratio),
    ),
    _rule(
        Gate.REFUSALS,
        lambda measured: measured.refusals,
        lambda limits: (limits.min_refusal_share, limits.max_refusal_share),
    ),
    _rule(
        Gate.ERRORS, lambda measured: measured.errors, lambda limits: (None, limits.max_error_share)
    ),
)
