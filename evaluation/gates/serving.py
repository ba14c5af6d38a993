"""Which examples of an open run still need votes, from the state of its gates. Pure.

Every open example is served while a gate on the whole run could still be changed by votes. Only
while all of those are settled, and the hygiene gates hold, serving narrows to the intents whose
own gates are undecided: half the examples of serving all of them, and still exact.

When agreement is the last of the gates on the whole run that votes can change, the examples that
several reviewers vote on are served before the others: only they change it. Nothing is left out.
"""

from __future__ import annotations

from collections.abc import Iterable

from evaluation.gates.results import HYGIENE, Decision, Gate, GateResult, State

_OPERATIONAL = frozenset({Gate.P95_LATENCY, Gate.COST, Gate.REFUSALS, Gate.ERRORS})
"""Gates that read the answers of the run, which votes do not change."""

_NEEDS_OVERALL = frozenset({Gate.HYGIENE_LEAVE_ONE_OUT, Gate.HYGIENE_SKIPS})
"""Gates that cannot pass any more once the overall gate has failed."""


_READ_BY_VOTE = frozenset({Gate.HYGIENE_AGREEMENT, Gate.HYGIENE_POSITION})
"""Gates that read single votes on any example, not the counted ones in served order."""


def serves_all_intents(results: Iterable[GateResult], decision: Decision) -> bool:
    """Return whether every open example is to be served, not only those of undecided intents.

    Args:
        results: as `check_gates` gave them.
        decision: the current one; after a decision to promote no more votes are needed.
    """
    if decision is Decision.PROMOTE:
        return False
    return bool(_open_on_whole_run(results))


def serves_shared_first(results: Iterable[GateResult], decision: Decision) -> bool:
    """Return whether examples with several votes are served before the others.

    They are when agreement, which reads only them, is still open, and no gate that reads the
    counted examples in their served order is. The arguments are those of `serves_all_intents`.
    """
    if decision is Decision.PROMOTE:
        return False
    still_open = _open_on_whole_run(results)
    return Gate.HYGIENE_AGREEMENT in still_open and still_open <= _READ_BY_VOTE


def _open_on_whole_run(results: Iterable[GateResult]) -> set[Gate]:
    """Return the gates on the whole run that votes can still change."""
    whole = [
        result
        for result in results
        if not result.subject or result.gate is Gate.NO_CRITERION_REGRESSES
    ]
    has_failed = any(
        result.gate is Gate.OVERALL_SUPERIORITY and result.state is State.FAILED for result in whole
    )
    return {
        result.gate
        for result in whole
        if votes_can_change(result) and not (has_failed and result.gate in _NEEDS_OVERALL)
    }


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
