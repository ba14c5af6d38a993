"""All gates of a run together, and what follows from them.

Promote when every required gate was judged and passed. A gate fails only when more votes in this
run cannot make it pass (an alarm, an exhausted set, an interval on the wrong side of its
threshold). A failed gate on the candidate rejects; failed gates on the voting alone make the run
invalid, because they say nothing about the candidate. Everything else is keep voting.
"""

from __future__ import annotations

from collections.abc import Iterable

from evaluation.gates.evidence import Evidence
from evaluation.gates.hygiene import hygiene
from evaluation.gates.operations import operational
from evaluation.gates.outlook import promotion_forecast
from evaluation.gates.results import HYGIENE, Decision, DecisionReason, Gate, GateResult, State
from evaluation.gates.settings import GateSettings
from evaluation.gates.win_rates import both_bad, no_alarm, no_intent_regresses, overall_superiority

GateKey = tuple[Gate, str]
"""A gate and its subject."""

_ALWAYS = (
    Gate.OVERALL_SUPERIORITY,
    Gate.NO_ALARM,
    Gate.HYGIENE_RATERS,
    Gate.HYGIENE_RATER_SHARE,
    Gate.HYGIENE_LEAVE_ONE_OUT,
    Gate.HYGIENE_AGREEMENT,
    Gate.HYGIENE_POSITION,
    Gate.HYGIENE_SKIPS,
)


def check_gates(evidence: Evidence, settings: GateSettings) -> tuple[GateResult, ...]:
    """Judge every gate that the settings ask for, in a fixed order."""
    results: list[GateResult | None] = [
        overall_superiority(
            evidence.overall, settings, takes=lambda: promotion_forecast(evidence, settings)
        ),
        *(no_intent_regresses(intent, settings) for intent in evidence.intents),
        no_alarm(evidence, settings),
        both_bad(evidence.overall, settings),
        *hygiene(evidence, settings),
        *operational(evidence, settings),
    ]
    return tuple(result for result in results if result is not None)


def required_gates(settings: GateSettings, intents: Iterable[str]) -> frozenset[GateKey]:
    """Gates that a promotion needs, from the settings alone.

    Args:
        settings: as frozen when the run opened.
        intents: every intent (or named group) of the run.
    """
    keys = {(gate, "") for gate in _ALWAYS}
    keys |= {
        (Gate.NO_INTENT_REGRESSES, intent)
        for intent in intents
        if settings.threshold_of(intent) is not None
    }
    limits = settings.operational
    optional = {
        Gate.BOTH_BAD: settings.both_bad_limit,
        Gate.P95_LATENCY: limits.max_p95_ratio,
        Gate.COST: limits.max_cost_ratio,
        Gate.ERRORS: limits.max_error_share,
    }
    keys |= {(gate, "") for gate, limit in optional.items() if limit is not None}
    if (limits.min_refusal_share, limits.max_refusal_share) != (None, None):
        keys.add((Gate.REFUSALS, ""))
    return frozenset(keys)


def allows_promotion(results: Iterable[GateResult], *, required: frozenset[GateKey]) -> bool:
    """True only if every required gate was judged, and every judged one passed."""
    judged = {(result.gate, result.subject): result.state for result in results}
    complete = bool(required) and required <= judged.keys()
    return complete and all(state is State.PASSED for state in judged.values())


def decide(results: Iterable[GateResult], *, required: frozenset[GateKey]) -> Decision:
    """Return the decision that follows from the gates.

    Args:
        results: as `check_gates` gave them.
        required: as `required_gates` gives them.
    """
    return _DECISIONS[decision_reason(results, required=required)]


def decision_reason(
    results: Iterable[GateResult], *, required: frozenset[GateKey]
) -> DecisionReason:
    """Return why `decide` comes to its decision; of several failures, the gravest.

    Arguments as for `decide`.
    """
    judged = tuple(results)
    failed = [result for result in judged if result.state is State.FAILED]
    of_candidate = {result.failure for result in failed if result.gate not in HYGIENE}
    for failure in _GRAVEST_FIRST:
        if failure in of_candidate:
            return failure
    if failed:
        return DecisionReason.VOTING_INVALID
    if allows_promotion(judged, required=required):
        return DecisionReason.ALL_PASSED
    return DecisionReason.UNDECIDED


_GRAVEST_FIRST = (
    DecisionReason.GOT_WORSE,
    DecisionReason.OVER_LIMIT,
    DecisionReason.CANNOT_BE_SHOWN,
)
_DECISIONS = {
    DecisionReason.ALL_PASSED: Decision.PROMOTE,
    DecisionReason.UNDECIDED: Decision.KEEP_VOTING,
    DecisionReason.VOTING_INVALID: Decision.INVALID,
    **dict.fromkeys(_GRAVEST_FIRST, Decision.REJECT),
}
