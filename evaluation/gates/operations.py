"""The gates on the answers: latency, cost, refusals, errors. They read bounds, not estimates."""

from __future__ import annotations

from math import inf, isfinite

from evaluation.gates.evidence import Evidence
from evaluation.gates.results import DecisionReason, Gate, GateResult, State
from evaluation.gates.settings import GateSettings
from evaluation.stats.intervals import Interval
from evaluation.stats.operational import Measured
from evaluation.stats.words import count_of, percent, percent_range

NOT_MEASURED = "Nothing was measured for this. Measure it, or open a run without this limit."


def operational(evidence: Evidence, settings: GateSettings) -> tuple[GateResult, ...]:
    """Judge the operational gates that have a limit, in their fixed order."""
    limits, found = settings.operational, evidence.operations
    judged = []
    for gate, measured, high in (
        (Gate.P95_LATENCY, found.p95_ratio, limits.max_p95_ratio),
        (Gate.COST, found.cost_ratio, limits.max_cost_ratio),
    ):
        if high is not None:
            judged.append(_judge(gate, measured, (None, high), evidence))
    target = (limits.min_refusal_share, limits.max_refusal_share)
    if target != (None, None):
        judged.append(_judge(Gate.REFUSALS, found.refusals, target, evidence))
    if limits.max_error_share is not None:
        allowed = (None, limits.max_error_share)
        judged.append(_judge(Gate.ERRORS, found.errors, allowed, evidence))
    return tuple(judged)


def _judge(
    gate: Gate,
    measured: Measured | None,
    target: tuple[float | None, float | None],
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
