"""All gates of a run together, and what follows from them.

Promote when every required gate was judged and passed. A gate fails only when more votes in this
run cannot make it pass (an alarm, an exhausted set, an interval on the wrong side of its
threshold). A failed gate on the candidate rejects; failed gates on the voting alone make the run
invalid, because they say nothing about the candidate. Everything else is keep voting.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from evaluation.gates import hygiene, operations, win_rates
from evaluation.gates.evidence import Evidence
from evaluation.gates.outlook import promotion_forecast
from evaluation.gates.results import HYGIENE, Decision, DecisionReason, Gate, GateResult, State
from evaluation.gates.rules import GateRule, judge_all
from evaluation.gates.settings import GateSettings

GateKey = tuple[Gate, str]
"""A gate and its subject."""


def _judge_overall(evidence: Evidence, settings: GateSettings) -> list[GateResult]:
    takes = partial(promotion_forecast, evidence, settings)
    return [win_rates.overall_superiority(evidence.overall, settings, takes=takes)]


RULES: tuple[GateRule, ...] = (
    GateRule(Gate.OVERALL_SUPERIORITY, _judge_overall),
    *win_rates.RULES,
    *hygiene.RULES,
    *operations.RULES,
)
"""Every gate there is, in the order of the page."""


def check_gates(evidence: Evidence, settings: GateSettings) -> tuple[GateResult, ...]:
    """Return the results of every gate that the settings ask for, in a fixed order."""
    return judge_all(RULES, evidence, settings)


def required_gates(settings: GateSettings, intents: Iterable[str]) -> frozenset[GateKey]:
    """Return the gates that a promotion needs, from the settings alone.

    Args:
        settings: as frozen when the run opened.
        intents: every intent (or named group) of the run.
    """
    names = tuple(intents)
    return frozenset(
        (rule.gate, subject) for rule in RULES for subject in rule.subjects(settings, names)
    )


def allows_promotion(results: Iterable[GateResult], *, required: frozenset[GateKey]) -> bool:
    """Return whether every required gate was judged, and every judged one passed."""
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
