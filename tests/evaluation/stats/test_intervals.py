"""The anytime interval, its evidence, and the figures beside it."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from evaluation.stats.intervals import (
    PLAIN,
    anytime_p,
    evidence,
    interval,
    lies_above,
    log_evidence,
    log_low,
    prior_for,
    standard_error,
    wilson,
)
from tests.evaluation.stats.samples import HALF, scores
from tests.reference import oracles

SIX_DECIMALS = 6e-7
counts = st.tuples(*[st.integers(0, 60)] * 3)
sixths = st.lists(
    st.tuples(st.integers(0, 6).map(lambda k: Fraction(k, 6)), st.integers(1, 40)), max_size=7
)


def e_low(wins: int, ties: int, losses: int, mean: float = 0.5) -> float:
    return math.exp(log_low(scores(wins, ties, losses), mean))


def test_intervals_are_those_of_the_reference() -> None:
    for row in oracles()["intervals"]:
        found = interval(scores(*row["wtl"]))
        assert found.lower == pytest.approx(row["lower"], abs=SIX_DECIMALS), row
        assert found.upper == pytest.approx(row["upper"], abs=SIX_DECIMALS), row


def test_evidence_is_that_of_the_reference() -> None:
    for row in oracles()["e_values_at_half"]:
        assert e_low(*row["wtl"]) == pytest.approx(row["E"], rel=1e-12), row


def test_wilson_is_that_of_the_reference() -> None:
    for row in oracles()["wilson"]:
        found = wilson(row["s"], row["n"])
        assert found.lower == pytest.approx(row["lower"], abs=SIX_DECIMALS), row
        assert found.upper == pytest.approx(row["upper"], abs=SIX_DECIMALS), row


@pytest.mark.parametrize(
    ("wtl", "lower", "upper"),
    [
        ((0, 0, 0), 0, 1),
        ((1, 0, 0), 0.0086, 1),
        ((10, 0, 0), 0.5289, 1),
        ((8, 0, 2), 0.3241, 0.9908),
        ((12, 6, 2), 0.4672, 0.9223),
        ((36, 0, 14), 0.5080, 0.8838),
        ((60, 0, 40), 0.4451, 0.7449),
        ((45, 30, 25), 0.4719, 0.7203),
        ((300, 0, 200), 0.5276, 0.6715),
    ],
)
def test_intervals_worked_out_by_hand(
    wtl: tuple[int, int, int], lower: float, upper: float
) -> None:
    found = interval(scores(*wtl))
    assert (round(found.lower, 4), round(found.upper, 4)) == (lower, upper)


def test_evidence_worked_out_by_hand() -> None:
    assert e_low(3, 0, 0) == pytest.approx(39239899 / 15000000, rel=1e-12)
    assert e_low(8, 5, 2) == pytest.approx(3.863909, abs=SIX_DECIMALS)
    assert e_low(8, 0, 2) == pytest.approx(3.863909, abs=SIX_DECIMALS)
    assert e_low(0, 7, 0) == pytest.approx(1, rel=1e-12)


def test_two_sided_evidence_is_the_mean_of_both_sides() -> None:
    expected = (e_low(8, 5, 2) + e_low(2, 5, 8)) / 2
    assert evidence(scores(8, 5, 2)) == pytest.approx(expected, rel=1e-12)
    assert evidence(()) == pytest.approx(1, rel=1e-12)
    assert evidence(scores(100_000, 0, 0)) == math.inf


def test_p_is_one_until_there_is_evidence() -> None:
    assert anytime_p(0.0) == 1
    assert anytime_p(-3.0) == 1
    assert anytime_p(math.log(20)) == pytest.approx(0.05)
    assert anytime_p(1e6) == 0


@settings(max_examples=60)
@given(counts)
def test_the_baseline_sees_the_mirror_image(wtl: tuple[int, int, int]) -> None:
    wins, ties, losses = wtl
    ours, theirs = interval(scores(wins, ties, losses)), interval(scores(losses, ties, wins))
    assert ours.lower == pytest.approx(1 - theirs.upper, abs=1e-10)
    assert ours.upper == pytest.approx(1 - theirs.lower, abs=1e-10)


@settings(max_examples=60)
@given(counts)
def test_a_win_more_never_lowers_either_end(wtl: tuple[int, int, int]) -> None:
    wins, ties, losses = wtl
    before, after = interval(scores(*wtl)), interval(scores(wins + 1, ties, losses))
    assert after.lower >= before.lower - 1e-10
    assert after.upper >= before.upper - 1e-10


@settings(max_examples=60)
@given(sixths, st.floats(1e-6, 0.5), st.floats(1e-6, 0.5))
def test_a_smaller_alpha_gives_a_wider_interval(
    values: list[tuple[Fraction, int]], first: float, second: float
) -> None:
    narrow, wide = (
        interval(values, alpha=max(first, second)),
        interval(values, alpha=min(first, second)),
    )
    assert wide.lower <= narrow.lower + 1e-10
    assert wide.upper >= narrow.upper - 1e-10


@settings(max_examples=40)
@given(sixths)
def test_the_interval_holds_the_mean_and_agrees_with_bisection(
    values: list[tuple[Fraction, int]],
) -> None:
    found = interval(values)
    n = sum(count for _, count in values)
    mean = sum(float(x) * count for x, count in values) / n if n else 0.5
    assert 0 <= found.lower <= mean + 1e-12
    assert mean - 1e-12 <= found.upper <= 1
    assert found.lower == pytest.approx(_bisected(values, mean), abs=1e-9)


def _bisected(values: list[tuple[Fraction, int]], mean: float) -> float:
    if not any(x for x, _ in values):
        return 0.0
    low, high = 0.0, mean
    for _ in range(60):
        middle = (low + high) / 2
        if log_low(values, middle) > math.log(2 / 0.05):
            low = middle
        else:
            high = middle
    return low


def test_counts_of_any_size_are_solved() -> None:
    one_in_many = interval(scores(1, 0, 99_999))
    assert one_in_many.lower == 0
    assert one_in_many.upper < 0.0001
    many = interval(scores(40_000, 30_000, 30_000))
    assert (round(many.lower, 4), round(many.upper, 4)) == (0.5449, 0.5552)
    assert many.contains(0.55)
    assert not many.contains(0.5)


def test_all_ties_close_in_on_one_half_and_pass_040_after_30_never_050() -> None:
    first = next(n for n in range(1, 100) if interval(scores(0, n, 0)).lower > 0.4)
    assert first == 30
    assert not lies_above(scores(0, 100_000, 0), 0.5)


@settings(max_examples=40)
@given(counts, st.floats(0.1, 0.9))
def test_asking_for_the_threshold_agrees_with_the_solved_end(
    wtl: tuple[int, int, int], threshold: float
) -> None:
    lower = interval(scores(*wtl)).lower
    if abs(lower - threshold) > 1e-9:
        assert lies_above(scores(*wtl), threshold) == (lower > threshold)


def test_evidence_ignores_ties() -> None:
    assert log_evidence(scores(9, 4, 1)) == pytest.approx(log_evidence(scores(9, 0, 1)))


@pytest.mark.parametrize("alpha", [0, 1, -0.1, math.nan])
def test_alpha_out_of_range_is_refused(alpha: float) -> None:
    with pytest.raises(ValueError, match="alpha"):
        interval(scores(1, 0, 0), alpha=alpha)
    with pytest.raises(ValueError, match="alpha"):
        wilson(1, 2, alpha=alpha)


def test_impossible_scores_are_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        interval([(Fraction(3, 2), 1)])
    with pytest.raises(ValueError, match="negative"):
        interval([(HALF, -1)])
    with pytest.raises(ValueError, match="sum of scores"):
        wilson(3, 2)


def test_the_standard_error_is_clustered_by_example() -> None:
    assert standard_error(scores(1, 0, 0)) is None
    assert standard_error(scores(1, 0, 1)) == pytest.approx(0.5)
    assert standard_error(scores(6, 2, 2)) == pytest.approx(math.sqrt(1.6 / 90))


def test_the_tuned_prior_puts_half_on_the_bet_of_the_set() -> None:
    prior = prior_for(240, 0.05)
    assert prior.tuned == pytest.approx(math.sqrt(2 * math.log(40) / 240))
    assert prior_for(3, 0.05).tuned == 0.99
    for bettors in (prior, PLAIN):
        assert sum(map(math.exp, bettors.log_weights)) == pytest.approx(1)
        assert len(bettors.bets) == len(bettors.log_weights)
    wins = math.log(0.5 * math.exp(log_low(scores(7, 1, 2), 0.5)) + 0.5 * _capital(prior.tuned))
    assert log_low(scores(7, 1, 2), 0.5, prior) == pytest.approx(wins)


def _capital(bet: float | None) -> float:
    """What one bet makes of 7 wins, a tie and 2 losses against one half."""
    assert bet is not None
    return (1 + bet) ** 7 * (1 - bet) ** 2


@settings(max_examples=25, deadline=None)
@given(st.tuples(*[st.integers(0, 60)] * 3), st.integers(5, 400))
def test_the_tuned_end_solves_its_equation(wtl: tuple[int, int, int], size: int) -> None:
    prior, values = prior_for(size, 0.05), scores(*wtl)
    lower = interval(values, prior=prior).lower
    assume(lower > 1e-6)
    assert log_low(values, lower, prior) == pytest.approx(math.log(40), abs=1e-5)
