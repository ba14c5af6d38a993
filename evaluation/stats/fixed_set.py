"""The win rate of one fixed set of examples, of which some are counted: a second, narrower line.

Examples of a set are counted in a random order and without replacement, so what is still missing
is known to come from the rest of the set. Nothing follows from it for new traffic, and no gate
reads it.

Source: I. Waudby-Smith and A. Ramdas (2020), Confidence sequences for sampling without
replacement, NeurIPS 33; the bets are those of `evaluation.stats.intervals`.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

from evaluation.stats.intervals import ALPHA, EVERYTHING, Interval, log_sum_exp, prior_for

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

_PARTS = ((1, 1 / 2), (4, 1 / 4), (16, 1 / 4))
"""Half of the stake on the bet for the whole set, a quarter each on those for less of it."""
_PRECISION = 1e-9
_AT_ONCE = 16
"""A factor is at most the size of the set over a rounding error, 10^18 or so."""


@lru_cache(maxsize=64)
def set_interval(scores: tuple[Fraction, ...], size: int, *, alpha: float = ALPHA) -> Interval:
    """Interval of the mean score of a fixed set, valid at every look at once.

    Args:
        scores: exact scores from 0 to 1 of the counted examples, in the random order in which
            they were served.
        size: examples of the set, at least as many as are counted.
        alpha: chance of ever missing, two-sided, strictly between 0 and 1.
    Returns:
        [0, 1] when nothing is counted, the exact mean twice when everything is.
    Raises:
        ValueError: more examples than the set has, or alpha out of range.
    """
    if len(scores) > size or not 0 < alpha < 1:
        raise ValueError("A set has at least the counted examples, and alpha lies in (0, 1).")
    if not scores:
        return EVERYTHING
    seen = [float(x) for x in scores]
    lower = _lower_end(seen, size, alpha)
    return Interval(lower, 1 - _lower_end([1 - x for x in seen], size, alpha))


def _lower_end(seen: Sequence[float], size: int, alpha: float) -> float:
    """Smallest mean of the set that the bets do not refute.

    Found by false position (Illinois) between a mean that is refuted and one that is not: each try
    costs a pass over all counted examples, and bisection needs four times as many.
    """
    total = math.fsum(seen)
    low, high = total / size, (total + size - len(seen)) / size
    target = math.log(2 / alpha)
    bets = [_bet(size / part, alpha) for part, _weight in _PARTS]

    def excess(mean: float) -> float:
        return _log_capital(seen, size, mean, bets) - target

    above, below = excess(low), excess(high)
    if above <= 0:
        return low
    while high - low > _PRECISION:
        middle = _between(low, above, high, below)
        found = excess(middle)
        # The end that stays is weighed down, so that both ends close in.
        if found > 0:
            low, above, below = middle, found, below / 2
        else:
            high, below, above = middle, found, above / 2
    return low


def _between(low: float, above: float, high: float, below: float) -> float:
    """Return where the line through both ends is 0, at least a twentieth away from either."""
    share = above / (above - below) if math.isfinite(above) and below < 0 else 0.5
    return low + min(max(share, 0.05), 0.95) * (high - low)


def _bet(size: float, alpha: float) -> float:
    tuned = prior_for(max(1, math.ceil(size)), alpha).tuned
    return 0.0 if tuned is None else tuned


def _log_capital(seen: Sequence[float], size: int, mean: float, bets: Sequence[float]) -> float:
    """Logarithm of what the bets have won against this mean of the set; infinite if impossible.

    Before each example the mean of what remains is known, and each bet is fair for that mean.
    Logarithms are taken of products over a few examples, which stay within the range of a float.
    """
    left, remaining = mean * size, size
    first, second, third = bets
    won = [math.log(weight) for _part, weight in _PARTS]
    for start in range(0, len(seen), _AT_ONCE):
        a = b = c = 1.0
        for x in seen[start : start + _AT_ONCE]:
            if left > 0:
                gain = x * remaining / left - 1
                a, b, c = a * (1 + first * gain), b * (1 + second * gain), c * (1 + third * gain)
            elif x > 0:
                return math.inf
            left, remaining = left - x, remaining - 1
        won = [had + math.log(factor) for had, factor in zip(won, (a, b, c), strict=True)]
    return log_sum_exp(won)
