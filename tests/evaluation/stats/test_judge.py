"""The LLM judge as a second line."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from random import Random

import pytest

from evaluation.stats.intervals import interval
from evaluation.stats.judge import (
    NO_CORRELATION,
    agreement_with_people,
    chose_first,
    correlation,
    flipped,
    judge_score,
    prediction_powered,
    share_of,
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


def test_flips_and_the_preference_for_what_is_read_first() -> None:
    assert flipped("candidate", "baseline")
    assert not flipped("tie_good", "tie_bad")
    assert chose_first("candidate", "candidate") == [True, False]
    assert chose_first("tie_good", "baseline") == [True]
    assert chose_first("", "") == []
    found = share_of([(True, 3), (False, 7)])
    assert (found.share, found.n) == (0.3, 10)
    assert found.interval == interval([(ONE, 3), (NIL, 7)])
    assert share_of([]).share is None


def test_the_interval_of_kappa_holds_it_and_narrows_with_the_examples() -> None:
    groups = [(ONE, ONE, 20), (NIL, NIL, 15), (ONE, NIL, 5), (NIL, ONE, 10)]
    small = agreement_with_people(groups)
    large = agreement_with_people([(y, f, 16 * n) for y, f, n in groups])
    assert small.value == large.value == pytest.approx(0.4)
    assert agreement_with_people([(ONE, ONE, 5), (NIL, NIL, 4)]).interval is None
    assert small.interval is not None
    assert large.interval is not None
    assert small.interval.contains(0.4)
    widths = [interval.upper - interval.lower for interval in (small.interval, large.interval)]
    # Fleiss, Cohen and Everitt (1969): the standard error is 0.129, and a quarter of it.
    assert widths[0] == pytest.approx(3.92 * 0.129, rel=0.15)
    assert widths[1] == pytest.approx(widths[0] / 4, rel=0.2)


def test_the_estimate_is_that_of_prediction_powered_inference() -> None:
    """l mean(g) + mean(y - l f), computed here from its definition (Angelopoulos et al. 2023)."""
    rng = Random(7)  # noqa: S311 - a simulation.
    everyone = [Fraction(rng.randrange(3), 2) for _ in range(2000)]
    people = [f if rng.random() < 0.6 else Fraction(rng.randrange(3), 2) for f in everyone[:200]]
    pairs = list(zip(people, everyone, strict=False))
    mean = sum(everyone, Fraction(0)) / len(everyone)
    found = prediction_powered([(y, f, 1) for y, f in pairs], mean)
    expected = mean / 2 + sum((y - f / 2 for y, f in pairs), Fraction(0)) / len(pairs)
    assert found.estimate == pytest.approx(float(expected))


@pytest.mark.parametrize(("agrees", "judge_rate"), [(0.0, 0.9), (0.6, 0.5)])
def test_the_interval_holds_at_every_look_whatever_the_judge_is_worth(
    agrees: float, judge_rate: float
) -> None:
    """100 runs of 200 examples with equal models, looked at every 40 examples."""
    rng = Random(11)  # noqa: S311 - a simulation.
    missed = 0
    for _ in range(100):
        counts: Counter[tuple[Fraction, Fraction]] = Counter()
        is_missed = False
        for n in range(1, 201):
            y = ONE if rng.random() < 0.5 else NIL
            drawn = ONE if rng.random() < judge_rate else NIL
            counts[y, y if rng.random() < agrees else drawn] += 1
            if n % 40 == 0 and not is_missed:
                groups = [(y, f, count) for (y, f), count in counts.items()]
                judge_mean = Fraction(agrees).limit_denominator(100) / 2 + Fraction(
                    (1 - agrees) * judge_rate
                ).limit_denominator(100)
                is_missed = not prediction_powered(groups, judge_mean).interval.contains(0.5)
        missed += is_missed
    assert missed <= 5, "at most 5 in 100"


def test_a_good_judge_narrows_and_a_useless_one_widens() -> None:
    def width(groups: list[tuple[Fraction, Fraction, int]]) -> float:
        ends = prediction_powered(groups, HALF).interval
        return ends.upper - ends.lower

    people = interval(scores(50, 0, 50))
    alone = people.upper - people.lower
    assert width([(ONE, ONE, 45), (NIL, NIL, 45), (ONE, NIL, 5), (NIL, ONE, 5)]) < alone
    assert width([(ONE, ONE, 25), (NIL, NIL, 25), (ONE, NIL, 25), (NIL, ONE, 25)]) > alone
