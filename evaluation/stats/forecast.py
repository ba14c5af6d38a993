"""How many more examples a decision takes, and whether it can still come."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

from evaluation.stats.intervals import (
    ALPHA,
    BETS,
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
    from evaluation.stats.tally import ScoreCounts

_OVERHEAD = 1.25
"""What looking all the time costs over ln(2 / alpha) / g (simulated, within about 10 %)."""

_BEYOND = 10**6
"""More examples than anybody will vote on: said as "no end in sight"."""


class Outlook(StrEnum):
    """Which decision the present rate leads to."""

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
    """

    examples: int | None
    low: int | None
    high: int | None
    outlook: Outlook | None

    def as_json(self) -> dict[str, int | None]:
        """Return the figures under the names of the public interface."""
        return {"examples": self.examples, "low": self.low, "high": self.high}


UNKNOWN = Forecast(None, None, None, None)
DECIDED = Forecast(0, 0, 0, None)


@lru_cache(maxsize=1024)
def forecast(scores: ScoreCounts, threshold: float, *, alpha: float = ALPHA) -> Forecast:
    """Forecast the examples to decide: n is about 1.25 ln(2 / alpha) / g at the observed mix.

    Args:
        scores: each distinct score with its number of counted examples.
        threshold: win rate that is to be passed, strictly between 0 and 1.
        alpha: chance that the interval ever misses.
    Returns:
        `DECIDED` when the interval is already clear of the threshold, `UNKNOWN` when nothing is
        counted or the rate is the threshold itself.
    """
    n = sum(count for _, count in scores)
    if not n:
        return UNKNOWN
    mean = float(sum((x * count for x, count in scores), Fraction(0)) / n)
    if mean == threshold:
        return UNKNOWN
    if mean < threshold:
        turned = _towards_above(mirrored(scores), 1 - threshold, alpha)
        return _with_outlook(turned, Outlook.FAIL)
    return _with_outlook(_towards_above(scores, threshold, alpha), Outlook.PASS)


def _with_outlook(found: Forecast, outlook: Outlook) -> Forecast:
    return Forecast(found.examples, found.low, found.high, outlook)


def _towards_above(scores: ScoreCounts, threshold: float, alpha: float) -> Forecast:
    fewest = wins_needed(scores, threshold, alpha=alpha)
    if fewest == 0:
        return DECIDED
    tilt = _standard_error(scores)
    return Forecast(
        examples=_remaining(scores, threshold, alpha, fewest),
        low=_remaining(_tilted(scores, WIN, tilt), threshold, alpha, fewest),
        high=_remaining(_tilted(scores, LOSS, tilt), threshold, alpha, fewest),
        outlook=None,
    )


def _remaining(
    scores: tuple[tuple[Fraction, float], ...], threshold: float, alpha: float, fewest: int
) -> int | None:
    """Examples still to come at this mix; never below what a row of wins would take."""
    n = sum(count for _, count in scores)
    growth = growth_rate(scores, threshold)
    if growth <= 0:
        return None
    needed = _OVERHEAD * math.log(2 / alpha) / growth - n
    return None if needed > _BEYOND else max(fewest, math.ceil(needed))


def growth_rate(scores: tuple[tuple[Fraction, float], ...], threshold: float) -> float:
    """Logarithm that the best constant bet wins for each example: max_u E ln(1 - u + u x / m).

    Args:
        scores: each distinct score with its number (or weight) of examples, not all 0.
        threshold: the m that is bet against, strictly between 0 and 1.
    Returns:
        The rate; 0 or less when the mean does not lie clearly above the threshold.
    """
    n = sum(count for _, count in scores)
    gains = [0.0] * len(BETS)
    for x, count in scores:
        factors = log_factors(x, threshold)
        gains = [gain + count * f for gain, f in zip(gains, factors, strict=True)]
    return max(gains) / n


def _standard_error(scores: ScoreCounts) -> float:
    """Standard error of the mean with one imagined win and one imagined loss, so never 0."""
    n = sum(count for _, count in scores) + 2
    mean = (sum(float(x) * count for x, count in scores) + 1) / n
    squares = sum(count * (float(x) - mean) ** 2 for x, count in scores)
    return math.sqrt((squares + mean**2 + (1 - mean) ** 2) / (n * n))


def _tilted(
    scores: ScoreCounts, towards: Fraction, by: float
) -> tuple[tuple[Fraction, float], ...]:
    """Mix in wins (or losses) until the mean has moved `by`; the number of examples stays."""
    n = sum(count for _, count in scores)
    mean = sum(float(x) * count for x, count in scores) / n
    room = abs(float(towards) - mean)
    part = min(1.0, by / room) if room else 0.0
    return (*((x, count * (1 - part)) for x, count in scores), (towards, n * part))


def can_pass(
    scores: ScoreCounts,
    left: int,
    threshold: float,
    *,
    alpha: float = ALPHA,
    prior: Prior = PLAIN,
) -> bool:
    """Whether the lower end could still pass the threshold if all remaining examples were won.

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
    """Smallest number of wins in a row after which the lower end passes the threshold. Exact.

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

    def is_enough(wins: int) -> bool:
        after = [had + wins * won for had, won in zip(capitals, of_a_win, strict=True)]
        return log_sum_exp(after) > target

    if is_enough(0):
        return 0
    too_few, enough = 0, 1
    while not is_enough(enough):
        too_few, enough = enough, 2 * enough
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        if is_enough(middle):
            enough = middle
        else:
            too_few = middle
    return enough


def _plus_wins(scores: ScoreCounts, wins: int) -> ScoreCounts:
    return (*scores, (WIN, wins))
