"""All gates together, and what follows from them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evaluation.gates import (
    Counted,
    Crossing,
    Decision,
    DecisionReason,
    Evidence,
    Gate,
    GateSettings,
    OperationalLimits,
    Operations,
    State,
    allows_promotion,
    check_gates,
    decide,
    decision_reason,
    intents_to_serve,
    required_gates,
)
from evaluation.stats.intervals import Interval
from evaluation.stats.operational import Measured
from reviewapp.core.texts import render
from tests.evaluation.gates.evidence import counted, exhausted, good_evidence, unopened
from tests.evaluation.stats.samples import tally

STANDARD = GateSettings()
FULL = GateSettings(
    both_bad_limit=0.2,
    operational=OperationalLimits(
        max_p95_ratio=1.5, max_cost_ratio=1.5, max_refusal_share=0.5, max_error_share=0.5
    ),
)
INTENTS = ("returns", "refunds")


def decision(evidence: Evidence, settings: GateSettings = STANDARD) -> Decision:
    required = required_gates(settings, [intent.subject for intent in evidence.intents])
    return decide(check_gates(evidence, settings), required=required)


def measured_well() -> Operations:
    fine = Measured(0.1, Interval(0.1, 0.2), 100)
    return Operations(fine, fine, fine, fine)


def test_promote_when_every_gate_passed() -> None:
    assert decision(good_evidence()) is Decision.PROMOTE
    assert decision(replace(good_evidence(), operations=measured_well()), FULL) is Decision.PROMOTE


def test_every_required_gate_is_judged_and_no_other() -> None:
    for settings in (STANDARD, FULL, GateSettings.of_preset("watch_only")):
        judged = check_gates(good_evidence(), settings)
        assert {(r.gate, r.subject) for r in judged} == required_gates(settings, INTENTS)
        assert len(judged) == len(required_gates(settings, INTENTS))


def test_no_votes_keep_voting() -> None:
    assert decision(unopened()) is Decision.KEEP_VOTING
    assert {r.state for r in check_gates(unopened(), STANDARD)} == {State.INSUFFICIENT}


@pytest.mark.parametrize("settings", [STANDARD, STANDARD.watching("returns")])
def test_an_alarm_on_any_intent_rejects(settings: GateSettings) -> None:
    worse = (counted("returns", tally(10, 60)), good_evidence().intents[1])
    assert decision(replace(good_evidence(), intents=worse), settings) is Decision.REJECT


def test_an_alarm_rejects_whatever_was_crossed_before() -> None:
    worse = Counted("returns", tally(10, 60), 50, Crossing(7))
    evidence = replace(good_evidence(), intents=(worse, good_evidence().intents[1]))
    states = {(r.gate, r.subject): r.state for r in check_gates(evidence, STANDARD)}
    assert states[Gate.NO_INTENT_REGRESSES, "returns"] is State.PASSED
    assert states[Gate.NO_ALARM, ""] is State.FAILED
    assert decision(evidence) is Decision.REJECT


def reason(evidence: Evidence, settings: GateSettings = STANDARD) -> DecisionReason:
    required = required_gates(settings, [intent.subject for intent in evidence.intents])
    return decision_reason(check_gates(evidence, settings), required=required)


def test_failed_hygiene_alone_is_invalid_and_never_rejects() -> None:
    favoured = replace(good_evidence(), left=200, right=100)
    assert decision(favoured) is Decision.INVALID
    early = replace(favoured, overall=counted("", tally(2, 1)), intents=(), raters=())
    assert decision(early) is Decision.INVALID
    assert reason(favoured) is reason(early) is DecisionReason.VOTING_INVALID


def test_a_failed_gate_on_the_candidate_rejects_whatever_the_voting_was_like() -> None:
    bad_voting = replace(good_evidence(), left=200, right=100)
    worse = (counted("returns", tally(10, 60)), good_evidence().intents[1])
    assert reason(replace(bad_voting, intents=worse)) is DecisionReason.GOT_WORSE


def test_a_rejection_says_whether_it_got_worse_cannot_be_shown_or_is_over_a_limit() -> None:
    open_intent = (counted("returns", tally(6, 5)), good_evidence().intents[1])
    not_shown = exhausted(replace(good_evidence(), intents=open_intent))
    assert reason(not_shown) is DecisionReason.CANNOT_BE_SHOWN
    slow = Operations(p95_ratio=Measured(3.0, Interval(2.5, 3.5), 100))
    limits = GateSettings(operational=OperationalLimits(max_p95_ratio=1.5))
    assert reason(replace(not_shown, operations=slow), limits) is DecisionReason.OVER_LIMIT
    worse = replace(not_shown, overall=counted("", tally(60, 240), left=0), operations=slow)
    assert reason(worse, limits) is DecisionReason.GOT_WORSE
    for found in (not_shown, worse):
        assert decision(found) is Decision.REJECT


def test_an_intent_out_of_reach_rejects_although_others_are_open() -> None:
    intents = (counted("returns", tally(3, 6), left=1), good_evidence().intents[1])
    found = replace(good_evidence(), intents=intents)
    assert reason(found) is DecisionReason.CANNOT_BE_SHOWN


def test_an_undecided_intent_keeps_voting_and_rejects_when_exhausted() -> None:
    open_intent = (counted("returns", tally(6, 5)), good_evidence().intents[1])
    evidence = replace(good_evidence(), intents=open_intent)
    assert decision(evidence) is Decision.KEEP_VOTING
    assert intents_to_serve(check_gates(evidence, STANDARD), Decision.KEEP_VOTING) == {"returns"}
    assert decision(exhausted(evidence)) is Decision.REJECT


def test_a_missing_gate_never_promotes() -> None:
    required = required_gates(STANDARD, INTENTS)
    judged = check_gates(good_evidence(), STANDARD)
    assert allows_promotion(judged, required=required)
    for dropped in judged:
        rest = [result for result in judged if result is not dropped]
        assert not allows_promotion(rest, required=required)
        assert decide(rest, required=required) is Decision.KEEP_VOTING


def test_nothing_required_promotes_nothing() -> None:
    judged = check_gates(good_evidence(), STANDARD)
    assert not allows_promotion(judged, required=frozenset())
    assert not allows_promotion([], required=frozenset())


def test_no_reason_claims_more_than_the_interval_shows() -> None:
    text = " ".join(
        render(result.reason)
        for evidence in (good_evidence(), unopened(), exhausted(good_evidence()))
        for result in check_gates(replace(evidence, operations=measured_well()), FULL)
    ).lower()
    for word in ("significant", "equal", "sure that"):
        assert word not in text
