"""Intervals and evidence that stay honest however often they are looked at.

Source of the betting confidence sequence: I. Waudby-Smith and A. Ramdas (2024), J. R. Stat.
Soc. B 86, 1-27; J. J. Ryu and A. Bhatt (2024), arXiv 2207.12382 (mixtures of bets).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from operator import truediv
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from evaluation.stats.tally import ScoreCounts

ALPHA = 0.05
"""Chance that the interval ever misses the true value, unless a run chose another."""

BETS = tuple(j / 100 for j in range(1, 100))

_EVERY_NINTH = slice(4, None, 9)
_MAX_BET = 0.99
_NEAR = 1e-2
# Of the last step of Newton's method, whose square is about what remains: far below 1e-8.
_PRECISION = 1e-6
_VANISHED = math.log(1e-18)


@dataclass(frozen=True, slots=True)
class Interval:
    """Two proportions, 0 <= lower <= upper <= 1 unless a docstring says otherwise."""

    lower: float
    upper: float

    def contains(self, value: float) -> bool:
        """Return whether the value lies in the interval, ends included."""
        return self.lower <= value <= self.upper


EVERYTHING = Interval(0.0, 1.0)


@dataclass(frozen=True)
class Prior:
    """How the stake is spread over the bets; build a tuned one with `prior_for`.

    Attributes:
        tuned: a bet that gets half of the stake, from 0 to 0.99; None spreads all of it evenly.
    """

    tuned: float | None = None

    @cached_property
    def bets(self) -> tuple[float, ...]:
        """The bets, each between 0 and 1."""
        return self._with_tuned(BETS)[0]

    @cached_property
    def log_weights(self) -> tuple[float, ...]:
        """Logarithm of each bet's part of the stake; the parts add up to 1."""
        return self._with_tuned(BETS)[1]

    @cached_property
    def rough(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Every ninth bet and its weight: cheap, and near enough to start from."""
        return self._with_tuned(BETS[_EVERY_NINTH])

    def _with_tuned(self, bets: tuple[float, ...]) -> tuple[tuple[float, ...], tuple[float, ...]]:
        whole = sum(1 - bet for bet in bets)
        if self.tuned is None:
            return bets, tuple(math.log((1 - bet) / whole) for bet in bets)
        halves = tuple(math.log((1 - bet) / (2 * whole)) for bet in bets)
        return (*bets, self.tuned), (*halves, math.log(1 / 2))


PLAIN = Prior()


@lru_cache(maxsize=256)
def prior_for(set_size: int, alpha: float) -> Prior:
    """Return the prior tuned to a set: half of the stake on u = sqrt(2 ln(2 / alpha) / N).

    It is chosen before the first vote, so the interval stays valid at every look for any scores;
    it decides sooner near the end of the set.

    Args:
        set_size: examples of the set, at least 1, fixed when the run opens.
        alpha: chance that the interval ever misses.
    """
    return Prior(min(_MAX_BET, math.sqrt(2 * math.log(2 / alpha) / set_size)))


def interval(
    scores: Iterable[tuple[Fraction, int]], *, alpha: float = ALPHA, prior: Prior = PLAIN
) -> Interval:
    """Return the betting confidence sequence of a mean in [0, 1] after the values seen so far.

    With probability at least 1 - alpha the true mean lies in the interval at every look at
    once. Costs time in the number of distinct values only.

    Args:
        scores: pairs of a value from 0 to 1 and the number of examples that have it.
        alpha: chance of ever missing, two-sided, strictly between 0 and 1.
        prior: how the stake is spread over the bets, chosen before the first value.
    Returns:
        The interval; [0, 1] when there is no example.
    Raises:
        ValueError: a value, a count or alpha is out of range.
    """
    counts = _checked(scores, alpha)
    lower = _lower_end(counts, alpha, prior)
    return Interval(lower, 1.0 - _lower_end(mirrored(counts), alpha, prior))


def lies_above(
    scores: ScoreCounts, threshold: float, *, alpha: float = ALPHA, prior: Prior = PLAIN
) -> bool:
    """Return whether the lower end of the interval lies above the threshold, without solving for
    it.

    E_low falls in m, so the end where it is 2 / alpha lies above every m at which it is larger.

    Args:
        scores: pairs of a value from 0 to 1 and its number of examples; none lies above nothing.
        threshold: strictly between 0 and 1.
        alpha: chance that the interval ever misses.
        prior: of the interval.
    """
    return log_low(scores, threshold, prior) > math.log(2 / alpha)


def mirrored(scores: ScoreCounts) -> ScoreCounts:
    """Return the same examples as seen by the baseline: each value x becomes 1 - x."""
    return tuple((1 - x, count) for x, count in reversed(scores))


def log_low(scores: Iterable[tuple[Fraction, int]], mean: float, prior: Prior = PLAIN) -> float:
    """Return ln E_low(mean), the evidence that the true mean is above `mean`.

    Args:
        scores: pairs of a value from 0 to 1 and its number of examples.
        mean: the supposed mean, strictly between 0 and 1.
        prior: how the stake is spread over the bets.
    """
    return log_sum_exp(log_capitals(scores, mean, prior))


def log_up(scores: ScoreCounts, mean: float, prior: Prior = PLAIN) -> float:
    """Return ln E_up(mean), the evidence that the true mean is below `mean`."""
    return log_low(mirrored(scores), 1 - mean, prior)


def log_capitals(
    scores: Iterable[tuple[Fraction, int]], mean: float, prior: Prior = PLAIN
) -> list[float]:
    """Return for each bet the logarithm of its weight times what it has won against `mean`."""
    totals = list(prior.log_weights)
    for x, count in scores:
        factors = log_factors(x, mean, prior)
        totals = [total + count * f for total, f in zip(totals, factors, strict=True)]
    return totals


def log_factors(x: Fraction, mean: float, prior: Prior = PLAIN) -> list[float]:
    """Return for each bet u: ln(1 - u + u x / mean), its gain from one example of value x."""
    gain = float(x) / mean - 1
    log = math.log
    return [log(1 + bet * gain) for bet in prior.bets]


def log_sum_exp(logs: Sequence[float]) -> float:
    """Return the logarithm of a sum of exponentials, without overflow."""
    top = max(logs)
    exp = math.exp
    return top + math.log(sum([exp(value - top) for value in logs]))


def log_evidence(scores: ScoreCounts, prior: Prior = PLAIN) -> float:
    """Return the natural logarithm of the two-sided evidence against a win rate of 1/2.

    E = (E_low(1/2) + E_up(1/2)) / 2 is 1 on average when nobody is better; ties leave it alone.

    Args:
        scores: pairs of a value from 0 to 1 and its number of examples; may be empty (E = 1).
        prior: how the stake is spread over the bets.
    """
    return mean_of_logs(log_low(scores, 0.5, prior), log_up(scores, 0.5, prior))


def mean_of_logs(first: float, second: float) -> float:
    """Return the logarithm of the mean of two numbers that are given as logarithms."""
    return log_sum_exp((first, second)) - math.log(2)


def evidence(scores: ScoreCounts) -> float:
    """Return the two-sided evidence E, at least 0; infinite when it is too large for a float."""
    return exp_or_infinity(log_evidence(scores))


def exp_or_infinity(value: float) -> float:
    """Return the exponential; infinity, not an error, above the largest float."""
    try:
        return math.exp(value)
    except OverflowError:
        return math.inf


def anytime_p(highest_log_evidence: float) -> float:  # words: ok, a figure
    """Return the two-sided p that holds at every look: min(1, 1 / max of E so far).

    Args:
        highest_log_evidence: running maximum of `log_evidence` over all looks so far.
    """
    return min(1.0, math.exp(-max(0.0, highest_log_evidence)))


def wilson(score_sum: float, n: int, *, alpha: float = ALPHA) -> Interval:
    """Return the interval by Wilson's score method, which is valid only for one look.

    Args:
        score_sum: sum of the examples' scores, from 0 to n.
        n: number of examples; 0 gives [0, 1].
        alpha: two-sided chance of missing, strictly between 0 and 1.
    Raises:
        ValueError: an argument is out of range.
    Source: E. B. Wilson (1927), J. Am. Stat. Assoc. 22, 209-212.
    """
    _check_alpha(alpha)
    if not 0 <= score_sum <= n:
        raise ValueError("The sum of scores must lie between 0 and the number of examples.")
    if n == 0:
        return EVERYTHING
    z2 = NormalDist().inv_cdf(1 - alpha / 2) ** 2
    mean = score_sum / n
    centre = (mean + z2 / (2 * n)) / (1 + z2 / n)
    half = math.sqrt(z2 * (mean * (1 - mean) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    return Interval(max(0.0, centre - half), min(1.0, centre + half))


def standard_error(scores: ScoreCounts) -> float | None:
    """Return the standard error of the win rate, clustered by example; valid only for one look.

    The examples' scores are the means of their clusters of votes, so this is their standard
    deviation over the root of their number; None below two examples.
    """
    n = sum(count for _, count in scores)
    if n < 2:  # noqa: PLR2004 - a spread needs two examples.
        return None
    mean = sum((x * count for x, count in scores), Fraction(0)) / n
    squares = sum((count * (x - mean) ** 2 for x, count in scores), Fraction(0))
    return math.sqrt(squares / (n * (n - 1)))


def _checked(scores: Iterable[tuple[Fraction, int]], alpha: float) -> ScoreCounts:
    _check_alpha(alpha)
    merged: dict[Fraction, int] = {}
    for x, count in scores:
        if not 0 <= x <= 1:
            raise ValueError("A score must lie between 0 and 1.")
        if count < 0:
            raise ValueError("A count of examples cannot be negative.")
        merged[x] = merged.get(x, 0) + count
    return tuple(sorted((x, count) for x, count in merged.items() if count))


def _check_alpha(alpha: float) -> None:
    if not 0 < alpha < 1:
        raise ValueError("alpha must lie strictly between 0 and 1.")


@lru_cache(maxsize=4096)
def _lower_end(scores: ScoreCounts, alpha: float, prior: Prior) -> float:
    """Return the m between 0 and the mean of the scores at which E_low(m) = 2 / alpha.

    With a few of the bets first, which is cheap and comes near, then with all of them.
    `tests/evaluation/stats/test_intervals.py` holds the result against bisection.
    """
    n = sum(count for _, count in scores)
    mean = float(sum((x * count for x, count in scores), Fraction(0))) / n if n else 0.0
    if mean == 0:
        return 0.0
    target = math.log(2 / alpha)
    reach = math.sqrt(target * _spread(scores, mean, n) / n) / mean
    log_m = math.log(mean) - reach
    every = (prior.bets, prior.log_weights)
    for (bets, log_weights), precision in ((prior.rough, _NEAR), (every, _PRECISION)):
        capitals = _Capitals(scores, bets, log_weights)
        log_m = _climb(capitals, target, log_m, reach, precision)
        if log_m < _VANISHED:
            return 0.0
    return min(math.exp(log_m), mean)


def _spread(scores: ScoreCounts, mean: float, n: int) -> float:
    """Return the variance of the scores with one win and one loss added, so that it is not 0."""
    squares = sum(count * (float(x) - mean) ** 2 for x, count in scores)
    return (squares + mean**2 + (1 - mean) ** 2) / (n + 2)


def _climb(
    capitals: _Capitals, target: float, log_m: float, reach: float, precision: float
) -> float:
    """Return the ln m at which ln E_low is the target, or one below `_VANISHED`.

    ln E_low is convex and falling in ln m (a logarithm of a sum of exponentials), so Newton's
    method started to the left of the root climbs to it without passing it, in a handful of steps
    where bisection needs fifty. From the right it could jump much too far, hence the reach.
    """
    step = math.inf
    while abs(step) >= precision and log_m >= _VANISHED:
        height, slope = capitals.height_and_slope(math.exp(log_m))
        step = (target - height) / slope
        if step < -reach:
            step, reach = -reach, 2 * reach
        log_m += step
    return log_m


class _Capitals:
    """What each of some bets has won on the same scores."""

    def __init__(
        self, scores: ScoreCounts, bets: tuple[float, ...], log_weights: tuple[float, ...]
    ) -> None:
        self._bets = bets
        losses = sum(count for x, count in scores if not x)
        # A score of 0 leaves 1 - u of the stake, whatever m is.
        self._start = [
            weight + losses * math.log(1 - bet)
            for bet, weight in zip(bets, log_weights, strict=True)
        ]
        self._gaining = [(float(x), count) for x, count in scores if x]

    def height_and_slope(self, m: float) -> tuple[float, float]:
        """Return ln E_low at m and its derivative by ln m."""
        totals, pulls = self._start, []
        for x, count in self._gaining:
            gain = x / m - 1
            factors = [1 + bet * gain for bet in self._bets]
            logs = map(math.log, factors)
            totals = [t + count * log for t, log in zip(totals, logs, strict=True)]
            pulls.append((count * (gain + 1), factors))
        top = max(totals)
        parts = list(map(math.exp, [total - top for total in totals]))
        whole = sum(parts)
        moved = [part * bet for part, bet in zip(parts, self._bets, strict=True)]
        slope = 0.0
        for pull, factors in pulls:
            slope -= pull * sum(map(truediv, moved, factors))
        return top + math.log(whole), slope / whole
