"""Whether length alone wins."""

from __future__ import annotations

import math

import pytest

from evaluation.stats.length import LengthMoments, length_effect, longer_share
from reviewapp.core.messages import message
from tests.evaluation.stats.samples import seeded


def test_the_longer_share_has_an_interval() -> None:
    found, none = longer_share(70, 20), longer_share(0, 0)
    assert found.share == pytest.approx(7 / 9)
    assert found.n == 90
    assert found.interval.lower > 0.5
    assert (none.share, none.interval.lower, none.interval.upper) == (None, 0, 1)


def test_a_straight_line_is_found_again() -> None:
    differences = [-40.0, -10.0, 0.0, 15.0, 35.0]
    sd = math.sqrt(sum(d * d for d in differences) / 4)
    found = length_effect(LengthMoments.of((d, 0.5 + 0.3 * math.tanh(d / sd)) for d in differences))
    assert found.slope == pytest.approx(0.3)
    assert found.at_same_length == pytest.approx(0.5)
    assert found.slope_error == pytest.approx(0, abs=1e-6)
    assert found.clear
    assert found.reason is None


def test_a_line_by_hand_with_its_error() -> None:
    # t = -1, 0, 1 and y = 0, 1, 1: slope 1/2, level 2/3, residual 1/6.
    found = length_effect(LengthMoments(n=3, t=0, y=2, tt=2, ty=1, yy=2))
    assert found.slope == pytest.approx(0.5)
    assert found.at_same_length == pytest.approx(2 / 3)
    assert found.slope_error == pytest.approx(math.sqrt(1 / 6 / 2))
    assert not found.clear


def test_length_that_does_not_matter_is_not_clear() -> None:
    rng = seeded(8)
    pairs = [(rng.gauss(20, 100), float(rng.getrandbits(1))) for _ in range(400)]
    found = length_effect(LengthMoments.of(pairs))
    assert not found.clear
    assert found.at_same_length == pytest.approx(0.5, abs=0.1)


def test_two_examples_make_a_line_without_an_error() -> None:
    found = length_effect(LengthMoments.of([(-1, 0.0), (1, 1.0)]))
    assert found.slope is not None
    assert found.slope_error is None
    assert not found.clear


@pytest.mark.parametrize("pairs", [[], [(5.0, 1.0)], [(5.0, 1.0), (5.0, 0.0), (5.0, 0.5)]])
def test_lengths_that_do_not_differ_give_a_reason(pairs: list[tuple[float, float]]) -> None:
    found = length_effect(LengthMoments.of(pairs))
    assert (found.slope, found.at_same_length) == (None, None)
    assert found.reason == message("stats.lengths_alike")
