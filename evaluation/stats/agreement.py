"""How much raters agree beyond chance.

Sources: K. Krippendorff (2011), Computing Krippendorff's Alpha-Reliability; J. Cohen (1960),
Educ. Psychol. Meas. 20, 37-46; K. Gwet (2008), Br. J. Math. Stat. Psychol. 61, 29-48, and (2014),
Handbook of Inter-Rater Reliability, 4th ed.: AC1 and AC2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import combinations
from operator import mul
from random import Random
from statistics import NormalDist
from typing import TYPE_CHECKING

from evaluation.stats.intervals import ALPHA, Interval
from evaluation.stats.resampling import RESAMPLES, SEED, multinomial, percentile_interval
from reviewapp.core.messages import Message, message

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from evaluation.stats.tally import VerdictCounts

SCORE_VALUES = (0.0, 0.5, 1.0)

NO_SHARED_EXAMPLES = message("stats.no_shared_examples")
ALL_THE_SAME = message("stats.all_the_same")
ONE_VALUE_EACH = message("stats.one_value_each")
NO_SHARED_PAIR = message("stats.no_shared_pair")


class Distance(StrEnum):
    """The kind of distance between two values."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"


@dataclass(frozen=True, slots=True)
class Agreement:
    """A coefficient, or the reason why there is none.

    Attributes:
        value: at most 1 (perfect); 0 is chance; None when undefined.
        reason: None, or why the value is None and what to do about it.
        units: examples with at least two votes.
        interval: bootstrap interval over examples; None when undefined or not asked for.
    """

    value: float | None
    reason: Message | None
    units: int
    interval: Interval | None = None


@dataclass(frozen=True, slots=True)
class Units:
    """Examples grouped by how often each value was given to them.

    Attributes:
        values: the values in rising order.
        groups: pairs of counts (one for each value) and the number of examples with them; only
            examples with at least two votes.
    """

    values: tuple[float, ...]
    groups: tuple[tuple[tuple[int, ...], int], ...]

    @classmethod
    def of(cls, values: Sequence[float], groups: Iterable[tuple[Sequence[int], int]]) -> Units:
        """Return the units: equal groups merged, examples with fewer than two votes left out.

        Raises:
            ValueError: a group does not have one count for each value, or one is negative.
        """
        merged: dict[tuple[int, ...], int] = {}
        for counts, units in groups:
            key = tuple(counts)
            if len(key) != len(values) or min(*key, units) < 0:
                raise ValueError("Each example needs one count, 0 or more, for each value.")
            if sum(key) > 1 and units:
                merged[key] = merged.get(key, 0) + units
        return cls(tuple(values), tuple(sorted(merged.items())))

    @property
    def n(self) -> int:
        """Number of examples with at least two votes."""
        return sum(units for _, units in self.groups)


def score_units(groups: Iterable[tuple[VerdictCounts, int]]) -> Units:
    """Return the units of the scores 0, 1/2, 1 from all votes of each example, later ones too."""
    return Units.of(
        SCORE_VALUES,
        (
            ((votes.baseline, votes.tie_good + votes.tie_bad, votes.candidate), examples)
            for votes, examples in groups
        ),
    )


def krippendorff(units: Units, distance: Distance) -> Agreement:
    """Return Krippendorff's alpha of grouped units, without an interval.

    Args:
        units: examples grouped by the counts of each value.
        distance: how far apart two values are held to be.
    """
    if not units.groups:
        return Agreement(None, NO_SHARED_EXAMPLES, 0)
    value = _alpha(_coincidences(units), [n for _, n in units.groups], units.values, distance)
    if value is None:
        return Agreement(None, ALL_THE_SAME, units.n)
    return Agreement(value, None, units.n)


@lru_cache(maxsize=256)
def krippendorff_with_interval(
    units: Units, distance: Distance, *, alpha: float = ALPHA, resamples: int = RESAMPLES
) -> Agreement:
    """Return Krippendorff's alpha with a bootstrap interval over examples, valid for one look.

    Args:
        units: examples grouped by the counts of each value.
        distance: how far apart two values are held to be.
        alpha: part of the resamples left out of the interval.
        resamples: seeded draws of as many examples as there are; draws in which alpha is
            undefined are left out.
    """
    found = krippendorff(units, distance)
    if found.value is None:
        return found
    rng = Random(SEED)  # noqa: S311 - a simulation, not a secret.
    coincidences = _coincidences(units)
    sizes = [n for _, n in units.groups]
    draws = [
        _alpha(coincidences, multinomial(rng, sizes), units.values, distance)
        for _ in range(resamples)
    ]
    defined = [value for value in draws if value is not None]
    ends = percentile_interval(defined, alpha=alpha) if defined else None
    return Agreement(found.value, None, found.units, ends)


AC2_ALPHA = 0.1
"""Part left out of the interval of AC2, half of it on each side: its ends are at 5 % and 95 %."""


