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
from reviewapp.core.messages import Message, message, sentences

Target = tuple[float | None, float | None]
"""The lowest and the highest figure allowed; None is no limit."""
NO_TARGET: Target = (None, None)
NOT_MEASURED = message("gates.not_measured")


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
        reason = measured.reason if measured else None
        return GateResult(gate, "", State.INSUFFICIENT, reason or NOT_MEASURED)
    low = 0.0 if target[0] is None else target[0]
    high = inf if target[1] is None else target[1]
    ends = measured.interval
    figure, limit = _figure(gate, measured.estimate, ends, measured.n), _limit(gate, *target)
    if low <= ends.lower and ends.upper <= high:
        return GateResult(gate, "", State.PASSED, sentences([figure, limit]))
    if ends.upper < low or ends.lower > high:
        reason = sentences([figure, limit, message("gates.outside_limit")])
        return GateResult(gate, "", State.FAILED, reason, failure=DecisionReason.OVER_LIMIT)
    state = State.FAILED if evidence.overall.is_exhausted else State.INSUFFICIENT
    reason = sentences([figure, limit, message("gates.beyond_limit")])
    return GateResult(gate, "", state, reason)


_FIGURES = {
    Gate.P95_LATENCY: "gates.latency_ratio",
    Gate.COST: "gates.cost_ratio",
    Gate.REFUSALS: "gates.refused_share",
    Gate.ERRORS: "gates.failed_share",
}


def _figure(gate: Gate, estimate: float, ends: Interval, n: int) -> Message:
    """Return the figure with its interval; an end is None where the baseline was 0."""
    interval = [end if isfinite(end) else None for end in (ends.lower, ends.upper)]
    return message(_FIGURES[gate], estimate=estimate, n=n, interval=interval)


def _limit(gate: Gate, low: float | None, high: float | None) -> Message:
    if gate in {Gate.P95_LATENCY, Gate.COST}:
        return message("gates.ratio_limit", limit=high)
    if low is not None and high is not None:
        return message("gates.share_target", target=(low, high))
    if low is not None:
        return message("gates.share_least", limit=low)
    return message("gates.share_limit", limit=high)


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
