"""The LLM judge as a second line beside people. No gate reads anything from here.

Source of the combined interval: A. Angelopoulos et al. (2023), Science 382, 669-674
(prediction-powered inference), in a form that stays within [0, 1] and can be watched.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import TYPE_CHECKING

from evaluation.stats.agreement import Agreement, cohen_kappa
from evaluation.stats.intervals import ALPHA, PLAIN, Interval, Prior, interval
from evaluation.stats.resampling import RESAMPLES, SEED, multinomial, percentile_interval
from evaluation.stats.verdicts import LOSS, TIE, WIN, Contender, score
from reviewapp.core.messages import message

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

JUDGE_WEIGHT = Fraction(1, 2)
"""How far the judge is trusted (l), frozen before the run."""

MIN_EXAMPLES_OF_INTERVAL = 10
"""Below as many examples a bootstrap interval of kappa would look far too narrow."""

NO_CORRELATION = message("stats.no_correlation")

JudgedGroups = tuple[tuple[Fraction, Fraction, int], ...]
"""(score by people, score by the judge, number of counted examples with both)."""


def judge_score(first_order: str, second_order: str) -> Fraction:
    """Return the score of one example by a judge that was asked in both orders.

    Args:
        first_order: verdict when the candidate stood first.
        second_order: verdict when it stood second; both with sides resolved.
    Returns:
        The common score; 1/2 when the two orders differ, since a flip is a tie.
    Raises:
        ValueError: an unknown verdict.
    """
    return TIE if flipped(first_order, second_order) else score(first_order)


def flipped(first_order: str, second_order: str) -> bool:
    """Return whether a judge's score changed with the order of the answers."""
    return score(first_order) != score(second_order)


def chose_first(first_order: str, second_order: str) -> list[bool]:
    """Return for each decisive verdict whether it went to the answer that was read first.

    Args:
        first_order: verdict when the candidate stood first; empty without one.
        second_order: verdict when the baseline stood first.
    """
    given = ((first_order, Contender.CANDIDATE), (second_order, Contender.BASELINE))
    return [verdict == first for verdict, first in given if verdict in set(Contender)]


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its anytime interval; None of nothing."""

    share: float | None
    interval: Interval
    n: int


def share_of(found: Iterable[tuple[bool, int]], *, alpha: float = ALPHA) -> Share:
    """Return the share of those that are true.

    Args:
        found: whether it is so, and how often.
        alpha: chance that the interval ever misses.
    """
    scores = [(WIN if is_so else LOSS, n) for is_so, n in found]
    n = sum(count for _, count in scores)
    share = float(sum(x * count for x, count in scores) / n) if n else None
    return Share(share, interval(scores, alpha=alpha), n)


@dataclass(frozen=True, slots=True)
class JudgedRate:
    """Win rate from people's votes sharpened by the judge.

    Attributes:
        estimate: from 0 to 1; None when no example has both scores.
        interval: anytime interval of the win rate among people.
        n: counted examples with both scores.
    """

    estimate: float | None
    interval: Interval
    n: int


def prediction_powered(
    groups: Iterable[tuple[Fraction, Fraction, int]],
    judge_mean: Fraction,
    *,
    alpha: float = ALPHA,
    prior: Prior = PLAIN,
) -> JudgedRate:
    """Return the interval of the win rate by Z = (Y - l F + l) / (1 + l), mapped back.

    Args:
        groups: (score by people Y, score by the judge F, number of examples), exact.
        judge_mean: the judge's mean score over the whole main queue, which is known before the
            first vote; from 0 to 1.
        alpha: chance that the interval ever misses.
        prior: how the stake is spread over the bets; that of people's interval.
    Raises:
        ValueError: a score, a count or the mean is out of range.
    """
    weight = JUDGE_WEIGHT
    pairs = _checked(groups)
    if not 0 <= judge_mean <= 1:
        raise ValueError("The judge's mean score must lie between 0 and 1.")
    z_counts = [((y - weight * f + weight) / (1 + weight), n) for y, f, n in pairs]
    ends = interval(z_counts, alpha=alpha, prior=prior)
    n = sum(count for _, count in z_counts)
    shift = weight * judge_mean - weight
    estimate = None
    if n:
        mean = sum((z * count for z, count in z_counts), Fraction(0)) / n
        estimate = _within(float((1 + weight) * mean + shift))
    scale, offset = float(1 + weight), float(shift)
    return JudgedRate(
        estimate,
        Interval(_within(scale * ends.lower + offset), _within(scale * ends.upper + offset)),
        n,
    )


def _checked(groups: Iterable[tuple[Fraction, Fraction, int]]) -> JudgedGroups:
    pairs = tuple(groups)
    if any(not (0 <= y <= 1 and 0 <= f <= 1) or n < 0 for y, f, n in pairs):
        raise ValueError("Scores lie between 0 and 1, and a count cannot be negative.")
    return pairs


def _within(value: float) -> float:
    return min(1.0, max(0.0, value))


def correlation(groups: Sequence[tuple[Fraction, Fraction, int]]) -> Agreement:
    """Return Pearson's correlation of people's scores with the judge's, from -1 to 1."""
    pairs = _checked(groups)
    n = sum(count for _, _, count in pairs)
    if not n:
        return Agreement(None, NO_CORRELATION, 0)
    y_mean = sum((y * count for y, _, count in pairs), Fraction(0)) / n
    f_mean = sum((f * count for _, f, count in pairs), Fraction(0)) / n
    yy = sum((count * (y - y_mean) ** 2 for y, _, count in pairs), Fraction(0))
    ff = sum((count * (f - f_mean) ** 2 for _, f, count in pairs), Fraction(0))
    if not yy or not ff:
        return Agreement(None, NO_CORRELATION, n)
    yf = sum((count * (y - y_mean) * (f - f_mean) for y, f, count in pairs), Fraction(0))
    return Agreement(float(yf) / math.sqrt(yy * ff), None, n)


def agreement_with_people(
    groups: Iterable[tuple[Fraction, Fraction, int]],
    *,
    alpha: float = ALPHA,
    resamples: int = RESAMPLES,
) -> Agreement:
    """Return Cohen's kappa of people's majority (win, tie, loss) with the judge's score.

    Args:
        groups: (score by people, score by the judge, number of examples).
        alpha: part of the resamples left out of the bootstrap interval ("if looked at once"), which
            is None below ten examples.
        resamples: seeded draws of as many examples; those in which kappa is undefined are left out.
    """
    table: dict[tuple[str, str], int] = {}
    for y, f, count in _checked(groups):
        key = (_word(y), _word(f))
        table[key] = table.get(key, 0) + count
    found = cohen_kappa(table)
    if found.value is None or found.units < MIN_EXAMPLES_OF_INTERVAL:
        return found
    rng = Random(SEED)  # noqa: S311 - a simulation, not a secret.
    cells, sizes = list(table), list(table.values())
    draws = (
        cohen_kappa(dict(zip(cells, multinomial(rng, sizes), strict=True)))
        for _ in range(resamples)
    )
    values = [drawn.value for drawn in draws if drawn.value is not None]
    ends = percentile_interval(values, alpha=alpha) if values else None
    return Agreement(found.value, None, found.units, ends)


def _word(value: Fraction) -> str:
    middle = (LOSS + WIN) / 2
    if value == middle:
        return "tie"
    return "win" if value > middle else "loss"
