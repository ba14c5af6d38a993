"""The gates on win rates."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from evaluation.gates import Counted, Crossing, DecisionReason, Evidence, Gate, GateSettings, State
from evaluation.gates.reasons import NOTHING_COUNTED
from evaluation.gates.win_rates import both_bad, no_alarm, no_intent_regresses, overall_superiority
from evaluation.stats.tally import Tally
from reviewapp.core.messages import message
from tests.evaluation.gates.evidence import codes, counted, good_evidence, unopened
from tests.evaluation.stats.samples import tally

STANDARD = GateSettings()
MAY = datetime(2026, 5, 12, 9, 30, tzinfo=UTC)


def with_limit(limit: float) -> GateSettings:
    return replace(STANDARD, both_bad_limit=limit)


def test_overall_passes_when_the_lower_end_is_above_one_half() -> None:
    found = overall_superiority(counted("", tally(10, 0)), STANDARD)
    assert (found.gate, found.subject, found.state) == (Gate.OVERALL_SUPERIORITY, "", State.PASSED)
    assert found.passed_at_example == 10
    assert found.reason == message(
        "gates.above_since", claim=message("gates.better_overall"), threshold=0.5, example=10
    )


def test_the_estimate_alone_never_passes() -> None:
    found = overall_superiority(counted("", tally(9, 0)), STANDARD)
    assert found.state is State.INSUFFICIENT
    assert found.passed_at_example is None
    assert found.reason == message("gates.undecided_more", more=1)


def test_a_stored_crossing_stays_passed_with_its_time() -> None:
    crossed = Counted("", tally(60, 40), 50, Crossing(18, MAY))
    found = overall_superiority(crossed, STANDARD)
    assert found.state is State.PASSED
    assert (found.passed_at, found.passed_at_example) == (MAY, 18)
    assert found.reason.code == "gates.passed_before_day"
    assert found.reason.params["on"] == "2026-05-12"
    assert found.as_json() == {
        "gate": "overall_superiority",
        "subject": "",
        "state": "passed",
        "reason": found.reason.as_json(),
        "passed_at": "2026-05-12T09:30:00+00:00",
        "passed_at_example": 18,
    }


def test_an_alarm_fails_overall_even_after_a_crossing() -> None:
    found = overall_superiority(Counted("", tally(10, 60), 50, Crossing(10)), STANDARD)
    assert found.state is State.FAILED
    assert found.reason.code == "gates.candidate_worse"


def test_an_exhausted_set_fails() -> None:
    found = overall_superiority(counted("", tally(60, 40), left=0), STANDARD)
    assert found.state is State.FAILED
    assert codes(found) == ["gates.all_counted_not_above"]


def test_an_interval_below_a_high_threshold_fails_without_an_alarm() -> None:
    found = overall_superiority(counted("", tally(100, 100)), replace(STANDARD, t_overall=0.7))
    assert found.state is State.FAILED
    assert codes(found) == ["gates.not_above"]


def test_too_few_examples_left_fail_once_something_is_counted() -> None:
    out_of_reach = overall_superiority(counted("", tally(6, 4), left=3), STANDARD)
    assert out_of_reach.state is State.FAILED
    assert out_of_reach.failure is DecisionReason.CANNOT_BE_SHOWN
    assert out_of_reach.reason == message("gates.out_of_reach", left=3, threshold=0.5)
    never = overall_superiority(counted("", Tally(), left=5), STANDARD)
    assert never.state is State.INSUFFICIENT
    assert never.reason == message("gates.out_of_reach", left=5, threshold=0.5)


def test_nothing_counted_is_insufficient() -> None:
    found = overall_superiority(counted("", Tally(), left=50), STANDARD)
    assert (found.state, found.reason) == (State.INSUFFICIENT, NOTHING_COUNTED)
    assert overall_superiority(counted("", Tally(), left=0), STANDARD).state is State.INSUFFICIENT


def test_an_intent_must_pass_with_its_broken_examples_as_losses() -> None:
    sound, broken = counted("returns", tally(9, 0)), counted("returns", tally(9, 0))
    broken = replace(broken, broken=2)
    passed, waits = (no_intent_regresses(intents, STANDARD) for intents in (sound, broken))
    assert passed is not None
    assert waits is not None
    assert (passed.state, waits.state) == (State.PASSED, State.INSUFFICIENT)
    assert waits.passed_at_example == 9
    assert codes(waits) == ["gates.fails_with_broken", "gates.check_reports_or_vote"]
    ended = no_intent_regresses(replace(broken, left=0), STANDARD)
    assert ended is not None
    assert ended.state is State.FAILED


def test_alarms_are_corrected_over_the_intents() -> None:
    worse = counted("returns", tally(7, 25))
    assert worse.figures(0.05).upper < 0.5
    alone = replace(good_evidence(), intents=(worse,))
    assert no_alarm(alone, STANDARD).state is State.FAILED
    others = tuple(counted(str(k), tally(10, 10)) for k in range(11))
    among_many = replace(good_evidence(), intents=(worse, *others))
    assert no_alarm(among_many, STANDARD).state is State.PASSED


def test_an_alarm_ends_with_its_interval_and_is_still_reported() -> None:
    back = replace(counted("returns", tally(20, 25)), highest_log_evidence=20.0, alarmed_at=12)
    found = no_alarm(replace(good_evidence(), intents=(back,)), STANDARD)
    assert found.state is State.PASSED
    assert codes(found) == ["gates.nothing_worse", "gates.intent_past_alarm"]


def test_a_passed_alarm_gate_does_not_say_that_nothing_got_worse() -> None:
    assert no_alarm(good_evidence(), STANDARD).reason == message("gates.nothing_worse")


def test_an_intent_passes_its_threshold() -> None:
    found = no_intent_regresses(counted("returns", tally(7, 0)), STANDARD)
    assert found is not None
    assert (found.subject, found.state, found.passed_at_example) == ("returns", State.PASSED, 7)
    assert found.reason.params["claim"].code == "gates.not_worse_by"
    assert found.reason.params["claim"].params["difference"] == pytest.approx(0.1)


def test_an_intent_may_carry_its_own_threshold() -> None:
    own = replace(STANDARD, intent_thresholds={"returns": 0.5})
    found = no_intent_regresses(counted("returns", tally(7, 0)), own)
    assert found is not None
    assert found.state is State.INSUFFICIENT


def test_a_watched_intent_is_no_gate() -> None:
    assert (
        no_intent_regresses(counted("returns", tally(7, 0)), STANDARD.watching("returns")) is None
    )
    assert (
        no_intent_regresses(counted("returns", tally(7, 0)), GateSettings.of_preset("watch_only"))
        is None
    )


def test_no_alarm_passes_with_votes_and_waits_without() -> None:
    assert no_alarm(good_evidence(), STANDARD).state is State.PASSED
    assert no_alarm(unopened(), STANDARD).state is State.INSUFFICIENT


def test_an_alarm_on_a_watched_intent_fails_too() -> None:
    evidence = replace(good_evidence(), intents=(counted("returns", tally(31, 69)),))
    found = no_alarm(evidence, STANDARD.watching("returns"))
    assert found.state is State.FAILED
    assert found.reason.code == "gates.intent_worse"
    assert (found.reason.params["subject"], found.reason.params["rate"]) == ("returns", 0.31)


def test_watched_intents_are_named_as_not_shown_to_be_safe() -> None:
    found = no_alarm(good_evidence(), STANDARD.watching("returns"))
    assert found.state is State.PASSED
    assert codes(found) == ["gates.nothing_worse", "gates.watched"]


def bad_ties(bad: int, others: int, left: int = 50) -> Counted:
    return counted("", tally(others, 0, ties_bad=bad), left)


def test_both_bad_reads_the_upper_end() -> None:
    assert both_bad(bad_ties(1, 1), STANDARD) is None
    judged = [
        both_bad(bad_ties(2, 298), with_limit(0.1)),
        both_bad(bad_ties(100, 100), with_limit(0.1)),
        both_bad(bad_ties(2, 20), with_limit(0.1)),
        both_bad(bad_ties(2, 20, left=0), with_limit(0.1)),
        both_bad(counted("", Tally()), with_limit(0.1)),
    ]
    assert [found.state for found in judged if found] == [
        State.PASSED,
        State.FAILED,
        State.INSUFFICIENT,
        State.FAILED,
        State.INSUFFICIENT,
    ]


def test_evidence_of_raters_without_counted_votes_is_left_out() -> None:
    evidence = good_evidence()
    idle = replace(evidence.raters[0], groups=())
    assert Evidence(
        evidence.overall, evidence.agreement, raters=(idle, evidence.raters[1])
    ).active_raters == (evidence.raters[1],)
