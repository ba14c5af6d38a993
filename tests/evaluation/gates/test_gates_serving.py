"""Which examples are served: all while a gate on the whole run is open, then undecided intents."""

import pytest

from evaluation.gates import (
    Decision,
    Gate,
    GateResult,
    State,
    intents_to_serve,
    serves_all_intents,
    serves_shared_first,
)
from reviewapp.core.messages import message

PASSED, OPEN, FAILED = State.PASSED, State.INSUFFICIENT, State.FAILED
INTENT = Gate.NO_INTENT_REGRESSES
REASON = message("gates.keep_voting")


def results(**states: State) -> list[GateResult]:
    """All gates on the whole run passed but those named; returns passed, refunds is open."""
    whole = {gate: PASSED for gate in Gate if gate is not INTENT}
    whole |= {Gate[name]: state for name, state in states.items()}
    intents = {"returns": PASSED, "refunds": OPEN, "orders": FAILED}
    return [
        *(GateResult(gate, "", state, REASON) for gate, state in whole.items()),
        *(GateResult(INTENT, name, state, REASON) for name, state in intents.items()),
    ]


def test_only_undecided_intents_are_served_while_all_gates_of_the_run_hold() -> None:
    assert not serves_all_intents(results(), Decision.KEEP_VOTING)
    assert intents_to_serve(results(), Decision.KEEP_VOTING) == {"refunds"}


@pytest.mark.parametrize("gate", [gate.name for gate in Gate if gate.name.startswith("HYGIENE")])
@pytest.mark.parametrize("state", [OPEN, FAILED])
def test_everything_is_served_while_a_hygiene_gate_does_not_hold(gate: str, state: State) -> None:
    assert serves_all_intents(results(**{gate: state}), Decision.KEEP_VOTING)


def test_everything_is_served_while_the_overall_gate_is_open() -> None:
    assert serves_all_intents(results(OVERALL_SUPERIORITY=OPEN), Decision.KEEP_VOTING)


def test_gates_that_votes_cannot_change_keep_nothing_served() -> None:
    settled = results(P95_LATENCY=OPEN, BOTH_BAD=FAILED, NO_ALARM=FAILED)
    assert not serves_all_intents(settled, Decision.REJECT)
    beyond = results(OVERALL_SUPERIORITY=FAILED, HYGIENE_LEAVE_ONE_OUT=OPEN, HYGIENE_SKIPS=OPEN)
    assert not serves_all_intents(beyond, Decision.REJECT)


def test_nothing_is_served_once_the_candidate_may_be_promoted() -> None:
    slipped = results(HYGIENE_AGREEMENT=OPEN)
    assert not serves_all_intents(slipped, Decision.PROMOTE)
    assert not intents_to_serve(slipped, Decision.PROMOTE)


@pytest.mark.parametrize("state", [OPEN, FAILED])
def test_shared_examples_come_first_when_only_agreement_is_open(state: State) -> None:
    only = results(HYGIENE_AGREEMENT=state)
    assert serves_shared_first(only, Decision.KEEP_VOTING)
    assert serves_all_intents(only, Decision.KEEP_VOTING)
    assert not serves_shared_first(only, Decision.PROMOTE)
    assert not serves_shared_first(results(), Decision.KEEP_VOTING)


@pytest.mark.parametrize(
    "gate",
    ["OVERALL_SUPERIORITY", "NO_CRITERION_REGRESSES", "HYGIENE_LEAVE_ONE_OUT", "HYGIENE_RATERS"],
)
def test_the_served_order_is_kept_while_a_gate_reads_it(gate: str) -> None:
    both = results(HYGIENE_AGREEMENT=OPEN, **{gate: OPEN})
    assert not serves_shared_first(both, Decision.KEEP_VOTING)
