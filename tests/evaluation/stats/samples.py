"""Small builders of counts."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import TYPE_CHECKING

from evaluation.stats.tally import Tally

if TYPE_CHECKING:
    from evaluation.stats.tally import ScoreCounts

HALF = Fraction(1, 2)


def scores(wins: int, ties: int, losses: int) -> ScoreCounts:
    """Counts of examples that scored 1, 1/2 and 0."""
    counts = ((Fraction(0), losses), (HALF, ties), (Fraction(1), wins))
    return tuple((x, n) for x, n in counts if n)


def tally(wins: int, losses: int, ties_good: int = 0, ties_bad: int = 0) -> Tally:
    """A tally of examples with one vote each."""
    return Tally.of(
        [
            ((1, 0, 0, 0), wins),
            ((0, 1, 0, 0), losses),
            ((0, 0, 1, 0), ties_good),
            ((0, 0, 0, 1), ties_bad),
        ]
    )


def seeded(seed: int) -> random.Random:
    """Chance that is the same every time."""
    return random.Random(seed)  # noqa: S311 - a simulation, not a secret.
