"""How many more examples, and whether it can still pass."""

from __future__ import annotations

import math
from functools import cache
from statistics import mean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.stats.forecast import DECIDED, UNKNOWN, Outlook, can_pass, forecast, wins_needed
from evaluation.stats.intervals import lies_above
from tests.evaluation.stats.samples import scores, seeded


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


def test_the_forecast_is_when_the_bets_reach_the_target_at_the_mix_moved_by_half_an_error() -> None:
    found = forecast(scores(60, 0, 40), 0.5)
    error = math.sqrt((24 + 0.61**2 + 0.39**2 + 0.01) / 102**2)
    rate = 0.6 + 0.5 * error

    def evidence(more: int) -> float:
        wins, losses = 60 + rate * more, 40 + (1 - rate) * more
        bets = [j / 100 for j in range(1, 100)]
        return math.fsum((1 - u) / 49.5 * (1 + u) ** wins * (1 - u) ** losses for u in bets)

    assert found.examples is not None
    assert evidence(found.examples + 1) > 40 > evidence(found.examples - 1)
    assert found.outlook is Outlook.PASS
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.examples < found.high


@cache
def _within(wins: int, n: int, left: int) -> int:
    found = forecast(scores(wins, 0, n - wins), 0.5).within(left).examples
    return left if found is None else found


def test_forecasts_after_20_50_and_100_examples_are_near_what_happens() -> None:
    rng, size = seeded(6), 240
    said: dict[int, list[tuple[int, int]]] = {20: [], 50: [], 100: []}
    for _ in range(300):
        wins, at, n = 0, dict[int, int](), 0
        while n < size and not _passes(wins, n):
            n, wins = n + 1, wins + int(rng.random() < 0.6)
            at[n] = wins
        for looked_at, pairs in said.items():
            if looked_at < n:
                pairs.append((_within(at[looked_at], looked_at, size - looked_at), n - looked_at))
    for pairs in said.values():
        ratio = mean(forecast for forecast, _ in pairs) / mean(takes for _, takes in pairs)
        assert 0.7 <= ratio <= 1.3


@cache
def _passes(wins: int, n: int) -> bool:
    return lies_above(scores(wins, 0, n - wins), 0.5)


@settings(max_examples=40, deadline=None)
@given(st.tuples(*[st.integers(0, 40)] * 3), st.integers(0, 50))
def test_a_forecast_is_never_more_than_what_is_left(wtl: tuple[int, int, int], left: int) -> None:
    found = forecast(scores(*wtl), 0.5).within(left)
    if found.outlook is not None:
        for number in (found.examples, found.low, found.high):
            assert number is not None
            assert number <= left


def test_a_forecast_beyond_what_is_left_says_so() -> None:
    assert not forecast(scores(52, 0, 48), 0.5).within(12).is_within
    assert forecast(scores(60, 0, 30), 0.5).within(500).is_within


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
    assert close.high is None
    assert forecast(scores(52, 0, 48), 0.5).high is None