@lru_cache(maxsize=256)
def gwet(units: Units, distance: Distance, *, alpha: float = AC2_ALPHA) -> Agreement:
    """Return Gwet's AC2 with interval weights (AC1 with nominal ones) and its interval.

    Unlike Krippendorff's alpha it does not collapse when one value is given nearly always: the
    agreement expected by chance is that of values which are spread evenly. The interval is
    normal, with the linearised variance of Gwet (2008), and holds for one look.

    Args:
        units: examples grouped by the counts of each value, two values or more.
        distance: nominal or interval.
        alpha: part left out of the interval.
    Returns:
        The coefficient, 1 for unanimous votes; a reason without a shared example.
    """
    n = units.n
    if not n:
        return Agreement(None, NO_SHARED_EXAMPLES, 0)
    weights = _gwet_weights(units.values, distance)
    observed = [_weighted_agreement(counts, weights) for counts, _ in units.groups]
    expected = _gwet_chance(units, weights)
    sizes = [size for _, size in units.groups]
    by_chance = math.fsum(map(mul, sizes, expected)) / n
    above_chance = 1 - by_chance
    value = (math.fsum(map(mul, sizes, observed)) / n - by_chance) / above_chance
    pulls = [
        (seen - by_chance) / above_chance - 2 * (1 - value) * (chance - by_chance) / above_chance
        for seen, chance in zip(observed, expected, strict=True)
    ]
    squares = math.fsum(size * (pull - value) ** 2 for size, pull in zip(sizes, pulls, strict=True))
    error = math.sqrt(squares / (n * (n - 1))) if n > 1 else math.inf
    reach = NormalDist().inv_cdf(1 - alpha / 2) * error
    return Agreement(value, None, n, Interval(max(-1.0, value - reach), min(1.0, value + reach)))


def _gwet_weights(values: Sequence[float], distance: Distance) -> list[list[float]]:
    """Return the weights of pairs of values: 1 for equal ones, 0 for the two farthest apart."""
    if distance is Distance.NOMINAL:
        return [[float(value == other) for other in values] for value in values]
    span = values[-1] - values[0]
    return [[1 - ((value - other) / span) ** 2 for other in values] for value in values]


def _gwet_chance(units: Units, weights: Sequence[Sequence[float]]) -> list[float]:
    """Return the agreement expected by chance of one example of each group."""
    places = range(len(units.values))
    given = [
        math.fsum(size * counts[k] / sum(counts) for counts, size in units.groups) / units.n
        for k in places
    ]
    scale = sum(map(sum, weights)) / (len(weights) * (len(weights) - 1))
    return [
        scale * math.fsum(counts[k] * (1 - given[k]) for k in places) / sum(counts)
        for counts, _ in units.groups
    ]


def _weighted_agreement(counts: Sequence[int], weights: Sequence[Sequence[float]]) -> float:
    """Return the mean weight of two different votes on one example."""
    votes = sum(counts)
    pairs = math.fsum(
        count * (math.fsum(map(mul, row, counts)) - 1)
        for count, row in zip(counts, weights, strict=True)
    )
    return pairs / (votes * (votes - 1))


@dataclass(frozen=True, slots=True)
class _Coincidences:
    """What one example of each group adds, in the order of the groups.

    Attributes:
        margins: for each value, how often it was given.
        pairs: for each two places of unlike values, how often they met.
    """

    margins: list[list[int]]
    pairs: dict[tuple[int, int], list[float]]


def _coincidences(units: Units) -> _Coincidences:
    votes = [counts for counts, _ in units.groups]
    places = range(len(units.values))
    return _Coincidences(
        margins=[[counts[c] for counts in votes] for c in places],
        pairs={
            (c, k): [counts[c] * counts[k] / (sum(counts) - 1) for counts in votes]
            for c, k in combinations(places, 2)
        },
    )


def _alpha(
    coincidences: _Coincidences, sizes: Sequence[int], values: Sequence[float], distance: Distance
) -> float | None:
    """Return alpha of `sizes` examples of each group; None when all values are equal."""
    margins: list[int] = [sum(map(mul, sizes, given)) for given in coincidences.margins]
    observed = expected = 0.0
    for (c, k), met in coincidences.pairs.items():
        gap = _squared_distance(c, k, values, margins, distance)
        observed += gap * math.fsum(map(mul, sizes, met))
        expected += gap * margins[c] * margins[k]
    if expected == 0:
        return None
    return 1 - (sum(margins) - 1) * observed / expected


def _squared_distance(
    c: int, k: int, values: Sequence[float], margins: Sequence[int], distance: Distance
) -> float:
    if distance is Distance.NOMINAL:
        return 1.0
    if distance is Distance.INTERVAL:
        return (values[c] - values[k]) ** 2
    between = sum(margins[c : k + 1]) - (margins[c] + margins[k]) / 2
    return between**2


def cohen_kappa(table: Mapping[tuple[str, str], int]) -> Agreement:
    """Return Cohen's unweighted kappa of two raters.

    Args:
        table: (verdict of the first, verdict of the second) to the number of examples that both
            voted on.
    Raises:
        ValueError: a negative count.
    """
    if any(count < 0 for count in table.values()):
        raise ValueError("A count of examples cannot be negative.")
    n = sum(table.values())
    if not n:
        return Agreement(None, NO_SHARED_PAIR, 0)
    first: dict[str, int] = {}
    second: dict[str, int] = {}
    for (word, other), count in table.items():
        first[word] = first.get(word, 0) + count
        second[other] = second.get(other, 0) + count
    by_chance = sum(count * second.get(word, 0) for word, count in first.items())
    if by_chance == n * n:
        return Agreement(None, ONE_VALUE_EACH, n)
    agreed = sum(count for (word, other), count in table.items() if word == other)
    return Agreement((n * agreed - by_chance) / (n * n - by_chance), None, n)
