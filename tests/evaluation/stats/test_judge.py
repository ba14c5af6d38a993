"""The LLM judge as a second line."""

from __future__ import annotations

from fractions import Fraction

import pytest

from evaluation.stats.intervals import interval
from evaluation.stats.judge import (
    NO_CORRELATION,
    agreement_with_people,
    correlation,
    judge_score,
    prediction_powered,
)
from tests.evaluation.stats.samples import HALF, scores

ONE, NIL = Fraction(1), Fraction(0)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("candidate", "candidate", ONE),
        ("baseline", "baseline", NIL),
        ("candidate", "baseline", HALF),
        ("tie_good", "tie_bad", HALF),
        ("candidate", "tie_good", HALF),
    ],
)
def test_a_flip_of_the_judge_is_a_tie(first: str, second: str, expected: Fraction) -> None:
    assert judge_score(first, second) == expected


def test_garbage_of_a_judge_raises() -> None:
    with pytest.raises(ValueError, match="not a valid Verdict"):
        judge_score("candidate", "garbage")


def test_a_judge_who_agrees_narrows_the_interval() -> None:
    groups = [(ONE, ONE, 55), (NIL, NIL, 35), (ONE, NIL, 5), (NIL, ONE, 5)]
    found = prediction_powered(groups, Fraction(6, 10))
    people = interval(scores(60, 0, 40))
    assert found.estimate == pytest.approx(0.6)
    assert found.n == 100
    assert found.interval.lower > people.lower
    assert found.interval.upper < people.upper


def test_the_judges_mean_over_the_whole_queue_shifts_the_estimate() -> None:
    groups = [(ONE, ONE, 6), (NIL, NIL, 4)]
    found = prediction_powered(groups, Fraction(5, 10))
    # mean of people 0.6, corrected by half of (0.5 - 0.6).
    assert found.estimate == pytest.approx(0.55)


def test_without_examples_everything_is_open() -> None:
    found = prediction_powered([], HALF)
    assert (found.estimate, found.n) == (None, 0)
    assert (found.interval.lower, found.interval.upper) == (0, 1)


@pytest.mark.parametrize(
    ("groups", "mean"),
    [
        ([(Fraction(2), ONE, 1)], HALF),
        ([(ONE, Fraction(-1), 1)], HALF),
        ([(ONE, ONE, -1)], HALF),
        ([(ONE, ONE, 1)], Fraction(2)),
    ],
)
def test_impossible_scores_are_refused(
    groups: list[tuple[Fraction, Fraction, int]], mean: Fraction
) -> None:
    with pytest.raises(ValueError, match=r"between 0 and 1"):
        prediction_powered(groups, mean)


def test_the_correlation_with_people() -> None:
    assert correlation([(ONE, ONE, 3), (NIL, NIL, 2)]).value == pytest.approx(1)
    assert correlation([(ONE, NIL, 3), (NIL, ONE, 3)]).value == pytest.approx(-1)
    assert correlation([(ONE, ONE, 1), (NIL, NIL, 1), (ONE, NIL, 1), (NIL, ONE, 1)]).value == 0
    assert correlation([]).value is None
    assert correlation([(ONE, ONE, 4), (NIL, ONE, 4)]).value is None
    assert correlation([(ONE, ONE, 4), (ONE, NIL, 4)]).reason == NO_CORRELATION


def test_kappa_with_the_majority_of_people() -> None:
    groups = [(Fraction(2, 3), ONE, 20), (Fraction(1, 3), NIL, 15), (ONE, NIL, 5), (NIL, ONE, 10)]
    assert agreement_with_people(groups).value == pytest.approx(0.4)
    assert agreement_with_people([(HALF, HALF, 3), (ONE, ONE, 3)]).value == 1
