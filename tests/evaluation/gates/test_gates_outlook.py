"""Examples until a promotion: the win rate, leave-one-out and agreement together."""

from __future__ import annotations

from dataclasses import replace

from evaluation.gates import Counted, Crossing, Evidence, GateSettings, promotion_forecast
from evaluation.stats.agreement import Agreement
from evaluation.stats.forecast import DECIDED, forecast
from evaluation.stats.intervals import Interval
from tests.evaluation.gates.evidence import counted, good_evidence, rater
from tests.evaluation.stats.samples import tally

STANDARD = GateSettings()


def ahead(left: int = 500) -> Evidence:
    """Undecided at 30 of 50, all raters alike."""
    raters = tuple(rater(name, 10, 6) for name in ("ada", "bob", "eve"))
    overall = counted("", tally(30, 18), left=left)
    return replace(good_evidence(), overall=overall, raters=raters)


def examples(evidence: Evidence) -> int:
    found = promotion_forecast(evidence, STANDARD).examples
    assert found is not None
    return found


def test_a_run_that_passes_needs_no_more() -> None:
    evidence = replace(good_evidence(), overall=Counted("", tally(240, 60), 50, Crossing(20)))
    assert promotion_forecast(evidence, STANDARD) is DECIDED


def test_the_win_rate_alone_is_a_lower_bound() -> None:
    evidence = ahead()
    alone = forecast(evidence.overall.tally.score_counts, 0.5).examples
    assert alone is not None
    assert examples(evidence) >= alone


def test_a_rater_who_carries_the_result_is_waited_for() -> None:
    evidence = ahead()
    carried = replace(
        evidence, raters=(rater("ada", 13, 3), rater("bob", 9, 7), rater("eve", 8, 8))
    )
    assert examples(carried) > examples(evidence)
    overall = replace(evidence.overall, crossing=Crossing(40))
    assert examples(replace(carried, overall=overall)) > 0


def test_shared_examples_that_are_missing_for_agreement_are_waited_for() -> None:
    overall = Counted("", tally(240, 60), 500, Crossing(20))
    few = Agreement(0.6, None, 20, Interval(0.4, 0.8))
    assert examples(replace(good_evidence(), overall=overall, agreement=few)) == 10
    unclear = Agreement(0.3, None, 40, Interval(0.0, 0.6))
    # The interval has to be two thirds as wide: 2.25 times the 40 shared examples.
    assert examples(replace(good_evidence(), overall=overall, agreement=unclear)) == 51
    # While the win rate is open all are served in order, and some of those are shared.
    undecided = replace(ahead(), agreement=replace(few, units=4))
    alone = examples(replace(undecided, agreement=ahead().agreement))
    among = alone * 4 // undecided.overall.tally.n
    assert examples(undecided) == alone + 26 - among < alone + 26


def test_what_never_comes_is_all_that_is_left_and_said_not_to_do() -> None:
    overall = Counted("", tally(240, 60), 50, Crossing(20))
    low = Agreement(0.05, None, 40, Interval(-0.1, 0.2))
    found = promotion_forecast(replace(good_evidence(), overall=overall, agreement=low), STANDARD)
    assert (found.examples, found.is_within) == (50, False)
