"""Walking along the served order."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.stats.intervals import interval, log_evidence, prior_for
from evaluation.stats.sequence import Scan
from evaluation.stats.verdicts import Contender
from tests.evaluation.stats.samples import scores

ONE, NIL = Fraction(1), Fraction(0)
thirds = st.lists(st.integers(0, 3).map(lambda k: Fraction(k, 3)), max_size=30)


def test_a_row_of_wins_crosses_where_the_hand_says() -> None:
    assert Scan(0.5).advance([ONE] * 9).crossed_at is None
    assert Scan(0.5).advance([ONE] * 12).crossed_at == 10
    assert Scan(0.4).advance([ONE] * 12).crossed_at == 7


def test_a_crossing_stays_when_the_rate_falls_back() -> None:
    walked = Scan(0.5).advance([ONE] * 10 + [NIL] * 30)
    assert walked.crossed_at == 10
    assert interval(walked.scores).lower < 0.5


def test_a_row_of_losses_raises_the_alarm() -> None:
    walked = Scan(0.4).advance([NIL] * 12)
    assert (walked.alarmed_at, walked.crossed_at) == (10, None)
    assert walked.favours is Contender.BASELINE


def test_the_alarm_has_a_level_of_its_own_that_storage_keeps() -> None:
    strict = Scan(0.4, alarm_alpha=0.05 / 12).advance([NIL] * 11)
    assert strict.alarmed_at is None
    resumed = Scan.from_json(json.loads(json.dumps(strict.as_json()))).advance([NIL] * 9)
    assert (resumed.alarmed_at or 0) > 11


def test_a_walk_of_an_open_run_crosses_where_its_tuned_interval_does() -> None:
    prior = prior_for(240, 0.05)
    row = [ONE, NIL, ONE, NIL, ONE] * 60
    walked = Scan.from_json(Scan(0.5, set_size=240).as_json()).advance(row)
    first = next(
        n
        for n in range(1, len(row))
        if interval(((NIL, row[:n].count(NIL)), (ONE, row[:n].count(ONE))), prior=prior).lower > 0.5
    )
    assert walked.crossed_at == first
    assert first < (Scan(0.5).advance(row).crossed_at or 0)


def test_the_highest_evidence_is_kept() -> None:
    walked = Scan(0.5).advance([ONE] * 10 + [NIL] * 10)
    assert walked.highest_log_evidence == pytest.approx(log_evidence(scores(10, 0, 0)))
    assert walked.favours is Contender.CANDIDATE
    assert walked.p == pytest.approx(1 / 31.309733, rel=1e-6)
    assert Scan(0.5).p == 1


@settings(max_examples=40, deadline=None)
@given(thirds, thirds)
def test_walking_in_two_parts_through_storage_is_walking_once(
    first: list[Fraction], second: list[Fraction]
) -> None:
    stored = json.loads(json.dumps(Scan(0.4).advance(first).as_json()))
    resumed, once = Scan.from_json(stored).advance(second), Scan(0.4).advance(first + second)
    assert (resumed.crossed_at, resumed.alarmed_at) == (once.crossed_at, once.alarmed_at)
    assert resumed.scores == once.scores
    assert resumed.n == len(first) + len(second)
    assert resumed.highest_log_evidence == pytest.approx(once.highest_log_evidence, abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(thirds)
def test_each_look_agrees_with_the_interval_solved_at_that_look(values: list[Fraction]) -> None:
    ends = [interval([(x, 1) for x in values[: n + 1]]) for n in range(len(values))]
    above = [n for n, found in enumerate(ends, 1) if found.lower > 0.4]
    alarms = [n for n, found in enumerate(ends, 1) if found.upper < 0.5]
    walked = Scan(0.4).advance(values)
    assert walked.crossed_at == (above[0] if above else None)
    assert walked.alarmed_at == (alarms[0] if alarms else None)


def test_an_untouched_walk_survives_storage() -> None:
    start = Scan(0.4, 0.1)
    assert Scan.from_json(json.loads(json.dumps(start.as_json()))) == start


@pytest.mark.parametrize(("threshold", "alpha"), [(0, 0.05), (1, 0.05), (0.5, 0), (0.5, 1)])
def test_a_walk_needs_a_threshold_and_alpha_in_range(threshold: float, alpha: float) -> None:
    with pytest.raises(ValueError, match="strictly between"):
        Scan(threshold, alpha)


def test_a_score_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        Scan(0.5).advance([Fraction(2)])
