"""Drift and spread of raters: silent by chance, and loud where there is one."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from random import Random

import pytest

from evaluation.results.reports.sums import ScoreOrder
from evaluation.stats.homogeneity import (
    MIN_IN_HALF,
    Halves,
    chi_square_p,
    compare_halves,
    rater_spread,
)
from evaluation.stats.raters import RaterVotes

WIN, LOSS = Fraction(1), Fraction(0)


def halves_of(scores: Sequence[Fraction]) -> Halves | None:
    order = ScoreOrder()
    order.add(scores)
    return compare_halves(*order.halves())


def rater(name: str, wins: int, losses: int) -> RaterVotes:
    return RaterVotes.of(
        name, [((1, 0, 0, 0), "candidate", wins), ((0, 1, 0, 0), "baseline", losses)]
    )


def test_few_examples_and_single_raters_are_not_compared() -> None:
    assert halves_of([WIN] * (2 * MIN_IN_HALF - 1)) is None
    assert rater_spread([rater("ann", 60, 40), rater("bob", 5, 4)]) is None


def test_a_second_half_that_is_worse_is_a_drift() -> None:
    order = [WIN, WIN, WIN, LOSS] * 15 + [WIN, LOSS, LOSS, LOSS] * 15
    found = halves_of(order)
    assert found
    assert (found.first, found.second) == (0.75, 0.25)
    assert found.p < 0.001
    assert halves_of([WIN, LOSS] * 60) is not None
    assert halves_of([WIN, LOSS] * 60).p == pytest.approx(1)  # type: ignore[union-attr]


def test_equal_halves_and_raters_are_found_different_only_by_chance() -> None:
    random, drifts, spreads, cases = Random(4), 0, 0, 400  # noqa: S311 - draws of a test.
    for _ in range(cases):
        order = random.choices((LOSS, WIN), (0.4, 0.6), k=120)
        halves = halves_of(order)
        assert halves
        drifts += halves.p < 0.05
        wins = [sum(random.random() < 0.6 for _ in range(40)) for _ in range(4)]
        spread = rater_spread([rater(str(n), w, 40 - w) for n, w in enumerate(wins)])
        assert spread
        spreads += spread.p < 0.05
    assert drifts / cases <= 0.08
    assert spreads / cases <= 0.08


def test_a_rater_who_votes_otherwise_is_first_or_last_and_the_spread_is_no_chance() -> None:
    found = rater_spread([rater("ann", 60, 40), rater("bob", 62, 38), rater("eve", 20, 80)])
    assert found
    assert [name for name, _rate, _n in found.raters] == ["eve", "ann", "bob"]
    assert found.p < 0.001
    assert found.another
    assert found.another.upper - found.another.lower > 0.5


def test_raters_alike_leave_a_narrow_range_for_another() -> None:
    alike = rater_spread([rater(name, 60, 40) for name in ("ann", "bob", "eve")])
    assert alike
    assert alike.p > 0.9
    assert alike.another
    assert alike.another.upper - alike.another.lower < 0.15
    assert rater_spread([rater("ann", 60, 40), rater("bob", 60, 40)]).another is None  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("value", "degrees", "p"),
    [(3.841, 1, 0.05), (5.991, 2, 0.05), (9.210, 2, 0.01), (18.307, 10, 0.05), (0.0, 3, 1.0)],
)
def test_the_chi_square_is_that_of_the_tables(value: float, degrees: int, p: float) -> None:
    assert chi_square_p(value, degrees) == pytest.approx(p, abs=0.004)
