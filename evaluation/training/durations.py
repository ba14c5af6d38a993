"""How long a training takes, by earlier ones on the same base model. Pure.

A training takes a time that does not depend on its size (the queue, the check of the files) and one
for each token. Both are fitted to the earlier trainings by medians, so that a single slow one does
not count for much (after Theil and Sen, https://doi.org/10.1007/978-94-011-2546-8_20).
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

MIN_SECONDS = 1.0
MIN_SPREAD = 1.2
"""Two trainings tell what a token takes only if one has this many times the tokens of the other."""
FEW, FEW_FACTOR = 3, 3.0
SOME, SOME_FACTOR = 6, 2.0
LEAST_FACTOR = 1.5


@dataclass(frozen=True)
class Took:
    """What an earlier training took."""

    tokens: int
    seconds: float


@dataclass(frozen=True)
class Duration:
    """A forecast of a time.

    Attributes:
        factor: the time is expected between `seconds` divided by it and times it: the largest
            error of forecasting each earlier training by the others, but at least 1.5, with fewer
            than six of them 2, with fewer than three 3; wider for sizes beyond theirs.
        trainings: on which it is based.
    """

    seconds: int
    factor: float
    trainings: int


def duration_by(history: Sequence[Took], tokens: int) -> Duration | None:
    """Return how long a training of so many tokens takes; None without an earlier one.

    Args:
        history: with at least one token each.
        tokens: of all epochs together.
    """
    if not history:
        return None
    known = [Took(took.tokens, max(MIN_SECONDS, took.seconds)) for took in history]
    seconds = _seconds(known, tokens)
    return Duration(math.ceil(seconds), _factor(known, tokens), len(known))


def _seconds(history: Sequence[Took], tokens: int) -> float:
    """Return the fitted time of a training."""
    slopes = [
        ((large.seconds - small.seconds) / (large.tokens - small.tokens), large.tokens)
        for small, large in _pairs(history)
    ]
    if not slopes:
        # Between the same time and one in proportion to the size.
        return median(took.seconds * math.sqrt(tokens / took.tokens) for took in history)
    per_token = max(0.0, _weighted_median(slopes))
    fixed = median(took.seconds - per_token * took.tokens for took in history)
    if fixed < 0:
        per_token, fixed = median(took.seconds / took.tokens for took in history), 0.0
    return max(MIN_SECONDS, fixed + per_token * tokens)


def _pairs(history: Sequence[Took]) -> Iterable[tuple[Took, Took]]:
    ordered = sorted(history, key=lambda took: took.tokens)
    found = combinations(ordered, 2)
    return (pair for pair in found if pair[1].tokens >= MIN_SPREAD * pair[0].tokens)


def _weighted_median(values: Iterable[tuple[float, float]]) -> float:
    """Return the value at half of the weight; pairs are value and weight."""
    ordered = sorted(values)
    half, reached = sum(weight for _, weight in ordered) / 2, 0.0
    for value, weight in ordered:
        reached += weight
        if reached >= half:
            return value
    return ordered[-1][0]


def _factor(history: Sequence[Took], tokens: int) -> float:
    sizes = [took.tokens for took in history]
    if len(history) < FEW:
        worst, compared = FEW_FACTOR, []
    else:
        worst, compared = LEAST_FACTOR if len(history) >= SOME else SOME_FACTOR, [*history]
    for place, took in enumerate(compared):
        others = [*history[:place], *history[place + 1 :]]
        ratio = _seconds(others, took.tokens) / took.seconds
        worst = max(worst, ratio, 1 / ratio)
    beyond = max(min(sizes) / tokens, tokens / max(sizes), 1.0) if tokens else 1.0
    return math.ceil(worst * math.sqrt(beyond) * 10) / 10
