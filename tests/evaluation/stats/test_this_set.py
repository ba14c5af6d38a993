"""The win rate of one fixed set, from a part of it that was drawn without replacement."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.stats.fixed_set import SetLook, look_at_set
from evaluation.stats.intervals import ALPHA, Interval, interval, prior_for
from tests.evaluation.stats.samples import seeded

ONE, HALF, NIL = Fraction(1), Fraction(1, 2), Fraction(0)
marks = st.lists(st.sampled_from([ONE, HALF, NIL]), min_size=1, max_size=40)


def set_interval(scores: tuple[Fraction, ...], size: int) -> Interval:
    return look_at_set(scores, size).interval


@settings(max_examples=40, deadline=None)
@given(marks, st.integers(0, 40))
def test_the_interval_holds_what_is_still_possible_and_mirrors(
    seen: list[Fraction], left: int
) -> None:
    size = len(seen) + left
    found = set_interval(tuple(seen), size)
    least = float(sum(seen)) / size
    assert found.lower >= least - 1e-9
    assert found.upper <= least + left / size + 1e-9
    mirrored = set_interval(tuple(1 - x for x in seen), size)
    assert mirrored.lower == pytest.approx(1 - found.upper, abs=1e-6)


def log_capital(seen: list[float], size: int, mean: float) -> float:
    """What the three bets won against a mean of the set, written out term by term."""
    won = []
    for part, weight in ((1, 1 / 2), (4, 1 / 4), (16, 1 / 4)):
        bet = prior_for(max(1, math.ceil(size / part)), ALPHA).tuned or 0
        log, left = math.log(weight), mean * size
        for index, x in enumerate(seen):
            if left <= 0 < x:
                return math.inf
            log += math.log1p(bet * (x * (size - index) / left - 1)) if left > 0 else 0
            left -= x
        won.append(log)
    return max(won) + math.log(sum(math.exp(log - max(won)) for log in won))


@pytest.mark.parametrize("wins", [1, 12, 90, 150])
@pytest.mark.parametrize("size", [200, 1000])
def test_the_lower_end_is_where_the_bets_begin_to_refute(wins: int, size: int) -> None:
    order = [1.0] * wins + [0.0] * (180 - wins)
    seeded(wins).shuffle(order)
    lower = set_interval(tuple(map(Fraction, order)), size).lower
    least = wins / size
    assert lower == least or log_capital(order, size, lower - 1e-6) > math.log(2 / ALPHA)
    assert log_capital(order, size, lower + 1e-6) <= math.log(2 / ALPHA)


def test_a_whole_set_is_known_exactly_and_nothing_counted_is_everything() -> None:
    known = set_interval((ONE, NIL, HALF, ONE), 4)
    assert (known.lower, known.upper) == pytest.approx((0.625, 0.625))
    assert set_interval((), 9).lower == 0
    with pytest.raises(ValueError, match="at least the counted"):
        set_interval((ONE, ONE), 1)


def _misses(rng: Random, wins: int, size: int) -> bool:
    """Whether the interval misses the win rate of a set at one of four looks along its order."""
    order = [ONE] * wins + [NIL] * (size - wins)
    rng.shuffle(order)
    looks = [set_interval(tuple(order[:n]), size) for n in range(size // 5, size, size // 5)]
    return not all(found.contains(wins / size) for found in looks)


def test_the_interval_rarely_misses_the_set_at_any_look() -> None:
    rng, runs = seeded(11), 100
    assert sum(_misses(rng, 24, 40) for _ in range(runs)) / runs <= 0.05


def test_it_is_narrower_than_the_interval_of_the_traffic_once_half_is_counted() -> None:
    order = (ONE, NIL, ONE, NIL, ONE) * 32
    of_traffic = interval(((NIL, 64), (ONE, 96)))
    of_set = set_interval(order, 240)
    assert of_set.lower > of_traffic.lower
    assert of_set.upper < of_traffic.upper


@pytest.mark.parametrize("rate", [0.1, 0.6, 0.97])
def test_a_look_that_goes_on_from_the_last_one_finds_what_reading_all_finds(rate: float) -> None:
    rng, size, step = seeded(round(100 * rate)), 1200, 10
    thirds = [HALF, Fraction(1, 3), Fraction(2, 3)]
    order = [
        float(rng.choice(thirds) if rng.random() < 0.2 else rng.random() < rate)
        for _ in range(size)
    ]
    look, read_again = look_at_set([], size), 0
    for counted in range(step, size + 1, step):
        stored = SetLook.from_json(json.loads(json.dumps(look.as_json())))
        found = stored.after(order[stored.counted : counted])
        read_again += found is None
        look = found or look_at_set(order[:counted], size)
        if found and counted % 60 == 0:
            full = look_at_set(order[:counted], size).interval
            assert look.interval.lower == pytest.approx(full.lower, abs=2e-9)
            assert look.interval.upper == pytest.approx(full.upper, abs=2e-9)
    assert look.counted == size
    assert read_again < size / step / 2


def test_a_drift_over_the_whole_set_gives_the_exact_mean() -> None:
    scores = [Fraction(1)] * 30 + [Fraction(0)] * 30
    found = look_at_set(scores, 60).interval
    assert (found.lower, found.upper) == (0.5, 0.5)
