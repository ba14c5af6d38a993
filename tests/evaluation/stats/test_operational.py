"""Latency, cost, refusals, errors, and the resampling behind their intervals."""

from __future__ import annotations

import math
from statistics import mean, pvariance

import pytest

from evaluation.stats.operational import Histogram, cost_ratio, p95_ratio, share_of
from evaluation.stats.resampling import binomial, multinomial, percentile_interval
from reviewapp.core.messages import message
from tests.evaluation.stats.samples import seeded


@pytest.mark.parametrize(
    ("n", "p"), [(1, 0.5), (10, 0.02), (40, 0.3), (40, 0.9), (1000, 0.4), (10**6, 1e-5)]
)
def test_binomial_draws_have_mean_and_variance(n: int, p: float) -> None:
    rng = seeded(9)
    drawn = [binomial(rng, n, p) for _ in range(3000)]
    spread = n * p * (1 - p)
    assert min(drawn) >= 0
    assert max(drawn) <= n
    assert mean(drawn) == pytest.approx(n * p, abs=5 * math.sqrt(spread / 3000))
    assert pvariance(drawn) == pytest.approx(spread, rel=0.15)


def test_binomial_draws_at_the_ends_are_certain() -> None:
    rng = seeded(9)
    assert [binomial(rng, 7, p) for p in (0.0, 1.0)] == [0, 7]
    assert binomial(rng, 0, 0.3) == 0


def test_multinomial_draws_keep_the_total() -> None:
    rng = seeded(9)
    draws = [multinomial(rng, [5, 0, 20, 75]) for _ in range(500)]
    assert {sum(drawn) for drawn in draws} == {100}
    assert {drawn[1] for drawn in draws} == {0}
    assert mean(drawn[0] for drawn in draws) == pytest.approx(5, abs=0.5)
    assert multinomial(rng, []) == []
    assert multinomial(rng, [0, 0]) == [0, 0]


def test_the_percentile_interval_leaves_out_both_ends() -> None:
    found = percentile_interval(range(101), alpha=0.1)
    assert (found.lower, found.upper) == (5, 95)
    single = percentile_interval([3.0], alpha=0.05)
    assert (single.lower, single.upper) == (3, 3)


def test_the_p95_ratio_by_hand() -> None:
    slow = Histogram.of((float(2 * k), 1) for k in range(1, 101))
    fast = Histogram.of((float(k), 1) for k in range(1, 101))
    found = p95_ratio(slow, fast)
    assert found.estimate == 190 / 95
    assert found.n == 100
    assert found.interval is not None
    assert 1.5 < found.interval.lower < 2 < found.interval.upper < 2.5


def test_the_p95_resamples_are_those_of_drawing_all_values() -> None:
    rng = seeded(10)
    values = [rng.expovariate(1) for _ in range(60)]
    single = Histogram.of([(1.0, 1)])
    found = p95_ratio(Histogram.of((value, 1) for value in values), single, resamples=4000)
    plain = sorted(sorted(rng.choices(values, k=60))[math.ceil(0.95 * 60) - 1] for _ in range(4000))
    assert found.interval is not None
    assert found.interval.lower == pytest.approx(plain[100], rel=0.06)
    assert found.interval.upper == pytest.approx(plain[3900], rel=0.06)


def test_the_cost_ratio_by_hand() -> None:
    found = cost_ratio(Histogram.of([(3.0, 50), (1.0, 50)]), Histogram.of([(1.0, 100)]))
    assert found.estimate == 2
    assert found.interval is not None
    # The mean of 100 draws of 3 or 1 has a standard error of 0.1.
    assert found.interval.lower == pytest.approx(1.8, abs=0.05)
    assert found.interval.upper == pytest.approx(2.2, abs=0.05)


def test_many_distinct_values_are_merged_without_moving_the_mean() -> None:
    rng = seeded(11)
    many = Histogram.of((rng.expovariate(1), 1) for _ in range(5000))
    merged = many.in_buckets(60)
    assert len(merged.groups) == 60
    assert merged.n == 5000
    assert merged.mean == pytest.approx(many.mean)
    found = cost_ratio(many, Histogram.of([(1.0, 10)]))
    assert found.estimate == pytest.approx(many.mean)
    assert found.interval is not None
    assert found.interval.upper - found.interval.lower == pytest.approx(
        2 * 1.96 / math.sqrt(5000), rel=0.15
    )


def test_a_ratio_without_answers_or_with_nothing_below_has_a_reason() -> None:
    some, none, free = Histogram.of([(1.0, 3)]), Histogram.of([]), Histogram.of([(0.0, 3)])
    assert p95_ratio(none, some).estimate is None
    assert p95_ratio(some, none).reason == message("stats.no_latency")
    assert cost_ratio(some, free).reason == message("stats.baseline_cost_zero")
    assert cost_ratio(free, some).estimate == 0


def test_a_baseline_that_costs_nothing_in_a_resample_leaves_the_end_open() -> None:
    found = cost_ratio(Histogram.of([(1.0, 3)]), Histogram.of([(0.0, 2), (1.0, 1)]))
    assert found.interval is not None
    assert found.interval.upper == math.inf


def test_no_hits_among_few_answers_do_not_prove_none() -> None:
    found = share_of(0, 20)
    assert found.estimate == 0
    assert found.interval is not None
    assert found.interval.lower == 0
    assert 0.1 <= found.interval.upper <= 0.25


def test_the_share_has_a_bootstrap_interval_around_it() -> None:
    found = share_of(50, 200)
    assert found.interval is not None
    assert found.interval.lower == pytest.approx(0.19, abs=0.02)
    assert found.interval.upper == pytest.approx(0.31, abs=0.02)
    assert share_of(20, 20).interval is not None
    assert share_of(0, 0).reason == message("stats.no_answers")
    with pytest.raises(ValueError, match="between 0"):
        share_of(3, 2)


def test_negative_measurements_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        Histogram.of([(-1.0, 1)])
    with pytest.raises(ValueError, match="negative"):
        Histogram.of([(1.0, -1)])
