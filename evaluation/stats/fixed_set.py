"""The win rate of one fixed set of examples, of which some are counted: a second, narrower line.

Examples of a set are counted in a random order and without replacement, so what is still missing
is known to come from the rest of the set. Nothing follows from it for new traffic, and no gate
reads it.

Source: I. Waudby-Smith and A. Ramdas (2020), Confidence sequences for sampling without
replacement, NeurIPS 33; the bets are those of `evaluation.stats.intervals`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evaluation.stats.intervals import ALPHA, EVERYTHING, Interval, log_sum_exp, prior_for

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from fractions import Fraction

_PARTS = ((1, 1 / 2), (4, 1 / 4), (16, 1 / 4))
"""Half of the stake on the bet for the whole set, a quarter each on those for less of it."""
_PRECISION = 1e-9
_AT_ONCE = 16
"""A factor is at most the size of the set over a rounding error, 10^18 or so."""
_NODES = tuple(math.cos(math.pi * (j + 1 / 2) / 12) for j in range(12))
_NODE_WEIGHTS = tuple(
    (-1) ** j * math.sin(math.pi * (j + 1 / 2) / len(_NODES)) for j in range(len(_NODES))
)
"""Chebyshev nodes of the first kind on [-1, 1], and their weights in the barycentric formula."""
_WIDE, _TOO_WIDE = 1 / 8, 1 / 5
"""Half the width of a bracket in distances to the least possible mean, where the logarithms are
singular: when it is made, and at most. 12 nodes then interpolate with an error below 1e-11."""


@dataclass(frozen=True)
class Bracket:
    """Means of the set around one end of the interval, and what each bet has won against them.

    Examples that follow are added at these few means only, and the end is found between them.

    Attributes:
        centre, half: the bracket is centre - half to centre + half, in proportions.
        logs: for each bet, the logarithm of its weight and gains at each node.
    """

    centre: float
    half: float
    logs: tuple[tuple[float, ...], ...]

    def log_capital(self, mean: float) -> float:
        """Return ln of what the bets have won against a mean in the bracket, interpolated."""
        place = (mean - self.centre) / self.half
        if place in _NODES:
            node = _NODES.index(place)
            return log_sum_exp([logs[node] for logs in self.logs])
        near = [w / (place - node) for w, node in zip(_NODE_WEIGHTS, _NODES, strict=True)]
        whole = sum(near)
        return log_sum_exp(
            [sum(n * log for n, log in zip(near, logs, strict=True)) / whole for logs in self.logs]
        )


@dataclass(frozen=True)
class SetLook:
    """The interval of a fixed set after some of its examples, and how to go on from there.

    Attributes:
        size: examples of the set.
        alpha: chance of ever missing, two-sided.
        counted: examples so far.
        total: sum of their scores.
        interval: of the mean score of the whole set.
        lower, upper: around its ends (the upper one for mirrored scores), where there are any.
    """

    size: int
    alpha: float
    counted: int
    total: float
    interval: Interval
    lower: Bracket | None = None
    upper: Bracket | None = None

    def after(self, scores: Sequence[float]) -> SetLook | None:
        """Return the look after further examples; None if all of them must be read again."""
        if not scores:
            return self
        if self.lower is None or self.upper is None:
            return None
        mirrored = [1 - x for x in scores]
        lower = self._moved(self.lower, self.total, scores)
        upper = self._moved(self.upper, self.counted - self.total, mirrored)
        if lower is None or upper is None:
            return None
        ends = [_end_in(bracket, self.alpha) for bracket in (lower, upper)]
        if ends[0] is None or ends[1] is None:
            return None
        return SetLook(
            self.size,
            self.alpha,
            self.counted + len(scores),
            self.total + math.fsum(scores),
            Interval(ends[0], 1 - ends[1]),
            lower,
            upper,
        )

    def _moved(self, bracket: Bracket, total: float, scores: Sequence[float]) -> Bracket | None:
        """Return a bracket with further examples; None if it comes too near the least mean."""
        least = (total + math.fsum(scores)) / self.size
        if bracket.half > _TOO_WIDE * (bracket.centre - least):
            return None
        bets = _bets(self.size, self.alpha)
        nodes = []
        means = _means(bracket.centre, bracket.half)
        for mean, won in zip(means, zip(*bracket.logs, strict=True), strict=True):
            left, remaining = mean * self.size - total, self.size - self.counted
            nodes.append(_won(won, scores, left, remaining, bets))
        return Bracket(bracket.centre, bracket.half, tuple(zip(*nodes, strict=True)))

    def as_json(self) -> dict[str, Any]:
        """Return the look in plain JSON values."""
        return {
            "size": self.size,
            "alpha": self.alpha,
            "counted": self.counted,
            "total": self.total,
            "interval": [self.interval.lower, self.interval.upper],
            "brackets": [
                bracket and [bracket.centre, bracket.half, *bracket.logs]
                for bracket in (self.lower, self.upper)
            ],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> SetLook:
        """Return the look that `as_json` gave."""
        lower, upper = (
            bracket and Bracket(bracket[0], bracket[1], tuple(tuple(logs) for logs in bracket[2:]))
            for bracket in stored["brackets"]
        )
        names = ("size", "alpha", "counted", "total")
        found = {name: stored[name] for name in names}
        return cls(**found, interval=Interval(*stored["interval"]), lower=lower, upper=upper)


def look_at_set(scores: Sequence[Fraction | float], size: int, *, alpha: float = ALPHA) -> SetLook:
    """Return the look after all counted examples of a fixed set; the interval is valid at each
    look.

    Args:
        scores: scores from 0 to 1 of the counted examples, in the random order in which they
            were served.
        size: examples of the set, at least as many as are counted.
        alpha: chance of ever missing, two-sided, strictly between 0 and 1.
    Returns:
        The look; its interval is [0, 1] when nothing is counted, the mean twice when everything is.
    Raises:
        ValueError: more examples than the set has, or alpha out of range.
    """
    if len(scores) > size or not 0 < alpha < 1:
        raise ValueError("A set has at least the counted examples, and alpha lies in (0, 1).")
    if not scores:
        return SetLook(size, alpha, 0, 0.0, EVERYTHING)
    seen = [float(x) for x in scores]
    low, lower = _lower_end(seen, size, alpha)
    high, upper = _lower_end([1 - x for x in seen], size, alpha)
    return SetLook(size, alpha, len(seen), math.fsum(seen), Interval(low, 1 - high), lower, upper)


def _lower_end(seen: Sequence[float], size: int, alpha: float) -> tuple[float, Bracket | None]:
    """Return the smallest mean of the set that the bets do not refute, and a bracket around it.

    Each mean that is tried costs a pass over all counted examples; so the end is only found
    roughly with them, and precisely in the bracket.
    """
    total = math.fsum(seen)
    least, most = total / size, (total + size - len(seen)) / size
    bets, target = _bets(size, alpha), math.log(2 / alpha)
    start = [math.log(weight) for _part, weight in _PARTS]

    def won(mean: float) -> list[float]:
        return _won(start, seen, mean * size, size, bets)

    def excess(mean: float) -> float:
        return log_sum_exp(won(mean)) - target

    above = excess(least)
    if above <= 0:
        return least, None

    def is_near(low: float, high: float) -> bool:
        # Half as wide as the bracket around them, so that the end lies well within.
        return high - low <= max(_WIDE * ((low + high) / 2 - least), _PRECISION)

    low, high = _narrowed(excess, (least, above), (most, excess(most)), is_near)
    centre = (low + high) / 2
    half = _WIDE * (centre - least)
    # Without width where every example is counted and the bets refute even the exact mean.
    if half <= 0 or high - low > half:
        return low, None
    logs = zip(*(won(mean) for mean in _means(centre, half)), strict=True)
    bracket = Bracket(centre, half, tuple(logs))
    end = _end_in(bracket, alpha)
    return (low, None) if end is None else (end, bracket)


def _means(centre: float, half: float) -> list[float]:
    return [centre + half * node for node in _NODES]


def _end_in(bracket: Bracket, alpha: float) -> float | None:
    """Return the mean in a bracket against which the bets have won 2 / alpha; None if outside."""
    target = math.log(2 / alpha)

    def excess(mean: float) -> float:
        return bracket.log_capital(mean) - target

    low, high = bracket.centre - bracket.half, bracket.centre + bracket.half
    above, below = excess(low), excess(high)
    if above <= 0 or below > 0:
        return None
    ends = _narrowed(
        excess, (low, above), (high, below), lambda low, high: high - low <= _PRECISION
    )
    return ends[0]


def _narrowed(
    excess: Callable[[float], float],
    first: tuple[float, float],
    last: tuple[float, float],
    is_near: Callable[[float, float], bool],
) -> tuple[float, float]:
    """Return a refuted and an unrefuted mean that are near, by false position (Illinois).

    Args:
        excess: falls from above 0 to 0 or below.
        first, last: a mean and its excess, above 0 and not.
        is_near: whether two means are near enough.
    """
    (low, above), (high, below) = first, last
    while not is_near(low, high):
        middle = _between(low, above, high, below)
        found = excess(middle)
        # The end that stays is weighed down, so that both ends close in.
        if found > 0:
            low, above, below = middle, found, below / 2
        else:
            high, below, above = middle, found, above / 2
    return low, high


def _between(low: float, above: float, high: float, below: float) -> float:
    """Return where the line through both ends is 0, at least a twentieth away from either."""
    share = above / (above - below) if math.isfinite(above) and below < 0 else 0.5
    return low + min(max(share, 0.05), 0.95) * (high - low)


def _bets(size: int, alpha: float) -> list[float]:
    priors = (prior_for(max(1, math.ceil(size / part)), alpha) for part, _weight in _PARTS)
    return [prior.tuned or 0.0 for prior in priors]


def _won(
    won: Sequence[float], scores: Sequence[float], left: float, remaining: int, bets: list[float]
) -> list[float]:
    """Return the logarithms of what each bet has won after further examples.

    Before each example the mean of what remains is known, and each bet is fair for that mean.
    Logarithms are taken of products over a few examples, which stay within the range of a float.

    Args:
        won: logarithms so far.
        scores: of the further examples, in served order.
        left: sum of the scores that remain before them, if the supposed mean were true.
        remaining: examples of the set before them.
        bets: the three bets.
    Returns:
        Infinities if the supposed mean has become impossible.
    """
    first, second, third = bets
    won = list(won)
    for start in range(0, len(scores), _AT_ONCE):
        a = b = c = 1.0
        for x in scores[start : start + _AT_ONCE]:
            if left > 0:
                gain = x * remaining / left - 1
                a, b, c = a * (1 + first * gain), b * (1 + second * gain), c * (1 + third * gain)
            elif x > 0:
                return [math.inf] * len(bets)
            left, remaining = left - x, remaining - 1
        won = [had + math.log(factor) for had, factor in zip(won, (a, b, c), strict=True)]
    return won
