"""Counts of examples."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.stats.figures import figures
from evaluation.stats.tally import Shares, Tally, VerdictCounts
from tests.evaluation.stats.samples import HALF, tally

votes_of_an_example = st.tuples(*[st.integers(0, 3)] * 4).filter(any)
tallies = st.lists(st.tuples(votes_of_an_example, st.integers(0, 9)), max_size=8).map(Tally.of)


def test_an_example_scores_the_exact_mean_of_its_votes() -> None:
    assert VerdictCounts(candidate=2, baseline=1).score == Fraction(2, 3)
    assert VerdictCounts(candidate=1, baseline=1, tie_bad=1).score == HALF


def test_examples_are_counted_by_exact_scores() -> None:
    counted = Tally.of(
        [
            ((3, 0, 0, 0), 4),
            ((2, 1, 0, 0), 5),
            ((1, 1, 1, 0), 1),
            ((1, 1, 0, 1), 2),
            ((0, 0, 2, 1), 3),
            ((0, 0, 1, 1), 6),
            ((0, 3, 0, 0), 7),
        ]
    )
    assert (counted.wins, counted.ties_good, counted.ties_bad, counted.losses) == (4, 10, 2, 7)
    assert counted.n == 28
    assert counted.votes == 12 + 15 + 3 + 6 + 9 + 12 + 21
    assert counted.score_sum == 4 + 5 * Fraction(2, 3) + 6
    assert counted.win_rate_without_ties == Fraction(4, 11)


def test_nothing_counted_is_none_and_never_a_number() -> None:
    empty = Tally()
    assert empty.estimate is None
    assert empty.shares is None
    assert empty.win_rate_without_ties is None
    assert tally(0, 0, ties_good=3).win_rate_without_ties is None
    assert figures(empty).as_json() == {
        "estimate": None,
        "lower": 0.0,
        "upper": 1.0,
        "n": 0,
        "wins": 0,
        "ties_good": 0,
        "ties_bad": 0,
        "losses": 0,
        "score_sum": 0.0,
        "ties_identical": 0,
    }


def test_the_figures_of_a_row() -> None:
    shown = figures(tally(12, 2, ties_good=4, ties_bad=2))
    assert (shown.n, shown.wins, shown.ties_good, shown.ties_bad, shown.losses) == (20, 12, 4, 2, 2)
    assert (shown.estimate, shown.score_sum) == (0.75, 15.0)
    assert (round(shown.interval.lower, 4), round(shown.interval.upper, 4)) == (0.4672, 0.9223)


def test_shares_weigh_each_example_the_same() -> None:
    counted = Tally.of([((3, 0, 0, 0), 1), ((0, 1, 0, 0), 1), ((0, 0, 1, 1), 2)])
    quarter = Fraction(1, 4)
    assert counted.shares == Shares(
        win=quarter, tie_good=quarter, tie_bad=quarter, loss=quarter, identical=Fraction(0)
    )


@settings(max_examples=60)
@given(tallies)
def test_shares_add_up_and_give_the_win_rate(counted: Tally) -> None:
    shares = counted.shares
    if shares is None:
        assert counted.n == 0
        return
    assert shares.win + shares.tie_good + shares.tie_bad + shares.loss == 1
    assert shares.win + (shares.tie_good + shares.tie_bad) / 2 == counted.estimate


@settings(max_examples=60)
@given(tallies, tallies)
def test_tallies_add_up_like_their_examples(first: Tally, second: Tally) -> None:
    both = first + second
    assert both == second + first
    assert (both.n, both.votes) == (first.n + second.n, first.votes + second.votes)
    assert both.score_sum == first.score_sum + second.score_sum


def test_votes_taken_out_leave_the_votes_of_the_others() -> None:
    counted = Tally.of([((2, 1, 0, 0), 3), ((0, 1, 0, 0), 2)])
    taken = [((2, 1, 0, 0), "candidate", 2), ((0, 1, 0, 0), "baseline", 1)]
    assert counted.without_votes(taken) == Tally.of(
        [((2, 1, 0, 0), 1), ((1, 1, 0, 0), 2), ((0, 1, 0, 0), 1)]
    )


def test_only_votes_that_are_there_can_be_taken_out() -> None:
    with pytest.raises(ValueError, match="does not hold"):
        tally(1, 0).without_votes([((1, 0, 0, 0), "candidate", 2)])
    with pytest.raises(ValueError, match="does not hold"):
        tally(1, 0).without_votes([((1, 0, 0, 0), "candidate", -1)])
    with pytest.raises(ValueError, match="hold no baseline"):
        tally(1, 0).without_votes([((1, 0, 0, 0), "baseline", 1)])
    with pytest.raises(ValueError, match="not a valid Verdict"):
        tally(1, 0).without_votes([((1, 0, 0, 0), "garbage", 1)])


@pytest.mark.parametrize(
    ("votes", "examples"), [((1, 0, 0, 0), -1), ((2, -1, 0, 0), 1), ((0, 0, 0, 0), 1)]
)
def test_impossible_counts_are_refused(votes: tuple[int, int, int, int], examples: int) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        Tally.of([(votes, examples)])
