"""How many more examples, and whether it can still pass."""

from __future__ import annotations

import math
from statistics import mean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.stats.forecast import (
    DECIDED,
    UNKNOWN,
    Outlook,
    can_pass,
    forecast,
    growth_rate,
    wins_needed,
)
from evaluation.stats.intervals import lies_above
from tests.stats.samples import scores, seeded


def test_an_intent_below_seven_never_passes_040_and_below_ten_never_050() -> None:
    assert wins_needed((), 0.4) == 7
    assert wins_needed((), 0.5) == 10


@settings(max_examples=30, deadline=None)
@given(st.tuples(*[st.integers(0, 25)] * 3), st.floats(0.2, 0.8))
def test_the_wins_needed_are_exact(wtl: tuple[int, int, int], threshold: float) -> None:
    wins, ties, losses = wtl
    needed = wins_needed(scores(*wtl), threshold)
    assert lies_above(scores(wins + needed, ties, losses), threshold)
    assert can_pass(scores(*wtl), needed, threshold)
    if needed:
        assert not lies_above(scores(wins + needed - 1, ties, losses), threshold)
        assert not can_pass(scores(*wtl), needed - 1, threshold)


@pytest.mark.parametrize("threshold", [0, 1, -1, math.nan])
def test_a_threshold_out_of_range_is_refused(threshold: float) -> None:
    with pytest.raises(ValueError, match="strictly between"):
        wins_needed((), threshold)


def test_nothing_can_pass_without_examples() -> None:
    assert not can_pass((), 0, 0.4)


def test_the_growth_of_a_sure_winner_is_the_logarithm_of_the_odds() -> None:
    assert growth_rate(scores(5, 0, 0), 0.5) == pytest.approx(math.log(1.99))
    assert growth_rate(scores(5, 0, 5), 0.5) < 0


def test_the_forecast_is_the_formula_less_what_is_counted() -> None:
    found = forecast(scores(60, 0, 40), 0.5)
    rate = max(0.6 * math.log(1 + u / 100) + 0.4 * math.log(1 - u / 100) for u in range(1, 100))
    assert found.examples == math.ceil(1.25 * math.log(40) / rate) - 100
    assert found.outlook is Outlook.PASS
    assert found.low is not None
    assert found.high is not None
    assert found.low < (found.examples or 0) < found.high


def test_the_forecast_is_near_what_simulation_takes() -> None:
    rng = seeded(6)
    takes = []
    for _ in range(200):
        wins = n = 0
        while not lies_above(scores(wins, 0, n - wins), 0.5):
            for _ in range(2):
                n, wins = n + 1, wins + int(rng.random() < 0.7)
        takes.append(n)
    at_the_rate = forecast(scores(7, 0, 3), 0.5).examples
    assert at_the_rate is not None
    assert at_the_rate + 10 == pytest.approx(mean(takes), rel=0.15)


def test_a_forecast_never_asks_for_less_than_a_row_of_wins() -> None:
    found = forecast(scores(2, 0, 0), 0.5)
    assert (found.examples, found.low) == (8, 8)


def test_what_is_decided_or_open_needs_no_number() -> None:
    assert forecast((), 0.5) == UNKNOWN
    assert forecast(scores(5, 0, 5), 0.5) == UNKNOWN
    assert forecast(scores(300, 0, 200), 0.5).as_json() == {"examples": 0, "low": 0, "high": 0}
    assert forecast(scores(200, 0, 300), 0.5).examples == DECIDED.examples


def test_a_rate_below_the_threshold_leads_to_a_fail() -> None:
    found = forecast(scores(20, 0, 40), 0.4)
    mirror = forecast(scores(40, 0, 20), 0.6)
    assert found.outlook is Outlook.FAIL
    assert (found.examples, found.low, found.high) == (mirror.examples, mirror.low, mirror.high)


def test_a_rate_at_the_threshold_has_no_end_in_sight() -> None:
    barely, close = forecast(scores(50_010, 0, 49_990), 0.5), forecast(scores(501, 0, 499), 0.5)
    assert (barely.examples, barely.high) == (None, None)
    assert (close.examples, close.high) == (None, None)
    assert forecast(scores(52, 0, 48), 0.5).high is None
