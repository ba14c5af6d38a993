"""The input of the gates: small counts from one set of SQL aggregates."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from evaluation.gates.results import Crossing
from evaluation.stats.agreement import Agreement
from evaluation.stats.figures import Figures, figures
from evaluation.stats.intervals import PLAIN, Prior, anytime_p, log_evidence
from evaluation.stats.operational import Measured
from evaluation.stats.raters import RaterVotes
from evaluation.stats.tally import Tally


@dataclass(frozen=True)
class Counted:
    """The counted examples of one intent, or of the main queue.

    Attributes:
        subject: name of the intent; empty for the whole run.
        tally: the longest closed prefix of the served order.
        left: examples of the set that are not counted yet, 0 or more.
        crossing: the stored first crossing of the threshold, if there was one.
        prior: how the stake behind the interval is spread.
        highest_log_evidence: of the walk so far; None takes that of the tally.
        alarmed_at: number of the example at which the walk raised its alarm, if it did.
        broken: of an intent, examples that were set aside as broken.
        has_order: whether the examples have a served order; an unordered run has none.
    """

    subject: str
    tally: Tally
    left: int
    crossing: Crossing | None = None
    prior: Prior = PLAIN
    highest_log_evidence: float | None = None  # words: ok, a figure
    alarmed_at: int | None = None
    broken: int = 0
    has_order: bool = True

    @property
    def p(self) -> float:
        """Two-sided p of "the win rate is 1/2" that holds at every look."""
        if self.highest_log_evidence is None:
            return anytime_p(log_evidence(self.tally.score_counts, self.prior))
        return anytime_p(self.highest_log_evidence)

    @property
    def is_exhausted(self) -> bool:
        """Whether something was counted and nothing is left to count."""
        return self.left == 0 and self.tally.n > 0

    def figures(self, alpha: float) -> Figures:
        """Return win rate, interval and counts."""
        return figures(self.tally, alpha=alpha, prior=self.prior)


@dataclass(frozen=True)
class Operations:
    """Figures over the run's answers; None if they are not measured.

    Attributes:
        p95_ratio: p95 latency, candidate over baseline.
        cost_ratio: mean cost of an answer, candidate over baseline.
        refusals: share of the candidate's answers that refuse.
        errors: share of the candidate's answers that failed.
    """

    p95_ratio: Measured | None = None
    cost_ratio: Measured | None = None
    refusals: Measured | None = None
    errors: Measured | None = None


@dataclass(frozen=True)
class Evidence:
    """Everything that the gates of one run read.

    Attributes:
        overall: the counted examples of the main queue.
        intents: those of each intent, gated or watched.
        criteria: those of each criterion, within the main queue; `left` is that of the main queue.
        raters: the closing votes of each rater on the counted examples of the main queue.
        agreement: Gwet's AC2 with interval weights over all votes, with its interval.
        left, right: decisive votes for the left and the right answer, where the side is known.
        sides_are_random: False when a file's sides cannot have been drawn at random.
        skips: skipped comparisons, each skip once.
        votes: votes cast, to see the skips against.
        operations: figures over the run's answers.
    """

    overall: Counted
    agreement: Agreement
    intents: tuple[Counted, ...] = ()
    criteria: tuple[Counted, ...] = ()
    raters: tuple[RaterVotes, ...] = ()
    left: int = 0
    right: int = 0
    sides_are_random: bool = True
    skips: int = 0
    votes: int = 0
    operations: Operations = field(default_factory=Operations)

    @cached_property
    def active_raters(self) -> tuple[RaterVotes, ...]:
        """Raters with at least one closing vote on a counted example."""
        return tuple(rater for rater in self.raters if rater.votes)
