"""The win rate and its interval at earlier numbers of examples, as a chart shows them.

Each look is at the examples counted up to then, in served order. The looks are so few that the cost
does not grow with the run, and they lie on numbers that later charts use again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from evaluation.stats.intervals import PLAIN, Prior, interval

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from fractions import Fraction

    from evaluation.stats.tally import ScoreCounts

MAX_LOOKS = 64


class Look(NamedTuple):
    """Win rate and interval after so many examples, each from 0 to 1.

    Attributes:
        n: examples counted so far, at least 1.
        at: when the last of them was counted.
    """

    n: int
    estimate: float
    lower: float
    upper: float
    at: datetime | None = None


class Step(NamedTuple):
    """The examples between two looks.

    Attributes:
        scores: each exact score from 0 to 1 with its number of examples.
        through: place in the served order of the last of them.
        at: when the last of them was closed.
    """

    scores: Mapping[Fraction, int]
    through: int
    at: datetime | None = None


@dataclass(frozen=True)
class Course:
    """The looks so far, and what is needed to go on.

    Attributes:
        looks: in order.
        scores: each exact score with its number of examples, up to the last look.
        through: place in the served order of the last example.
        at: when the last example was counted.
    """

    looks: tuple[Look, ...] = ()
    scores: ScoreCounts = ()
    through: int = 0
    at: datetime | None = None

    @property
    def n(self) -> int:
        """Examples up to the last look."""
        return sum(count for _, count in self.scores)

    def thinned(self, step: int, *, keep: int | None = None) -> Course:
        """Return the course with the looks at multiples of `step`, and the one after `keep`."""
        looks = tuple(look for look in self.looks if look.n % step == 0 or look.n == keep)
        return Course(looks, self.scores, self.through, self.at)

    def extended(self, steps: Iterable[Step], *, alpha: float, prior: Prior = PLAIN) -> Course:
        """Return the course with a look after each further step.

        An example counts when all before it are closed, so its time is the latest so far.

        Args:
            steps: in served order, each with at least one example.
            alpha: chance that the interval ever misses.
            prior: of the interval, as the run's figures use it.
        """
        looks, counts = list(self.looks), dict(self.scores)
        through, at = self.through, self.at
        for step in steps:
            for score, count in step.scores.items():
                counts[score] = counts.get(score, 0) + count
            through = step.through
            if step.at is not None:
                at = step.at if at is None else max(at, step.at)
            looks.append(_look(counts, at, alpha, prior))
        return Course(tuple(looks), tuple(sorted(counts.items())), through, at)


def step_size(examples: int, at_most: int = MAX_LOOKS) -> int:
    """Return how many examples lie between two looks: 1, 2, 4, 8 and so on, so looks are kept.

    Args:
        examples: counted so far, 0 or more.
        at_most: looks, at least 1.
    """
    step = 1
    while examples > step * at_most:
        step *= 2
    return step


def _look(counts: Mapping[Fraction, int], at: datetime | None, alpha: float, prior: Prior) -> Look:
    scores = tuple(sorted(counts.items()))
    n = sum(counts.values())
    ends = interval(scores, alpha=alpha, prior=prior)
    rate = sum(score * count for score, count in scores) / n
    return Look(n, float(rate), ends.lower, ends.upper, at)
