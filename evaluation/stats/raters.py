"""Figures of raters: shares, sides, and the result without one of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from evaluation.stats.intervals import ALPHA, Interval, interval
from evaluation.stats.tally import Tally, VerdictCounts
from evaluation.stats.verdicts import LOSS, WIN, Verdict, score

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

GOLD_FLOOR = 0.7
"""A rater is flagged when even the upper bound of the accuracy lies below this."""

_EVEN = 0.5

MIN_CLUSTERS = 5
"""Fewest raters for which a standard error clustered by rater means anything."""


@dataclass(frozen=True)
class RaterVotes:
    """The closing votes of one rater on counted examples, grouped. Build it with `of`.

    Attributes:
        rater: name or id of the rater.
        groups: (all closing votes of the example, this rater's verdict, number of examples).
    """

    rater: str
    groups: tuple[tuple[VerdictCounts, Verdict, int], ...]

    @classmethod
    def of(cls, rater: str, groups: Iterable[tuple[tuple[int, ...], str, int]]) -> RaterVotes:
        """Return the votes of a rater after checking them.

        Raises:
            ValueError: an unknown verdict, or one that the example's closing votes lack.
        """
        checked = []
        for votes, verdict, examples in groups:
            known, counts = Verdict(verdict), VerdictCounts(*votes)
            counts.without(known)
            checked.append((counts, known, examples))
        return cls(rater, tuple(checked))

    @cached_property
    def votes(self) -> int:
        """Number of closing votes by this rater."""
        return sum(examples for _, _, examples in self.groups)

    @cached_property
    def weight(self) -> Fraction:
        """Counted examples this rater holds: one of r closing votes holds 1/r of its example."""
        by_size: dict[int, int] = {}
        for votes, _, examples in self.groups:
            by_size[votes.votes] = by_size.get(votes.votes, 0) + examples
        return sum((Fraction(n, size) for size, n in by_size.items()), Fraction(0))

    @cached_property
    def tally(self) -> Tally:
        """This rater's own verdicts, each as an example of its own."""
        return Tally.of((_alone(verdict), examples) for _, verdict, examples in self.groups)


def _alone(verdict: Verdict) -> tuple[int, ...]:
    return (
        int(verdict is Verdict.CANDIDATE),
        int(verdict is Verdict.BASELINE),
        int(verdict is Verdict.TIE_GOOD),
        int(verdict is Verdict.TIE_BAD),
    )


@dataclass(frozen=True, slots=True)
class LeftShare:
    """How often the left answer won among decisive votes.

    Attributes:
        share: from 0 to 1; None when no decisive vote with a known side was cast.
        interval: anytime interval of the share; [0, 1] without such votes.
        n: decisive votes with a known side.
    """

    share: float | None
    interval: Interval
    n: int


def left_share(left: int, right: int, *, alpha: float = ALPHA) -> LeftShare:
    """Return the share of the left side among decisive votes.

    Votes are counted, not examples: sides are drawn anew for each lease, so without a
    preference for a side the votes are independent fair coins even within one example.

    Args:
        left: decisive votes for the answer on the left, 0 or more.
        right: decisive votes for the answer on the right, 0 or more.
        alpha: chance that the interval ever misses.
    Raises:
        ValueError: a negative count.
    """
    n = left + right
    ends = interval(((LOSS, right), (WIN, left)), alpha=alpha)
    return LeftShare(left / n if n else None, ends, n)


def sides_look_random(candidate_left: int, baseline_left: int, *, alpha: float = ALPHA) -> bool:
    """Return whether imported sides can have been drawn at random for each vote.

    They cannot when one model stood on the left too often: then a preference for a side and one
    for a model are the same figure.

    Args:
        candidate_left, baseline_left: votes with that model on the left, 0 or more.
        alpha: chance of the interval ever missing.
    """
    return left_share(candidate_left, baseline_left, alpha=alpha).interval.contains(_EVEN)


def largest_share(  # words: ok, a figure
    raters: Sequence[RaterVotes],
) -> tuple[str, Fraction] | None:
    """Return the rater who holds most of the counted examples, and the part held; None if empty.

    An example with r closing votes counts 1/r for each of its raters.
    """
    total = sum((rater.weight for rater in raters), Fraction(0))
    if not total:
        return None
    top = max(raters, key=lambda rater: (rater.weight, rater.rater))
    return top.rater, top.weight / total


@dataclass(frozen=True, slots=True)
class WithoutRater:
    """The counted examples as if one rater had not voted."""

    rater: str
    tally: Tally


def leave_one_out(overall: Tally, raters: Iterable[RaterVotes]) -> tuple[WithoutRater, ...]:
    """Return the counted examples without each rater in turn.

    Examples keep the votes of the others; those that nobody else voted on drop out.

    Args:
        overall: all counted examples.
        raters: the closing votes of every rater on them.
    Raises:
        ValueError: the raters' votes do not belong to the tally.
    """
    return tuple(WithoutRater(rater.rater, overall.without_votes(rater.groups)) for rater in raters)


def leave_one_out_range(left_out: Iterable[WithoutRater]) -> Interval | None:
    """Return the lowest and highest win rate without one rater; None when no votes are left."""
    rates = [
        float(without.tally.estimate) for without in left_out if without.tally.estimate is not None
    ]
    return Interval(min(rates), max(rates)) if rates else None


def standard_error_by_rater(overall: Tally, raters: Sequence[RaterVotes]) -> float | None:
    """Return the standard error of the win rate, clustered by rater; valid only for one look.

    Each closing vote weighs 1/r of its example; the residuals of one rater are summed before
    they are squared.

    Args:
        overall: all counted examples.
        raters: the closing votes of every rater on them.
    Returns:
        The standard error on the scale of the win rate; None below five raters, since with so
        few clusters it is far too small.
    Source: C. Cameron and D. Miller (2015), J. Hum. Resour. 50, 317-372.
    """
    if overall.estimate is None or len(raters) < MIN_CLUSTERS:
        return None
    centre = float(overall.estimate)
    residuals = [
        math.fsum(
            examples * (float(score(verdict)) - centre) / votes.votes
            for votes, verdict, examples in rater.groups
        )
        for rater in raters
    ]
    clusters = len(raters)
    squares = math.fsum(residual**2 for residual in residuals) * clusters / (clusters - 1)
    return math.sqrt(squares) / overall.n


@dataclass(frozen=True, slots=True)
class GoldCheck:
    """A rater's answers to examples with an agreed answer.

    Attributes:
        accuracy: share right, from 0 to 1; None before the first gold check.
        interval: anytime interval of the true accuracy; [0, 1] before the first.
        n: gold checks answered.
        flagged: the upper bound lies below 0.7. A flag asks a lead to look; it removes nobody.
    """

    accuracy: float | None
    interval: Interval
    n: int
    flagged: bool

    @property
    def upper(self) -> float:
        """Anytime upper bound of the true accuracy; 1 before the first."""
        return self.interval.upper


def gold_check(right: int, wrong: int, *, alpha: float = ALPHA) -> GoldCheck:
    """Return a rater's accuracy on examples with an agreed answer, and whether it is too low.

    Args:
        right: gold checks answered as agreed, 0 or more.
        wrong: gold checks answered otherwise, 0 or more.
        alpha: chance that the interval behind the bound ever misses.
    Raises:
        ValueError: a negative count.
    """
    n = right + wrong
    ends = interval(((LOSS, wrong), (WIN, right)), alpha=alpha)
    return GoldCheck(right / n if n else None, ends, n, ends.upper < GOLD_FLOOR)
