"""Which examples of an open run still need votes, from the state of its gates. Pure.

Every open example is served while a gate on the whole run could still be changed by votes. Only
while all of those are settled, and the hygiene gates hold, serving narrows to the intents whose
own gates are undecided: half the examples of serving all of them, and still exact.
"""

from __future__ import annotations

from collections.abc import Iterable

from evaluation.gates.results import HYGIENE, Decision, Gate, GateResult, State

_OPERATIONAL = frozenset({Gate.P95_LATENCY, Gate.COST, Gate.REFUSALS, Gate.ERRORS})
"""Gates that read the answers of the run, which votes do not change."""

_NEEDS_OVERALL = frozenset({Gate.HYGIENE_LEAVE_ONE_OUT, Gate.HYGIENE_SKIPS})
"""Gates that cannot pass any more once the overall gate has failed."""


def serves_all_intents(results: Iterable[GateResult], decision: Decision) -> bool:
    """Return whether every open example is to be served, not only those of undecided intents.

    Args:
        results: as `check_gates` gave them.
        decision: the current one; after a decision to promote no more votes are needed.
    """
    if decision is Decision.PROMOTE:
        return False
    whole = [
        result
        for result in results
        if not result.subject or result.gate is Gate.NO_CRITERION_REGRESSES
    ]
    has_failed = any(
        result.gate is Gate.OVERALL_SUPERIORITY and result.state is State.FAILED for result in whole
    )
    return any(
        votes_can_change(result)
        for result in whole
        if not (has_failed and result.gate in _NEEDS_OVERALL)
    )


def votes_can_change(result: GateResult) -> bool:
    """Return whether further votes can bring the gate to another state.

    A failed gate on the candidate stays failed; one on the voting may recover.
    """
    if result.state is State.INSUFFICIENT:
        return result.gate not in _OPERATIONAL
    return result.state is State.FAILED and result.gate in HYGIENE


def intents_to_serve(results: Iterable[GateResult], decision: Decision) -> frozenset[str]:
    """Return the intents that are served once serving has narrowed: the gated, undecided ones."""
    if decision is Decision.PROMOTE:
        return frozenset()
    return frozenset(
        result.subject
        for result in results
        if result.gate is Gate.NO_INTENT_REGRESSES and result.state is State.INSUFFICIENT
    )
