"""What to do with a run next: one step for each state, which never contradicts the decision."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from evaluation.gates import (
    Counted,
    Crossing,
    DecisionReason,
    Evidence,
    Gate,
    GateSettings,
    NextStep,
    Remedy,
    Situation,
    Step,
    check_gates,
    decision_reason,
    next_step,
    promotion_forecast,
    required_gates,
)
from evaluation.gates.next_step_parts import CHANCE
from evaluation.stats.agreement import Agreement
from evaluation.stats.forecast import examples_for_chance
from evaluation.stats.intervals import Interval
from evaluation.stats.tally import Tally
from reviewapp.core.messages import Message
from reviewapp.core.texts import render
from tests.evaluation.gates.evidence import counted, exhausted, good_evidence, rater, unopened
from tests.evaluation.stats.samples import tally
from tests.sentences import codes_in

STANDARD = GateSettings()
SMALL = tally(5, 1)


def step_of(evidence: Evidence, settings: GateSettings = STANDARD, **more: Any) -> NextStep:
    gates = check_gates(evidence, settings)
    required = required_gates(settings, [intent.subject for intent in evidence.intents])
    reason = decision_reason(gates, required=required)
    found = promotion_forecast(evidence, settings)
    return next_step(Situation(reason, gates, evidence, settings, found, **more))


def with_intents(*intents: Counted, **changed: Any) -> Evidence:
    return replace(good_evidence(), intents=intents, **changed)


def small_intents() -> Evidence:
    """Better overall; two of three intents are counted out at six examples."""
    rest = (counted("a", SMALL, left=0), counted("b", SMALL, left=0))
    return with_intents(counted("returns", tally(120, 30)), *rest)


def ahead(left: int) -> Evidence:
    raters = tuple(rater(name, 10, 6) for name in ("ada", "bob", "eve"))
    intents = (counted("returns", tally(15, 9), left // 2), counted("refunds", tally(15, 9), left))
    overall = counted("", tally(30, 18), left=left)
    return replace(good_evidence(), overall=overall, raters=raters, intents=intents)


def won_of_many(wins: int) -> Evidence:
    """The candidate has won the first few of 2,000 examples."""
    overall = counted("", tally(wins, 0), left=2000)
    return replace(ahead(2000), overall=overall, raters=(rater("ada", wins, 0),))


def of_three(wins: int, losses: int, left: int = 50) -> Evidence:
    """Votes of three raters alike, each with a third of the wins and losses."""
    raters = tuple(rater(name, wins // 3, losses // 3) for name in ("ada", "bob", "eve"))
    return replace(good_evidence(), overall=counted("", tally(wins, losses), left), raters=raters)


def one_sided() -> Evidence:
    return replace(good_evidence(), left=240, right=60)


def worse(intent: str) -> Evidence:
    return with_intents(counted("returns", tally(120, 30)), counted(intent, tally(10, 60)))


CASES: list[tuple[str, Evidence, dict[str, Any], Step, str]] = [
    ("passed", good_evidence(), {}, Step.MAY_BE_PROMOTED, "next.may_be_promoted"),
    ("unopened", unopened(), {}, Step.NOTHING_COUNTED, "next.nothing_counted"),
    ("held up", unopened(), {"waiting": 3}, Step.NOTHING_COUNTED, "next.nothing_counted_waiting"),
    (
        "small intents",
        small_intents(),
        {},
        Step.CANNOT_BE_SHOWN,
        "next.better_but_intents_not_shown_named",
    ),
    (
        "too few in all",
        exhausted(of_three(30, 21)),
        {},
        Step.CANNOT_BE_SHOWN,
        "next.overall_not_shown",
    ),
    ("worse", worse("b"), {}, Step.GOT_WORSE, "next.better_but_intents_worse_named"),
    (
        "worse overall",
        of_three(60, 240),
        {},
        Step.GOT_WORSE,
        "next.candidate_worse",
    ),
    ("one side", one_sided(), {}, Step.VOTING_INVALID, "next.invalid.hygiene_position"),
    (
        "one rater",
        exhausted(replace(good_evidence(), raters=(rater("ada", 240, 60),))),
        {},
        Step.VOTING_INVALID,
        "next.invalid.hygiene_raters",
    ),
    ("undecided", ahead(2000), {}, Step.KEEP_VOTING, "next.keep_voting"),
    ("a small rest", ahead(20), {}, Step.LEFT_WILL_NOT_DO, "next.intents_short_named"),
    (
        "behind",
        replace(ahead(2000), overall=counted("", tally(20, 26), left=2000)),
        {},
        Step.BEHIND,
        "next.behind",
    ),
    (
        "one example",
        won_of_many(1),
        {},
        Step.TOO_EARLY,
        "next.too_early",
    ),
    (
        "no shared examples",
        exhausted(replace(good_evidence(), agreement=Agreement(0.6, None, 3, Interval(0.4, 0.8)))),
        {},
        Step.VOTES_CANNOT_HELP,
        "next.votes_cannot_help",
    ),
    (
        "closed",
        ahead(2000),
        {"is_closed": True},
        Step.CLOSED_UNDECIDED,
        "next.closed_undecided",
    ),
    ("closed empty", unopened(), {"is_closed": True}, Step.CLOSED_EMPTY, "next.closed_empty"),
    (
        "given up",
        unopened(),
        {"is_closed": True, "was_opened": False},
        Step.GIVEN_UP,
        "next.given_up",
    ),
]


@pytest.mark.parametrize(
    ("evidence", "more", "step", "code"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_each_state_has_its_step_and_headline(
    evidence: Evidence, more: dict[str, Any], step: Step, code: str
) -> None:
    found = step_of(evidence, **more)
    assert (found.step, found.headline.code) == (step, code)
    # Every sentence has its parameters.
    assert "next." not in render(found.message)


def test_limits_that_are_exceeded_are_named() -> None:
    settings = replace(STANDARD, both_bad_limit=0.1)
    evidence = replace(good_evidence(), overall=counted("", tally(240, 60, ties_bad=300)))
    found = step_of(evidence, settings)
    assert found.step is Step.OVER_LIMIT
    assert "Both bad at most 10 %" in render(found.headline)


def test_only_a_candidate_that_may_be_promoted_is_offered_for_promotion() -> None:
    for _name, evidence, more, step, _code in CASES:
        offered = Remedy.PROMOTE in step_of(evidence, **more).remedies
        assert offered is (step is Step.MAY_BE_PROMOTED)


def test_a_set_that_cannot_show_it_offers_a_new_set_and_its_size() -> None:
    found = step_of(small_intents())
    assert found.intents == ("a", "b")
    assert found.remedies == (Remedy.LARGER_SET, Remedy.MERGE_INTENTS, Remedy.CLOSE)
    pooled = Tally.of((*SMALL.groups, *SMALL.groups))
    examples = examples_for_chance(pooled.score_counts, 0.4, chance=CHANCE ** (1 / 3))
    assert found.would_do == examples
    assert "next.sizes_would_do_each" in codes_in(found.message)
    assert "next.nothing_worse" in codes_in(found.message)


def test_intents_whose_rate_is_below_the_threshold_are_not_promised_a_size() -> None:
    low = tally(2, 4)
    evidence = with_intents(counted("returns", tally(120, 30)), counted("a", low, left=0))
    found = step_of(evidence)
    assert found.would_do is None
    assert "next.no_size_would_do" in codes_in(found.message)
    assert Remedy.LARGER_SET not in found.remedies


@pytest.mark.parametrize("alarmed", ["a", ""], ids=["an intent", "the whole run"])
def test_after_an_alarm_nothing_is_said_to_be_no_worse(alarmed: str) -> None:
    evidence = small_intents()
    rows = [
        replace(row, alarmed_at=4 if row.subject == alarmed else None)
        for row in (evidence.overall, *evidence.intents)
    ]
    found = step_of(replace(evidence, overall=rows[0], intents=tuple(rows[1:])))
    assert "next.nothing_worse" not in codes_in(found.message)


def test_an_alarm_is_told_with_its_example_whatever_the_step() -> None:
    for _name, evidence, more, _step, _code in CASES:
        if not evidence.overall.tally.n:
            continue
        row = evidence.intents[0]
        alarmed = replace(evidence, intents=(replace(row, alarmed_at=17), *evidence.intents[1:]))
        found = {detail.code: detail for detail in step_of(alarmed, **more).details}
        assert found["gates.intent_past_alarm"].params["example"] == 17
    now = replace(worse("b").intents[1], alarmed_at=9)
    found = {detail.code: detail for detail in step_of(replace(worse("b"), intents=(now,))).details}
    assert found["gates.intent_worse_since"].params["example"] == 9


def test_many_intents_are_counted_in_the_headline_and_named_below() -> None:
    small = [counted(name, SMALL, left=0) for name in "abcd"]
    found = step_of(with_intents(counted("returns", tally(120, 30)), *small))
    assert found.headline.code == "next.better_but_intents_not_shown"
    named = found.details[0]
    assert named.code == "next.not_shown_are"
    assert render(named) == "Not shown to be safe: a, b and 2 more intents."


def test_before_the_first_possible_result_nothing_is_forecast_but_what_it_takes() -> None:
    early = step_of(won_of_many(9))
    assert (early.step, early.need) == (Step.TOO_EARLY, None)
    assert early.details[0].params == {"examples": 10, "raters": 2, "shared": 30}
    assert step_of(won_of_many(10)).step is not Step.TOO_EARLY


def test_a_candidate_that_is_behind_gets_the_reason_and_both_ways_on() -> None:
    found = step_of(replace(ahead(2000), overall=counted("", tally(20, 26), left=2000)))
    assert found.headline.params["limit"] == 0.5
    assert found.need
    until, takes, close = found.details
    assert until.params["more"] == found.need.examples
    assert takes.params["votes"] == found.need.votes
    assert close.code == "next.behind_close"


def test_only_intents_that_are_worse_after_the_correction_are_named_as_worse() -> None:
    # Alone its interval ends below one half, but not among so many intents.
    shaky = counted("shaky", tally(6, 23))
    rest = [counted(f"even{number}", tally(20, 20)) for number in range(30)]
    evidence = with_intents(counted("bad", tally(10, 60)), shaky, *rest)
    assert shaky.figures(STANDARD.alpha).upper < 0.5
    assert step_of(evidence).intents == ("bad",)


def test_failed_voting_is_named_beside_a_set_that_cannot_show_it() -> None:
    found = step_of(replace(small_intents(), left=240, right=60))
    assert found.step is Step.CANNOT_BE_SHOWN
    assert "next.voting_failed_too" in codes_in(found.message)


def test_the_worse_intents_are_named_for_their_examples() -> None:
    found = step_of(worse("b"))
    assert found.intents == ("b",)
    assert found.remedies == (Remedy.SEE_LOSSES, Remedy.CLOSE)


def test_votes_and_days_follow_from_the_terms_and_the_pace() -> None:
    slow = step_of(ahead(2000), votes_for_each=1.0)
    assert slow.need
    assert slow.need.examples
    assert slow.need.days is None
    fast = step_of(ahead(2000), votes_for_each=2.0, votes_a_day=50.0)
    assert fast.need
    assert fast.need.examples == slow.need.examples
    assert fast.need.examples
    assert fast.need.votes == pytest.approx(2 * fast.need.examples, rel=0.1)
    assert fast.need.votes
    assert fast.need.days == pytest.approx(fast.need.votes / 50, rel=0.1)


def test_a_served_intent_waits_for_its_share_of_what_is_left() -> None:
    few = Counted("b", tally(8, 2), 100)
    passed = Counted("returns", tally(120, 30), 400, Crossing(20))
    overall = Counted("", tally(240, 60), 500, Crossing(20))
    evidence = with_intents(passed, few, overall=overall)
    shared = step_of(evidence, served=frozenset({"returns", "b"}))
    alone = step_of(evidence, served=frozenset({"b"}))
    assert shared.need
    assert alone.need
    assert shared.need.examples
    assert alone.need.examples
    # A fifth of what is left is of that intent.
    assert shared.need.examples == pytest.approx(5 * alone.need.examples, rel=0.1)


def test_side_bias_says_how_often_left_won_and_leads_to_the_raters() -> None:
    found = step_of(one_sided())
    assert found.headline.params["share"] == pytest.approx(0.8)
    assert found.remedies == (Remedy.SEE_RATERS, Remedy.ADD_REVIEWERS)
    assert "next.nothing_about_candidate" in codes_in(found.message)


def test_every_hygiene_gate_has_a_headline() -> None:
    for gate in Gate:
        if gate.value.startswith("hygiene_"):
            shown = {"share": 0.7, "interval": (0.6, 0.8), "raters": 1, "rater": "Ann", "n": 1}
            assert render(Message(f"next.invalid.{gate.value}", shown)).startswith("The voting")


def test_the_public_form_has_the_codes_and_figures() -> None:
    known = step_of(small_intents()).as_json()
    assert known["code"] == "cannot_be_shown"
    assert known["intents"] == ["a", "b"]
    assert known["examples"] is None
    assert {reason.value for reason in DecisionReason} - {"undecided", "all_passed"} <= {
        step.value for step in Step
    }


def test_an_open_run_that_can_no_longer_pass_is_offered_to_be_closed() -> None:
    for _name, evidence, more, _step, _code in CASES:
        found = step_of(evidence, **more)
        is_final = found.step in {
            *(Step.GOT_WORSE, Step.OVER_LIMIT, Step.CANNOT_BE_SHOWN, Step.VOTES_CANNOT_HELP)
        }
        offers = is_final and not more.get("is_closed")
        assert (Remedy.CLOSE in found.remedies) is offers
        said = {"next.close_it", "next.close_worse"} & set(codes_in(found.message))
        assert bool(said) is offers
