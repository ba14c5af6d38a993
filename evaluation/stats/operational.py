"""Latency, cost, refusals and errors of the answers of both models.

Every interval here is a seeded bootstrap interval ("if looked at once"): answers are all there
before the first vote, so nobody watches them grow.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from random import Random
from typing import TYPE_CHECKING

from evaluation.stats.intervals import ALPHA, Interval
from evaluation.stats.resampling import RESAMPLES, SEED, binomial, multinomial, percentile_interval
from reviewapp.core.messages import Message, message

if TYPE_CHECKING:
    from collections.abc import Iterable

P95 = 0.95

_BUCKETS = 60


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure over the answers with its bootstrap interval, or the reason why there is none.

    Attributes:
        estimate: the point estimate: a ratio (candidate over baseline) or a share.
        interval: bootstrap interval on the same scale, not bounded by 1 for ratios.
        n: answers of the candidate behind it.
        reason: None, or why estimate and interval are None.
    """

    estimate: float | None
    interval: Interval | None
    n: int
    reason: Message | None = None


@dataclass(frozen=True, slots=True)
class Histogram:
    """Values grouped: sorted pairs of a value and the number of answers that have it."""

    groups: tuple[tuple[float, int], ...]

    @classmethod
    def of(cls, groups: Iterable[tuple[float, int]]) -> Histogram:
        """Return the histogram of pairs of (value, number of answers).

        Raises:
            ValueError: a value or count is negative.
        """
        merged: dict[float, int] = {}
        for value, count in groups:
            if value < 0 or count < 0:
                raise ValueError("Latencies, costs and counts cannot be negative.")
            merged[value] = merged.get(value, 0) + count
        return cls(tuple(sorted((value, n) for value, n in merged.items() if n)))

    @property
    def n(self) -> int:
        """Number of answers."""
        return sum(count for _, count in self.groups)

    @property
    def mean(self) -> float:
        """Mean value; there must be an answer."""
        return math.fsum(value * count for value, count in self.groups) / self.n

    def in_buckets(self, buckets: int = _BUCKETS) -> Histogram:
        """Return the values merged into at most `buckets` groups of about equal size.

        Each keeps its mean as its value, so the mean of all stays as it was.
        """
        if len(self.groups) <= buckets:
            return self
        merged: dict[int, list[tuple[float, int]]] = {}
        seen, n = 0, self.n
        for value, count in self.groups:
            merged.setdefault(seen * buckets // n, []).append((value, count))
            seen += count
        parts = (Histogram(tuple(part)) for part in merged.values())
        return Histogram(tuple((part.mean, part.n) for part in parts))


@lru_cache(maxsize=64)
def p95_ratio(
    candidate: Histogram, baseline: Histogram, *, alpha: float = ALPHA, resamples: int = RESAMPLES
) -> Measured:
    """Return the 95th percentile of the candidate's latency divided by that of the baseline.

    The k-th smallest of a resample is the value at a Beta(k, n - k + 1) share of the sorted
    values, so a resample costs one draw, not n.

    Args:
        candidate: latencies of the candidate's answers, all in one unit.
        baseline: those of the baseline, in the same unit.
        alpha: part of the resamples left out of the interval.
    """
    return _ratio(_Percentile(candidate), _Percentile(baseline), "latency", alpha, resamples)


@lru_cache(maxsize=64)
def cost_ratio(
    candidate: Histogram, baseline: Histogram, *, alpha: float = ALPHA, resamples: int = RESAMPLES
) -> Measured:
    """Return the mean cost of the candidate's answers divided by that of the baseline's.

    Args:
        candidate: costs of the candidate's answers, all in one currency.
        baseline: those of the baseline, in the same currency.
        alpha: part of the resamples left out of the interval.
    """
    return _ratio(_Mean(candidate), _Mean(baseline), "cost", alpha, resamples)


@lru_cache(maxsize=64)
def share_of(hits: int, n: int, *, alpha: float = ALPHA, resamples: int = RESAMPLES) -> Measured:
    """Return the share of the candidate's answers that are refusals, or errors.

    A plain bootstrap of 0 hits would be [0, 0] however few the answers; so the upper end is
    resampled with one more hit and the lower end with one more answer without.

    Args:
        hits: answers that are, from 0 to n.
        n: answers in all.
    Raises:
        ValueError: a count is out of range.
    """
    if not 0 <= hits <= n:
        raise ValueError("Hits must lie between 0 and the number of answers.")
    if n == 0:
        return Measured(None, None, 0, message("stats.no_answers"))
    rng = Random(SEED)  # noqa: S311 - a simulation, not a secret.
    few = [binomial(rng, n, hits / (n + 1)) / n for _ in range(resamples)]
    many = [binomial(rng, n, (hits + 1) / (n + 1)) / n for _ in range(resamples)]
    ends = Interval(
        min(percentile_interval(few, alpha=alpha).lower, hits / n),
        max(percentile_interval(many, alpha=alpha).upper, hits / n),
    )
    return Measured(hits / n, ends, n)


class _Mean:
    """The mean of a histogram and of its resamples."""

    def __init__(self, histogram: Histogram) -> None:
        self.n = histogram.n
        self._groups = histogram.in_buckets().groups
        self._counts = [count for _, count in self._groups]

    def estimate(self) -> float:
        return Histogram(self._groups).mean

    def draw(self, rng: Random) -> float:
        drawn = multinomial(rng, self._counts)
        total = sum(value * n for (value, _), n in zip(self._groups, drawn, strict=True))
        return total / self.n


class _Percentile:
    """The 95th percentile (nearest rank) of a histogram and of its resamples."""

    def __init__(self, histogram: Histogram) -> None:
        self.n = histogram.n
        self._values = [value for value, _ in histogram.groups]
        self._up_to = list(accumulate(count for _, count in histogram.groups))
        self._rank = math.ceil(P95 * self.n)

    def estimate(self) -> float:
        return self._at(self._rank)

    def draw(self, rng: Random) -> float:
        place = rng.betavariate(self._rank, self.n - self._rank + 1)
        return self._at(max(1, math.ceil(place * self.n)))

    def _at(self, rank: int) -> float:
        return self._values[bisect_left(self._up_to, rank)]


def _ratio(
    above: _Mean | _Percentile, below: _Mean | _Percentile, what: str, alpha: float, resamples: int
) -> Measured:
    if not above.n or not below.n:
        return Measured(None, None, 0, message(f"stats.no_{what}"))
    if below.estimate() == 0:
        return Measured(None, None, above.n, message(f"stats.baseline_{what}_zero"))
    rng = Random(SEED)  # noqa: S311 - a simulation, not a secret.
    draws = [
        math.inf if divisor == 0 else above.draw(rng) / divisor
        for divisor in (below.draw(rng) for _ in range(resamples))
    ]
    ends = percentile_interval(draws, alpha=alpha)
    return Measured(above.estimate() / below.estimate(), ends, above.n)
