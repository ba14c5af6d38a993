"""The LLM judge as a second line beside people. No gate reads anything from here.

Source of the combined interval: A. Angelopoulos et al. (2023), Science 382, 669-674
(prediction-powered inference), in a form that stays within [0, 1] and can be watched.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from evaluation.stats.agreement import Agreement, cohen_kappa
from evaluation.stats.intervals import ALPHA, Interval, interval
from evaluation.stats.verdicts import LOSS, TIE, WIN, score
from reviewapp.core.messages import message

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

JUDGE_WEIGHT = Fraction(1, 2)
"""How far the judge is trusted (l), frozen before the run."""

NO_CORRELATION = message("stats.no_correlation")

JudgedGroups = tuple[tuple[Fraction, Fraction, int], ...]
"""(score by people, score by the judge, number of counted examples with both)."""


def judge_score(first_order: str, second_order: str) -> Fraction:
    """Score of one example by a judge that was asked in both orders.

    Args:
        first_order: verdict when the candidate stood first.
        second_order: verdict when it stood second; both with sides resolved.
    Returns:
        The common score; 1/2 when the two orders differ, since a flip is a tie.
    Raises:
        ValueError: an unknown verdict.
    """
    first, second = score(first_order), score(second_order)
    return first if first == second else TIE


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
) -> JudgedRate:
    """Interval of the win rate by Z = (Y - l F + l) / (1 + l), mapped back.

    Args:
        groups: (score by people Y, score by the judge F, number of examples), exact.
        judge_mean: the judge's mean score over the whole main queue, which is known before the
            first vote; from 0 to 1.
        alpha: chance that the interval ever misses.
    Raises:
        ValueError: a score, a count or the mean is out of range.
    """
    weight = JUDGE_WEIGHT
    pairs = _checked(groups)
    if not 0 <= judge_mean <= 1:
        raise ValueError("The judge's mean score must lie between 0 and 1.")
    z_counts = [((y - weight * f + weight) / (1 + weight), n) for y, f, n in pairs]
    ends = interval(z_counts, alpha=alpha)
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
    """Pearson's correlation of people's scores with the judge's, from -1 to 1."""
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


def agreement_with_people(groups: Iterable[tuple[Fraction, Fraction, int]]) -> Agreement:
    """Cohen's kappa of people's majority (win, tie, loss) with the judge's score."""
    table: dict[tuple[str, str], int] = {}
    for y, f, count in _checked(groups):
        key = (_word(y), _word(f))
        table[key] = table.get(key, 0) + count
    return cohen_kappa(table)


def _word(value: Fraction) -> str:
    middle = (LOSS + WIN) / 2
    if value == middle:
        return "tie"
    return "win" if value > middle else "loss"
