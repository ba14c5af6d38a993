"""Whether a run is one: first half against second, and rater against rater.

Both are diagnostics that hold "if looked at once"; no gate reads them.

Sources: B. L. Welch (1947), Biometrika 34, 28-35; W. G. Cochran (1954), Biometrics 10, 101-129 (Q);
E. B. Wilson and M. M. Hilferty (1931), PNAS 17, 684-688 (chi-square); R. DerSimonian and N. Laird
(1986), Control. Clin. Trials 7, 177-188; J. Higgins, S. Thompson and D. Spiegelhalter (2009),
J. R. Stat. Soc. A 172, 137-159 (prediction interval).
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from statistics import NormalDist
from typing import TYPE_CHECKING

from evaluation.stats.intervals import Interval
from evaluation.stats.verdicts import score

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from evaluation.stats.raters import RaterVotes
    from evaluation.stats.tally import ScoreCounts

MIN_IN_HALF = 20
"""Examples in each half before a drift is looked for: the normal approximation needs them."""
MIN_VOTES = 20
"""Votes of a rater before they are compared with others."""
_MIN_RATERS = 2
_REACH = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True)
class Halves:
    """The win rates of a first and a second half.

    Attributes:
        first, second: win rates from 0 to 1.
        p: two-sided, of no difference; valid for one look.
    """

    first: float
    second: float
    p: float


def compare_halves(first: ScoreCounts, second: ScoreCounts) -> Halves | None:
    """Compare two sets of examples by Welch's test; None when one has fewer than 20 examples.

    One imagined win and one imagined loss in each half keep the variance above 0.
    """
    if min(_n(first), _n(second)) < MIN_IN_HALF:
        return None
    before, after = _mean(first), _mean(second)
    error = math.sqrt(_variance(first) / _n(first) + _variance(second) / _n(second))
    return Halves(before, after, _two_sided((after - before) / error))


@dataclass(frozen=True, slots=True)
class RaterSpread:
    """How far the raters' own win rates lie apart.

    Attributes:
        raters: compared ones, the lowest win rate first, as (name, win rate, votes).
        p: of all of them being the same but for chance; valid for one look.
        another: win rate by the votes of another rater, in 95 of 100 cases; None below 3 raters.
    """

    raters: tuple[tuple[str, float, int], ...]
    p: float
    another: Interval | None


def rater_spread(raters: Iterable[RaterVotes]) -> RaterSpread | None:
    """Compare raters by Cochran's Q on their own votes; None below two with 20 votes each.

    Comparisons are given to raters in served order, so that their examples differ by chance only.
    """
    own = {rater.rater: _own_scores(rater) for rater in raters if rater.votes >= MIN_VOTES}
    if len(own) < _MIN_RATERS:
        return None
    n = {name: _n(scores) for name, scores in own.items()}
    mean = {name: _mean(scores) for name, scores in own.items()}
    total = sum(n.values())
    within = sum(_variance(scores) * n[name] for name, scores in own.items()) / total
    overall = sum(n[name] * mean[name] for name in own) / total
    q = sum(n[name] * (mean[name] - overall) ** 2 for name in own) / within
    degrees = len(own) - 1
    between = max(0.0, (q - degrees) * within / (total - sum(k * k for k in n.values()) / total))
    ordered = sorted((mean[name], name) for name in own)
    return RaterSpread(
        raters=tuple((name, rate, n[name]) for rate, name in ordered),
        p=chi_square_p(q, degrees),
        another=_another(n, mean, within, between),
    )


def _another(
    n: Mapping[str, int], mean: Mapping[str, float], within: float, between: float
) -> Interval | None:
    """Where the win rate of a further rater would lie if they differ like the present ones."""
    if len(n) <= _MIN_RATERS:
        return None
    weights = {name: 1 / (within / n[name] + between) for name in n}
    whole = sum(weights.values())
    centre = sum(weights[name] * mean[name] for name in n) / whole
    reach = _REACH * math.sqrt(between + 1 / whole)
    return Interval(max(0.0, centre - reach), min(1.0, centre + reach))


def chi_square_p(value: float, degrees: int) -> float:
    """Chance that a chi-square lies above a value, by the cube root of Wilson and Hilferty.

    Within 0.002 of the exact chance between 0.001 and 0.2 for 2 degrees or more, 0.004 for 1.
    """
    if value <= 0:
        return 1.0
    part = 2 / (9 * degrees)
    z = ((value / degrees) ** (1 / 3) - (1 - part)) / math.sqrt(part)
    return 1 - NormalDist().cdf(z)


def _own_scores(rater: RaterVotes) -> ScoreCounts:
    counts: Counter[Fraction] = Counter()
    for _votes, verdict, examples in rater.groups:
        counts[score(verdict)] += examples
    return tuple(sorted(counts.items()))


def _n(scores: ScoreCounts) -> int:
    return sum(count for _, count in scores)


def _mean(scores: ScoreCounts) -> float:
    return float(sum((x * count for x, count in scores), Fraction(0)) / _n(scores))


def _variance(scores: ScoreCounts) -> float:
    """Variance with one imagined win and one imagined loss, so never 0."""
    mean = _mean(scores)
    squares = sum(count * (float(x) - mean) ** 2 for x, count in scores)
    return (squares + mean**2 + (1 - mean) ** 2) / (_n(scores) + 1)


def _two_sided(z: float) -> float:
    return 2 * (1 - NormalDist().cdf(abs(z)))
