"""Counts of examples, grouped by the verdicts that closed them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from evaluation.stats.verdicts import LOSS, TIE, WIN, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

ScoreCounts = tuple[tuple[Fraction, int], ...]
"""Each distinct value in [0, 1] with the number of examples that have it, sorted by value."""


class VerdictCounts(NamedTuple):
    """How many of an example's votes came to each verdict; `r` closing votes in all.

    `identical` stands for the votes of an example whose answers are the same: a tie by rule, which
    nobody votes on.
    """

    candidate: int = 0
    baseline: int = 0
    tie_good: int = 0
    tie_bad: int = 0
    identical: int = 0

    @property
    def votes(self) -> int:
        """Number of votes, at least 1 in a tally."""
        return sum(self)

    @property
    def score(self) -> Fraction:
        """Mean score of the votes, exact, from 0 to 1."""
        return _score(self)

    def share(self, verdict: Verdict) -> Fraction:
        """Return the exact share of the votes with this verdict."""
        return Fraction(self[_PLACES[verdict]], self.votes)

    def without(self, verdict: Verdict) -> VerdictCounts:
        """Return the counts with one vote of this verdict taken out.

        Raises:
            ValueError: there is no such vote.
        """
        if self[_PLACES[verdict]] == 0:
            raise ValueError(f"These votes hold no {verdict.value} to take out.")
        return VerdictCounts(*(n - (i == _PLACES[verdict]) for i, n in enumerate(self)))


@lru_cache(maxsize=4096)
def _score(votes: VerdictCounts) -> Fraction:
    # The same few kinds of examples come again in every tally; reducing fractions is slow.
    ties = votes.tie_good + votes.tie_bad + votes.identical
    return Fraction(2 * votes.candidate + ties, 2 * votes.votes)


_PLACES = {
    Verdict.CANDIDATE: 0,
    Verdict.BASELINE: 1,
    Verdict.TIE_GOOD: 2,
    Verdict.TIE_BAD: 3,
}


@dataclass(frozen=True)
class Shares:
    """The shares of each verdict and of identical answers, exact, which add up to 1.

    Each example weighs the same.
    """

    win: Fraction
    tie_good: Fraction
    tie_bad: Fraction
    loss: Fraction
    identical: Fraction


@dataclass(frozen=True)
class Tally:
    """Counted examples, grouped by their closing votes. Build it with `Tally.of`.

    Attributes:
        groups: sorted pairs of closing votes and the number of examples that closed so.
    """

    groups: tuple[tuple[VerdictCounts, int], ...] = ()

    @classmethod
    def of(cls, groups: Iterable[tuple[tuple[int, ...], int]]) -> Tally:
        """Return the tally of grouped counts.

        Args:
            groups: pairs of an example's votes (as in `VerdictCounts`) and the number of examples
                with these votes; the same votes may come more than once.
        Raises:
            ValueError: a negative count, or an example without a vote.
        """
        merged: dict[VerdictCounts, int] = {}
        for votes, examples in groups:
            counts = VerdictCounts(*votes)
            if examples < 0 or min(counts) < 0:
                raise ValueError("A count of votes or examples cannot be negative.")
            if counts.votes == 0:
                raise ValueError("An example without a vote cannot be counted.")
            merged[counts] = merged.get(counts, 0) + examples
        return _tally(tuple(sorted((votes, n) for votes, n in merged.items() if n)))

    def __add__(self, other: Tally) -> Tally:
        """Return the tally of both sets of examples together."""
        return Tally.of(self.groups + other.groups)

    def with_losses(self, examples: int) -> Tally:
        """Return the tally with so many more examples, each lost by the candidate."""
        return self + Tally.of([(VerdictCounts(baseline=1), examples)])

    @cached_property
    def n(self) -> int:
        """Number of counted examples."""
        return sum(examples for _, examples in self.groups)

    @cached_property
    def votes(self) -> int:
        """Number of closing votes on the counted examples."""
        return sum(votes.votes * examples for votes, examples in self.groups)

    @cached_property
    def score_counts(self) -> ScoreCounts:
        """Each distinct score with its number of examples; all that an interval needs."""
        return self._values(lambda votes: votes.score)

    def share_counts(self, verdict: Verdict) -> ScoreCounts:
        """Return each distinct share of one verdict among an example's votes, with its examples."""
        return self._values(lambda votes: votes.share(verdict))

    def _values(self, value_of: Callable[[VerdictCounts], Fraction]) -> ScoreCounts:
        merged: dict[Fraction, int] = {}
        for votes, examples in self.groups:
            value = value_of(votes)
            merged[value] = merged.get(value, 0) + examples
        return tuple(sorted(merged.items()))

    @cached_property
    def score_sum(self) -> Fraction:
        """Sum of the examples' scores, exact, from 0 to n."""
        ties = self._sum_of_shares(Verdict.TIE_GOOD) + self._sum_of_shares(Verdict.TIE_BAD)
        return self._sum_of_shares(Verdict.CANDIDATE) + (ties + self.ties_identical) / 2

    def _sum_of_shares(self, verdict: Verdict) -> Fraction:
        """Return the exact sum over the examples of a verdict's share of their votes."""
        by_votes: dict[int, int] = {}
        for votes, examples in self.groups:
            cast = votes.votes
            by_votes[cast] = by_votes.get(cast, 0) + votes[_PLACES[verdict]] * examples
        return sum((Fraction(share, cast) for cast, share in by_votes.items()), Fraction(0))

    @cached_property
    def estimate(self) -> Fraction | None:
        """Win rate: mean score of the counted examples, exact; None when there are none."""
        return self.score_sum / self.n if self.n else None

    @cached_property
    def wins(self) -> int:
        """Examples that scored exactly 1."""
        return dict(self.score_counts).get(WIN, 0)

    @cached_property
    def losses(self) -> int:
        """Examples that scored exactly 0."""
        return dict(self.score_counts).get(LOSS, 0)

    @cached_property
    def ties_bad(self) -> int:
        """Examples that scored exactly 1/2 with more votes for both bad than for both good."""
        return sum(
            examples
            for votes, examples in self.groups
            if votes.score == TIE and votes.tie_bad > votes.tie_good
        )

    @cached_property
    def ties_good(self) -> int:
        """Examples that scored exactly 1/2 and are no bad tie; those with identical answers too."""
        return dict(self.score_counts).get(TIE, 0) - self.ties_bad

    @cached_property
    def ties_identical(self) -> int:
        """Examples whose answers are identical, a tie by rule."""
        return sum(examples for votes, examples in self.groups if votes.identical)

    @cached_property
    def win_rate_without_ties(self) -> Fraction | None:
        """W / (W + L) over examples that scored exactly 1 or 0; None when there are none."""
        decisive = self.wins + self.losses
        return Fraction(self.wins, decisive) if decisive else None

    @cached_property
    def shares(self) -> Shares | None:
        """Mean over examples of each verdict's share of the votes; None without examples."""
        if not self.n:
            return None
        return Shares(
            win=self._sum_of_shares(Verdict.CANDIDATE) / self.n,
            tie_good=self._sum_of_shares(Verdict.TIE_GOOD) / self.n,
            tie_bad=self._sum_of_shares(Verdict.TIE_BAD) / self.n,
            loss=self._sum_of_shares(Verdict.BASELINE) / self.n,
            identical=Fraction(self.ties_identical, self.n),
        )

    def without_votes(self, taken: Iterable[tuple[tuple[int, ...], str, int]]) -> Tally:
        """Return the tally as if these votes had not been cast.

        An example keeps its other closing votes; one that had no other drops out.

        Args:
            taken: (closing votes of the example, the verdict taken out of it, number of such
                examples); at most one vote of each example, as with all votes of one rater.
        Raises:
            ValueError: an unknown verdict, or more examples than the tally holds.
        """
        remaining = dict(self.groups)
        left_over: list[tuple[VerdictCounts, int]] = []
        for votes, verdict, examples in taken:
            counts = VerdictCounts(*votes)
            if not 0 <= examples <= remaining.get(counts, 0):
                raise ValueError("The tally does not hold the examples to take votes out of.")
            remaining[counts] = remaining.get(counts, 0) - examples
            reduced = counts.without(Verdict(verdict))
            if reduced.votes:
                left_over.append((reduced, examples))
        return Tally.of([*remaining.items(), *left_over])


@lru_cache(maxsize=4096)
def _tally(groups: tuple[tuple[VerdictCounts, int], ...]) -> Tally:
    # Most rows of a report are unchanged since the last one, so their figures are cached.
    return Tally(groups)
