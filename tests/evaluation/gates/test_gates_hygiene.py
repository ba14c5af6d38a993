"""The gates on the voting itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evaluation.gates import (
    Counted,
    Crossing,
    Evidence,
    Gate,
    GateResult,
    GateSettings,
    HygieneLimits,
    State,
)
from evaluation.gates.hygiene import OVERALL_UNDECIDED, RULES, large_raters
from evaluation.gates.rules import judge_all
from evaluation.stats.agreement import NO_SHARED_EXAMPLES, Agreement
from evaluation.stats.intervals import Interval, lies_above
from reviewapp.core.messages import message
from tests.evaluation.gates.evidence import (
    codes,
    counted,
    exhausted,
    good_evidence,
    rater,
    unopened,
)
from tests.evaluation.stats.samples import tally

STANDARD = GateSettings()


def judge(gate: Gate, evidence: Evidence, settings: GateSettings = STANDARD) -> GateResult:
    return next(result for result in judge_all(RULES, evidence, settings) if result.gate is gate)


def alone(wins: int = 40) -> Evidence:
    return replace(
        good_evidence(), overall=counted("", tally(wins, 0)), raters=(rater("ada", wins, 0),)
    )


def test_good_voting_passes_every_hygiene_gate() -> None:
    assert {result.state for result in judge_all(RULES, good_evidence(), STANDARD)} == {
        State.PASSED
    }


def test_without_votes_every_hygiene_gate_is_insufficient() -> None:
    judged = judge_all(RULES, unopened(), STANDARD)
    assert {result.state for result in judged} == {State.INSUFFICIENT}
    assert all(result.reason.code for result in judged)


def test_one_rater_is_one_persons_taste() -> None:
    found = judge(Gate.HYGIENE_RATERS, alone())
    assert found.state is State.INSUFFICIENT
    assert found.reason == message("gates.too_few_raters", raters=1, needed=2)
    assert judge(Gate.HYGIENE_RATERS, exhausted(alone())).state is State.FAILED
    three = replace(STANDARD, hygiene=HygieneLimits(min_raters=3))
    two = replace(good_evidence(), raters=good_evidence().raters[:2])
    assert judge(Gate.HYGIENE_RATERS, two, three).reason.params == {"raters": 2, "needed": 3}


@pytest.mark.parametrize(("by_ada", "state"), [(60, State.PASSED), (61, State.INSUFFICIENT)])
def test_nobody_may_hold_more_than_60_percent(by_ada: int, state: State) -> None:
    evidence = replace(
        good_evidence(),
        overall=counted("", tally(100, 0)),
        raters=(rater("ada", by_ada, 0), rater("bob", 100 - by_ada, 0)),
    )
    found = judge(Gate.HYGIENE_RATER_SHARE, evidence)
    assert found.state is state
    held = message("gates.rater_share", rater="ada", share=(by_ada / 100, 0.6), limit=0.6)
    assert held in (found.reason, *found.reason.params.get("parts", ()))


def test_three_raters_on_every_example_hold_a_third_each() -> None:
    shared = good_evidence().overall
    assert shared.tally.n == 300
    assert codes(judge(Gate.HYGIENE_RATER_SHARE, good_evidence())) == ["gates.rater_share"]


def test_leaving_out_any_rater_must_not_flip_the_first_gate() -> None:
    evidence = replace(
        good_evidence(),
        overall=counted("", tally(45, 15)),
        raters=(rater("ada", 30, 0), rater("bob", 15, 15)),
    )
    found = judge(Gate.HYGIENE_LEAVE_ONE_OUT, evidence)
    assert found.state is State.INSUFFICIENT
    assert found.reason == message("gates.depends_on_rater", raters=["ada"], n=1)
    assert judge(Gate.HYGIENE_LEAVE_ONE_OUT, exhausted(evidence)).state is State.FAILED


def test_all_raters_whose_absence_flips_are_named() -> None:
    evidence = replace(
        good_evidence(),
        overall=Counted("", tally(14, 12), 50, Crossing(10)),
        raters=(rater("ada", 7, 6), rater("bob", 7, 6)),
    )
    assert judge(Gate.HYGIENE_LEAVE_ONE_OUT, evidence).reason.params["raters"] == ["ada", "bob"]


def test_leaving_out_waits_for_the_first_gate() -> None:
    evidence = replace(good_evidence(), overall=counted("", tally(6, 4)))
    assert judge(Gate.HYGIENE_LEAVE_ONE_OUT, evidence).reason == OVERALL_UNDECIDED
    assert codes(judge(Gate.HYGIENE_SKIPS, evidence))[-1] == OVERALL_UNDECIDED.code


def test_leaving_out_is_not_blamed_when_the_candidate_did_not_pass() -> None:
    ended = exhausted(replace(good_evidence(), overall=counted("", tally(6, 4))))
    for gate in (Gate.HYGIENE_LEAVE_ONE_OUT, Gate.HYGIENE_SKIPS):
        found = judge(gate, ended)
        assert found.state is State.INSUFFICIENT
        assert codes(found)[-1] == "gates.not_judged"


def test_no_skip_at_all_passes_without_the_first_gate() -> None:
    ended = exhausted(replace(good_evidence(), overall=counted("", tally(6, 4)), skips=0))
    assert judge(Gate.HYGIENE_SKIPS, ended).state is State.PASSED


def without(*, share: int, wins: int, losses: int) -> Evidence:
    """Ada wins `share` of 100 examples; the others win and lose so many of theirs."""
    return replace(
        good_evidence(),
        overall=counted("", tally(share + wins, losses)),
        raters=(rater("ada", share, 0), rater("bob", wins, losses)),
    )


def test_leaving_out_asks_for_the_lower_end_at_alpha_one_half() -> None:
    clear, unclear = without(share=40, wins=40, losses=23), without(share=40, wins=33, losses=27)
    assert not lies_above(tally(40, 23).score_counts, 0.5)
    assert judge(Gate.HYGIENE_LEAVE_ONE_OUT, clear).state is State.PASSED
    assert judge(Gate.HYGIENE_LEAVE_ONE_OUT, unclear).state is State.INSUFFICIENT


def test_a_rater_who_holds_less_than_a_tenth_is_not_left_out() -> None:
    few, many = rater("few", 9, 0), rater("many", 10, 0)
    others = (rater("ada", 30, 15), rater("bob", 30, 15), rater("eve", 1, 0))
    small = replace(good_evidence(), raters=(few, *others))
    large = replace(good_evidence(), raters=(many, *others[:2]))
    assert [share.rater for share in large_raters(small)] == ["ada", "bob"]
    assert [share.rater for share in large_raters(large)] == ["many", "ada", "bob"]


def agreeing(lower: float, upper: float, *, shared: int = 40) -> Evidence:
    found = Agreement((lower + upper) / 2, None, shared, Interval(lower, upper))
    return replace(good_evidence(), agreement=found)


def test_the_interval_of_agreement_must_lie_above_its_limit() -> None:
    unclear, clear = agreeing(0.09, 0.5), agreeing(0.11, 0.5)
    assert judge(Gate.HYGIENE_AGREEMENT, unclear).state is State.INSUFFICIENT
    measured = judge(Gate.HYGIENE_AGREEMENT, unclear).reason.params["parts"][0].params
    assert (measured["shared"], measured["lower"], measured["upper"]) == (40, 0.09, 0.5)
    assert judge(Gate.HYGIENE_AGREEMENT, exhausted(unclear)).state is State.FAILED
    assert judge(Gate.HYGIENE_AGREEMENT, clear).state is State.PASSED


def test_agreement_wholly_below_its_limit_fails_at_once() -> None:
    assert judge(Gate.HYGIENE_AGREEMENT, agreeing(-0.2, 0.05)).state is State.FAILED


def test_agreement_is_never_judged_before_thirty_shared_examples() -> None:
    for lower, upper in ((0.9, 1.0), (-0.9, -0.5)):
        few, enough = agreeing(lower, upper, shared=29), agreeing(lower, upper, shared=30)
        assert judge(Gate.HYGIENE_AGREEMENT, few).state is State.INSUFFICIENT
        assert judge(Gate.HYGIENE_AGREEMENT, enough).state is not State.INSUFFICIENT


def test_a_limit_of_minus_one_asks_for_no_agreement() -> None:
    settings = replace(STANDARD, hygiene=HygieneLimits(min_agreement=-1.0))
    assert judge(Gate.HYGIENE_AGREEMENT, unopened(), settings).state is State.PASSED


def test_agreement_that_was_never_measured_is_insufficient_with_the_way_out() -> None:
    evidence = exhausted(replace(good_evidence(), agreement=Agreement(None, NO_SHARED_EXAMPLES, 0)))
    found = judge(Gate.HYGIENE_AGREEMENT, evidence)
    assert found.state is State.INSUFFICIENT
    assert codes(found) == ["gates.few_shared", "gates.larger_overlap"]


def test_a_favoured_side_fails() -> None:
    found = judge(Gate.HYGIENE_POSITION, replace(good_evidence(), left=200, right=100))
    assert found.state is State.FAILED
    assert found.reason.params["parts"][0].params["n"] == 300


def test_sides_that_were_never_drawn_are_insufficient_with_that_reason() -> None:
    fixed = replace(good_evidence(), left=200, right=100, sides_are_random=False)
    found = judge(Gate.HYGIENE_POSITION, exhausted(fixed))
    assert found.state is State.INSUFFICIENT
    assert codes(found) == ["gates.sides_not_random"]


def test_unknown_sides_are_insufficient() -> None:
    found = judge(Gate.HYGIENE_POSITION, exhausted(replace(good_evidence(), left=0, right=0)))
    assert found.state is State.INSUFFICIENT


@pytest.mark.parametrize(("skips", "state"), [(10, State.PASSED), (11, State.INSUFFICIENT)])
def test_at_most_one_in_ten_may_be_skipped(skips: int, state: State) -> None:
    evidence = replace(good_evidence(), skips=skips, votes=100 - skips)
    found = judge(Gate.HYGIENE_SKIPS, evidence)
    assert found.state is state
    skipped = found.reason.params["parts"][0]
    assert skipped == message("gates.skips", share=(skips / 100, 0.1), asked=100, limit=0.1)


def test_skips_are_not_judged_one_by_one_before_the_overall_result() -> None:
    early = replace(good_evidence(), overall=counted("", tally(6, 1)), votes=9)
    states = {
        judge(Gate.HYGIENE_SKIPS, replace(early, skips=skips)).state for skips in (0, 1, 2, 0, 1)
    }
    assert states == {State.INSUFFICIENT}
    assert judge(Gate.HYGIENE_SKIPS, replace(early, skips=20)).state is State.FAILED


def test_the_candidate_must_pass_with_skips_as_losses() -> None:
    close = replace(alone(11), votes=40)
    none = judge(Gate.HYGIENE_SKIPS, replace(close, skips=0))
    some = judge(Gate.HYGIENE_SKIPS, replace(close, skips=4))
    assert (none.state, some.state) == (State.PASSED, State.INSUFFICIENT)
    assert codes(some) == ["gates.skips", "gates.fails_with_skips"]
