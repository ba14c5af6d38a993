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
_STEPS = 30


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
    """Smallest mean of the set that the bets do not refute; found by bisection."""
    total = math.fsum(seen)
    low, high = total / size, (total + size - len(seen)) / size
    target = math.log(2 / alpha)
    bets = [(_bet(size / part, alpha), math.log(weight)) for part, weight in _PARTS]
    if _log_capital(seen, size, low, bets) <= target:
        return low
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if _log_capital(seen, size, middle, bets) > target:
            low = middle
        else:
            high = middle
    return low


def _bet(size: float, alpha: float) -> float:
    tuned = prior_for(max(1, math.ceil(size)), alpha).tuned
    return 0.0 if tuned is None else tuned


def _log_capital(
    seen: Sequence[float], size: int, mean: float, bets: Sequence[tuple[float, float]]
) -> float:
    """Logarithm of what the bets have won against this mean of the set; infinite if impossible.

    Before each example the mean of what remains is known, and each bet is fair for that mean.
    """
    left, remaining = mean * size, size
    won = [log_weight for _, log_weight in bets]
    for x in seen:
        expected = left / remaining
        if expected <= 0:
            if x > 0:
                return math.inf
        else:
            gain = x / expected - 1
            won = [had + math.log1p(bet * gain) for had, (bet, _) in zip(won, bets, strict=True)]
        left, remaining = left - x, remaining - 1
    return log_sum_exp(won)
