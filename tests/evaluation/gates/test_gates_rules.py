"""One more gate takes a rule: it is judged, required and named without changes elsewhere."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, cast

import pytest

from evaluation.gates import (
    Decision,
    Evidence,
    Gate,
    GateResult,
    GateSettings,
    State,
    check_gates,
    decide,
    decision,
    required_gates,
)
from evaluation.gates.rules import GateRule
from evaluation.gates.texts import gate_title
from reviewapp.core.messages import message
from tests.evaluation.gates.evidence import good_evidence


class NewGate(StrEnum):
    SUNDAYS = "no_votes_on_sundays"


NEW = cast(Any, NewGate.SUNDAYS)


def judge(_evidence: Evidence, _settings: GateSettings) -> list[GateResult]:
    return [GateResult(NEW, "", State.INSUFFICIENT, message("gates.keep_voting"))]


def test_a_registered_gate_is_judged_and_keeps_a_run_from_being_promoted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings, evidence = GateSettings(), good_evidence()
    intents = [intent.subject for intent in evidence.intents]
    before = decide(check_gates(evidence, settings), required=required_gates(settings, intents))
    monkeypatch.setattr(decision, "RULES", (*decision.RULES, GateRule(NEW, judge)))
    results = check_gates(evidence, settings)
    required = required_gates(settings, intents)
    assert (NEW, "") in required
    assert (before, decide(results, required=required)) == (Decision.PROMOTE, Decision.KEEP_VOTING)
    assert gate_title(NEW, "", settings)


def test_every_gate_has_a_rule_of_its_own() -> None:
    assert sorted(rule.gate for rule in decision.RULES) == sorted(Gate)
