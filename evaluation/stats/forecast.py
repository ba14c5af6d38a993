"""How many more examples a decision takes, and whether it can still come."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from statistics import NormalDist
from typing import TYPE_CHECKING

from evaluation.stats.intervals import (
    ALPHA,
    PLAIN,
    Prior,
    lies_above,
    log_capitals,
    log_factors,
    log_sum_exp,
    mirrored,
)
from evaluation.stats.verdicts import LOSS, WIN

if TYPE_CHECKING:
    from collections.abc import Callable

    from evaluation.stats.tally import ScoreCounts

_UNLUCKY = 0.5
"""Standard errors by which the observed rate is moved away from the threshold.

A run that is still undecided has been unlucky more often than lucky; without this its forecasts
are too long (docs/statistics.md).
"""

_BEYOND = 10**6
"""More examples than any team votes on; the forecast then says that there is no end."""


class Outlook(StrEnum):
    """The decision to which the present rate leads."""

    PASS = "pass"  # noqa: S105 - a word about gates.
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Forecast:
    """Examples still to count before the interval leaves the threshold behind.

    Attributes:
        examples: expected number at the present rate; None when no end is in sight.
        low, high: the same if the true rate were one standard error further from, or nearer
            to, the threshold; high is None when no end is in sight then.
        outlook: which way; None while the rate is the threshold itself or nothing is counted.
        is_within: False when the examples that are left will probably not do; then the numbers
            are all that is left.
    """

    examples: int | None
    low: int | None
    high: int | None
    outlook: Outlook | None
    is_within: bool = True

    def as_json(self) -> dict[str, int | None]:
        """Return the figures under the names of the public interface."""
        return {"examples": self.examples, "low": self.low, "high": self.high}

    def within(self, left: int) -> Forecast:
        """Return the forecast with no number above the examples that are left."""
        if self.outlook is None:
            return self
        examples, low, high = (
            left if number is None else min(number, left)
            for number in (self.examples, self.low, self.high)
        )
        fits = self.examples is not None and self.examples <= left
        return Forecast(examples, low, high, self.outlook, fits)


UNKNOWN = Forecast(None, None, None, None)
DECIDED = Forecast(0, 0, 0, None)


@lru_cache(maxsize=1024)
def forecast(
    scores: ScoreCounts, threshold: float, *, alpha: float = ALPHA, prior: Prior = PLAIN
) -> Forecast:
    """Return the examples still needed for a decision, if the observed mix of scores continues.

    Starts from what the bets have won so far and lets each grow by what it earns for an example
    on average, until together they reach 2 / alpha.

    Args:
        scores: each distinct score with its number of counted examples.
        threshold: win rate that is to be passed, strictly between 0 and 1.
        alpha: chance that the interval ever misses.
        prior: of the interval.
    Returns:
        `DECIDED` when the interval is already clear of the threshold, `UNKNOWN` when nothing is
        counted or the rate is the threshold itself. `Forecast.within` caps it.
    """
    n = sum(count for _, count in scores)
    if not n:
        return UNKNOWN
    mean = float(sum((x * count for x, count in scores), Fraction(0)) / n)
    if mean == threshold:
        return UNKNOWN
    if mean < threshold:
        turned = _towards_above(mirrored(scores), 1 - threshold, alpha, prior)
        return replace(turned, outlook=Outlook.FAIL) if turned is not DECIDED else DECIDED
    found = _towards_above(scores, threshold, alpha, prior)
    return replace(found, outlook=Outlook.PASS) if found is not DECIDED else DECIDED


def _towards_above(scores: ScoreCounts, threshold: float, alpha: float, prior: Prior) -> Forecast:
    capitals = log_capitals(scores, threshold, prior)
    target = math.log(2 / alpha)
    if log_sum_exp(capitals) > target:
        return DECIDED
    error = _standard_error(scores)

    def takes(errors: float) -> int | None:
        towards, by = (WIN, errors * error) if errors > 0 else (LOSS, -errors * error)
        growth = _growth(_tilted(scores, towards, by), threshold, prior)
        return _examples_until(capitals, growth, target)

    return Forecast(takes(_UNLUCKY), takes(_UNLUCKY + 1), takes(_UNLUCKY - 1), outlook=None)


def examples_at_mix(
    mix: tuple[tuple[Fraction, float], ...], threshold: float, *, alpha: float = ALPHA
) -> int | None:
    """Return the examples after which a mix of scores passes a threshold; None if hardly ever.

    Args:
        mix: each distinct score with its weight, not all 0.
        threshold: win rate that is to be passed, strictly between 0 and 1.
        alpha: chance that the interval ever misses.
    """
    growth = _growth(mix, threshold, PLAIN)
    return _examples_until(log_capitals((), threshold), growth, math.log(2 / alpha))


def examples_for_chance(
    mix: tuple[tuple[Fraction, float], ...],
    threshold: float,
    *,
    chance: float,
    alpha: float = ALPHA,
) -> int | None:
    """Return the examples with which a mix of scores passes with this chance; None if hardly ever.

    All bets gain from a higher score, so an unlucky course holds all of them back at once: each is
    taken at its lower quantile of a normal approximation. Passing earlier by luck and falling back
    is not counted, so the true chance is a little higher (docs/statistics.md).

    Args:
        mix: each distinct score with its weight, not all 0.
        threshold: win rate that is to be passed, strictly between 0 and 1.
        chance: of passing, strictly between 0 and 1.
        alpha: chance that the interval ever misses.
    """
    capitals, growth = log_capitals((), threshold), _growth(mix, threshold, PLAIN)
    quantile = NormalDist().inv_cdf(chance)
    spread = [quantile * deviation for deviation in _spreads(mix, threshold, growth)]
    target = math.log(2 / alpha)

    def is_enough(examples: int) -> bool:
        root = math.sqrt(examples)
        after = [
            had + examples * won - root * off
            for had, won, off in zip(capitals, growth, spread, strict=True)
        ]
        return log_sum_exp(after) > target

    return _first(is_enough) if max(growth) > 0 else None


def _spreads(
    mix: tuple[tuple[Fraction, float], ...], threshold: float, growth: list[float]
) -> list[float]:
    """For each bet: standard deviation of the logarithm of what one example multiplies it by."""
    n = sum(weight for _, weight in mix)
    squares = [0.0] * len(growth)
    for x, weight in mix:
        factors = log_factors(x, threshold)
        squares = [s + weight / n * f * f for s, f in zip(squares, factors, strict=True)]
    return [math.sqrt(max(0.0, s - g * g)) for s, g in zip(squares, growth, strict=True)]


def _growth(
    scores: tuple[tuple[Fraction, float], ...], threshold: float, prior: Prior
) -> list[float]:
    """Return for each bet the mean logarithm of its gain for one example."""
    n = sum(count for _, count in scores)
    gains = [0.0] * len(prior.bets)
    for x, count in scores:
        factors = log_factors(x, threshold, prior)
        gains = [gain + count / n * f for gain, f in zip(gains, factors, strict=True)]
    return gains


def _examples_until(capitals: list[float], growth: list[float], target: float) -> int | None:
    """Return the fewest examples after which the bets together pass the target; None if never.

    Their sum is convex in the number of examples and starts below, so it passes only once.
    """

    def is_enough(examples: int) -> bool:
        after = [had + examples * won for had, won in zip(capitals, growth, strict=True)]
        return log_sum_exp(after) > target

    return _first(is_enough) if max(growth) > 0 else None


def _first(is_enough: Callable[[int], bool]) -> int | None:
    """Return the smallest number that is enough, at most `_BEYOND`; None without one."""
    if not is_enough(_BEYOND):
        return None
    too_few, enough = 0, 1
    while not is_enough(enough):
        too_few, enough = enough, 2 * enough
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        too_few, enough = (too_few, middle) if is_enough(middle) else (middle, enough)
    return enough


def _standard_error(scores: ScoreCounts) -> float:
    """Return the standard error of the mean with one win and one loss added, so that it is not
    0.
    """
    n = sum(count for _, count in scores) + 2
    mean = (sum(float(x) * count for x, count in scores) + 1) / n
    squares = sum(count * (float(x) - mean) ** 2 for x, count in scores)
    return math.sqrt((squares + mean**2 + (1 - mean) ** 2) / (n * n))


def _tilted(
    scores: ScoreCounts, towards: Fraction, by: float
) -> tuple[tuple[Fraction, float], ...]:
    """Return the scores with wins (or losses) mixed in until the mean has moved `by`; n stays."""
    n = sum(count for _, count in scores)
    mean = sum(float(x) * count for x, count in scores) / n
    distance = abs(float(towards) - mean)
    part = min(1.0, by / distance) if distance else 0.0
    return (*((x, count * (1 - part)) for x, count in scores), (towards, n * part))


def can_pass(
    scores: ScoreCounts,
    left: int,
    threshold: float,
    *,
    alpha: float = ALPHA,
    prior: Prior = PLAIN,
) -> bool:
    """Return whether the lower end could pass the threshold if all remaining examples were won.

    Exact: a win never lowers the lower end, so no other course of the voting does better.

    Args:
        scores: each distinct score with its number of counted examples.
        left: examples that are not counted yet.
        threshold: win rate to pass, strictly between 0 and 1.
    """
    return lies_above(_plus_wins(scores, left), threshold, alpha=alpha, prior=prior)


def wins_needed(
    scores: ScoreCounts = (),
    threshold: float = 0.5,
    *,
    alpha: float = ALPHA,
    prior: Prior = PLAIN,
) -> int:
    """Return the smallest number of wins in a row after which the lower end passes the threshold.

    With nothing counted this is the size below which a set of examples can never pass:
    7 for a threshold of 0.40, 10 for 0.50.

    Args:
        scores: each distinct score with its number of examples counted already.
        threshold: strictly between 0 and 1.
    Raises:
        ValueError: the threshold is out of range.
    """
    if not 0 < threshold < 1:
        raise ValueError("A threshold must lie strictly between 0 and 1.")
    return _wins_needed(scores, threshold, alpha, prior)


@lru_cache(maxsize=1024)
def _wins_needed(scores: ScoreCounts, threshold: float, alpha: float, prior: Prior) -> int:
    target = math.log(2 / alpha)
    capitals = log_capitals(scores, threshold, prior)
    of_a_win = log_factors(WIN, threshold, prior)

    if log_sum_exp(capitals) > target:
        return 0
    found = _examples_until(capitals, of_a_win, target)
    if found is None:
        raise ValueError("No number of wins passes this threshold.")
    return found


def _plus_wins(scores: ScoreCounts, wins: int) -> ScoreCounts:
    return (*scores, (WIN, wins))
