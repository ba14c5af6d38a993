"""Seeded resampling of grouped counts: the chance behind every bootstrap interval.

Time is in the number of groups, not of the examples in them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from evaluation.stats.intervals import Interval

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

RESAMPLES = 400
SEED = 20260512
"""Fixed, so that the same votes always show the same interval."""

_MANY = 25


def binomial(rng: Random, n: int, p: float) -> int:
    """Return a random number of successes in n trials of probability p.

    Exact as long as fewer than 25 successes (or failures) are expected, by adding up chances
    from none upwards until they pass a random number; beyond that the normal approximation,
    whose error is far below that of a bootstrap.
    """
    if p > 0.5:  # noqa: PLR2004 - half: count whichever of the two outcomes is rarer.
        return n - binomial(rng, n, 1 - p)
    if p <= 0 or n <= 0:
        return 0
    if n * p >= _MANY:
        drawn = round(rng.gauss(n * p, math.sqrt(n * p * (1 - p))))
        return min(n, max(0, drawn))
    odds = p / (1 - p)
    chance = (1 - p) ** n
    left = rng.random() - chance
    successes = 0
    while left >= 0 and successes < n:
        successes += 1
        chance *= odds * (n - successes + 1) / successes
        left -= chance
    return successes


def multinomial(rng: Random, counts: Sequence[int]) -> list[int]:
    """Return the group sizes after drawing as many members as there are, with replacement."""
    left = total = sum(counts)
    drawn: list[int] = []
    for count in counts:
        size = binomial(rng, left, min(1.0, count / total)) if total else 0
        drawn.append(size)
        left -= size
        total -= count
    return drawn


def percentile_interval(values: Sequence[float], *, alpha: float) -> Interval:
    """Return the middle part of resampled values, on the scale of the values.

    Args:
        values: at least one resampled figure, in any order.
        alpha: part that is left out, half of it on each side.
    """
    ordered = sorted(values)
    cut = alpha / 2 * (len(ordered) - 1)
    return Interval(ordered[math.floor(cut)], ordered[math.ceil(len(ordered) - 1 - cut)])
