"""The figures of one row: of an intent, a slice, or the whole run."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from evaluation.stats.intervals import ALPHA, PLAIN, Interval, Prior, interval

if TYPE_CHECKING:
    from evaluation.stats.tally import Tally


@dataclass(frozen=True, slots=True)
class Figures:
    """What is shown, and printed as JSON, of one set of counted examples.

    Attributes:
        estimate: win rate from 0 to 1; None when nothing is counted.
        lower, upper: anytime interval of the win rate; 0 and 1 when nothing is counted.
        n: counted examples.
        wins, ties_good, ties_bad, losses: examples that scored exactly 1, 1/2, 1/2, 0.
        ties_identical: examples with identical answers, a tie by rule; `ties_good` has them too.
        score_sum: sum of the examples' scores, from 0 to n.
    """

    estimate: float | None
    lower: float
    upper: float
    n: int
    wins: int
    ties_good: int
    ties_bad: int
    losses: int
    score_sum: float
    ties_identical: int = 0

    @property
    def mixed(self) -> int:
        """How many examples scored none of 1, 1/2 and 0: their votes differ."""
        return self.n - self.wins - self.ties_good - self.ties_bad - self.losses

    @property
    def interval(self) -> Interval:
        """The two ends together."""
        return Interval(self.lower, self.upper)

    def as_json(self) -> dict[str, float | int | None]:
        """Return the figures under the names of the public interface."""
        return asdict(self)


@lru_cache(maxsize=4096)
def figures(tally: Tally, *, alpha: float = ALPHA, prior: Prior = PLAIN) -> Figures:
    """Return the figures of a tally.

    Args:
        tally: the counted examples; may be empty.
        alpha: chance that the interval ever misses, strictly between 0 and 1.
        prior: of the interval.
    """
    ends = interval(tally.score_counts, alpha=alpha, prior=prior)
    return Figures(
        estimate=None if tally.estimate is None else float(tally.estimate),
        lower=ends.lower,
        upper=ends.upper,
        n=tally.n,
        wins=tally.wins,
        ties_good=tally.ties_good,
        ties_bad=tally.ties_bad,
        losses=tally.losses,
        score_sum=float(tally.score_sum),
        ties_identical=tally.ties_identical,
    )
