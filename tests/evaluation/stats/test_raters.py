"""Who voted how."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

from evaluation.stats.raters import (
    RaterVotes,
    gold_check,
    largest_share,
    leave_one_out,
    leave_one_out_range,
    left_share,
    sides_look_random,
    standard_error_by_rater,
)
from evaluation.stats.tally import Tally
from tests.evaluation.stats.samples import tally

WIN, LOSS = (1, 0, 0, 0), (0, 1, 0, 0)


def lone_rater(name: str, wins: int, losses: int) -> RaterVotes:
    """A rater whose examples nobody else voted on."""
    return RaterVotes.of(name, [(WIN, "candidate", wins), (LOSS, "baseline", losses)])


def test_an_example_with_three_votes_counts_a_third_for_each_rater() -> None:
    shared = (2, 1, 0, 0)
    ada = RaterVotes.of("ada", [(shared, "candidate", 30)])
    bob = RaterVotes.of("bob", [(shared, "candidate", 30)])
    eve = RaterVotes.of("eve", [(shared, "baseline", 30), (WIN, "candidate", 10)])
    assert ada.votes == 30
    assert (ada.weight, eve.weight) == (Fraction(10), Fraction(20))
    assert largest_share([ada, bob, eve]) == ("eve", Fraction(1, 2))
    assert largest_share([]) is None


def test_a_rater_has_shares_of_their_own() -> None:
    votes = [
        ((1, 1, 0, 0), "candidate", 3),
        (LOSS, "baseline", 2),
        ((0, 0, 1, 0), "tie_good", 1),
        ((0, 0, 0, 1), "tie_bad", 4),
    ]
    own = RaterVotes.of("ada", votes).tally
    assert (own.wins, own.losses, own.ties_good, own.ties_bad) == (3, 2, 1, 4)


def test_a_verdict_that_the_example_lacks_is_refused() -> None:
    with pytest.raises(ValueError, match="hold no baseline"):
        RaterVotes.of("ada", [(WIN, "baseline", 1)])
    with pytest.raises(ValueError, match="not a valid Verdict"):
        RaterVotes.of("ada", [(WIN, "garbage", 1)])


def test_without_a_rater_the_examples_keep_the_votes_of_others() -> None:
    overall = Tally.of([((2, 1, 0, 0), 2), (WIN, 3)])
    eve = RaterVotes.of("eve", [((2, 1, 0, 0), "baseline", 2)])
    ada = RaterVotes.of("ada", [((2, 1, 0, 0), "candidate", 2), (WIN, "candidate", 3)])
    left = leave_one_out(overall, [eve, ada])
    assert [voting.rater for voting in left] == ["eve", "ada"]
    assert left[0].tally == Tally.of([((2, 0, 0, 0), 2), (WIN, 3)])
    assert left[1].tally == Tally.of([((1, 1, 0, 0), 2)])
    found = leave_one_out_range(left)
    assert found is not None
    assert (found.lower, found.upper) == (0.5, 1.0)


def test_without_the_only_rater_nothing_is_left() -> None:
    left = leave_one_out(tally(3, 1), [lone_rater("ada", 3, 1)])
    assert left[0].tally.n == 0
    assert leave_one_out_range(left) is None


def test_the_left_share_has_an_interval() -> None:
    even, biased, none = left_share(30, 25), left_share(60, 10), left_share(0, 0)
    assert even.interval.contains(0.5)
    assert biased.share == pytest.approx(6 / 7)
    assert not biased.interval.contains(0.5)
    assert (none.share, none.n, none.interval.lower, none.interval.upper) == (None, 0, 0, 1)
    with pytest.raises(ValueError, match="negative"):
        left_share(-1, 3)


def test_the_standard_error_by_rater_needs_five() -> None:
    four = [lone_rater(str(k), 3, 1) for k in range(4)]
    assert standard_error_by_rater(tally(12, 4), four) is None
    assert standard_error_by_rater(Tally(), [lone_rater(str(k), 0, 0) for k in range(5)]) is None


def test_the_standard_error_by_rater_sums_residuals_within_a_rater() -> None:
    raters = [lone_rater(str(k), 2, 0) for k in range(3)]
    raters += [lone_rater(str(k), 0, 2) for k in range(3, 6)]
    # Six residuals of +1 or -1 each (two votes at 1/2), times 6/5, over 12 examples.
    expected = math.sqrt(6 * 6 / 5) / 12
    assert standard_error_by_rater(tally(6, 6), raters) == pytest.approx(expected)


def test_a_rater_is_flagged_only_when_the_upper_bound_is_low() -> None:
    assert not gold_check(0, 0).flagged
    assert gold_check(0, 0).accuracy is None
    assert not gold_check(5, 5).flagged
    poor = gold_check(20, 40)
    assert poor.flagged
    assert poor.upper < 0.7
    assert poor.accuracy == pytest.approx(1 / 3)


def test_sides_of_a_file_look_drawn_unless_one_model_is_on_the_left_too_often() -> None:
    assert sides_look_random(0, 0)
    assert sides_look_random(60, 45)
    assert not sides_look_random(10, 0)
    assert not sides_look_random(100, 200)
