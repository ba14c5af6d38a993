"""The progress of reviewers: votes done, comparisons left, time left. Reads only."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from statistics import median
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Left

from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import Comparison, EvaluationRun, Rater
from evaluation.runs.models.counts import CLOSING_COLUMNS, sum_of
from evaluation.runs.permissions import active_runs_of
from evaluation.runs.reading import readable_by
from evaluation.stats.verdicts import Contender
from evaluation.voting.blinding import other
from evaluation.voting.gold_progress import gold_progress
from evaluation.voting.models import GoldLease, Lease, Vote
from evaluation.voting.undoable import undo_seconds_left
from reviewapp.people.models import Project, User

# The pace is calculated from the last votes; longer gaps count as breaks.
_PACE_VOTES = 20
_BREAK = timedelta(minutes=5)
# Characters of an answer that are shown beside the reasons.
BEGINNING: Final = 400


class NoComparison(StrEnum):
    """Why no comparison is served to a reviewer; `texts` has the sentences."""

    PAUSED = "paused"
    CLOSED = "closed"
    NOT_OPEN = "not_open"
    HELD = "held"
    LANGUAGES = "languages"
    COMPLETE = "complete"
    DONE = "done"


@dataclass(frozen=True)
class ReviewerProgress:
    """The progress of a reviewer.

    Attributes:
        done: their votes that were not undone.
        left: comparisons that may still be served to them, also those leased to others now.
        seconds_per_vote: their own pace; None before there are two votes.
    """

    done: int
    left: int
    seconds_per_vote: float | None

    @property
    def total(self) -> int:
        """Done and left together."""
        return self.done + self.left

    @property
    def minutes_left(self) -> int | None:
        """Upper bound at their own pace, as others vote too; None while the pace is unknown."""
        if self.seconds_per_vote is None:
            return None
        return max(1, round(self.left * self.seconds_per_vote / 60))


@dataclass(frozen=True)
class OpenRun:
    """A run in which a member is a reviewer, their progress, and why nothing is left if so."""

    run: EvaluationRun
    rater: Rater
    progress: ReviewerProgress

    @property
    def nothing(self) -> NoComparison | None:
        """Why no comparison is left for the reviewer; None while some are."""
        if self.progress.left:
            return None
        return no_comparison_reason(self.rater, done=self.progress.done, left=0)


@dataclass(frozen=True)
class Summary:
    """The work of a reviewer in a run."""

    votes: int
    skips: int
    minutes: int


def remaining_for(rater: Rater) -> int:
    """Return the number of comparisons that may still be served to this reviewer."""
    return _without_vote_of(rater).filter(readable_by(rater)).count()


def served_comparisons(run: EvaluationRun) -> QuerySet[Comparison]:
    """Return the open comparisons of a run that need votes now."""
    needed = run.comparisons.filter(
        state=Comparison.State.OPEN, votes_needed__gt=sum_of(CLOSING_COLUMNS)
    )
    if run.overall_decided_at is not None:
        needed = needed.filter(intent__decided_at__isnull=True)
    return needed


def _without_vote_of(rater: Rater) -> QuerySet[Comparison]:
    """Return the comparisons that are served and that the reviewer has not voted on."""
    voted = rater.votes.filter(undone_at__isnull=True).values("comparison")
    return served_comparisons(rater.run).exclude(pk__in=voted)


def reviewer_progress(rater: Rater) -> ReviewerProgress:
    """Return the progress of a reviewer in their run."""
    current_votes = rater.votes.filter(undone_at__isnull=True)
    times = list(current_votes.order_by("-at").values_list("at", flat=True)[:_PACE_VOTES])
    votes, remaining = current_votes.count(), remaining_for(rater)
    # Gold checks count like comparisons, so that the numbers do not tell which are which.
    gold = gold_progress(rater, votes=votes, remaining=remaining)
    return ReviewerProgress(
        done=votes + gold.done,
        left=remaining + gold.left,
        seconds_per_vote=seconds_per_vote(times),
    )


def seconds_per_vote(times: list[datetime]) -> float | None:
    """Return the median seconds between two votes without breaks, at least 1; None if unknown.

    `times` are the latest first.
    """
    gaps = [later - earlier for later, earlier in pairwise(times)]
    seconds = [gap.total_seconds() for gap in gaps if gap < _BREAK]
    return max(1.0, median(seconds)) if seconds else None


def open_runs_of(user: User, project: Project) -> list[OpenRun]:
    """Return the runs of the project that are open for this reviewer's votes, oldest first."""
    raters = Rater.objects.select_related("run").filter(
        user=user,
        removed_at__isnull=True,
        run__project=project,
        run__state=RunState.VOTING,
    )
    return [
        OpenRun(rater.run, rater, reviewer_progress(rater)) for rater in raters.order_by("run__pk")
    ]


def revealed_to(user: User, project: Project) -> list[EvaluationRun]:
    """Return the runs that are revealed to this reviewer, the last revealed first."""
    own_raters = Rater.objects.filter(user=user, removed_at__isnull=True)
    runs = EvaluationRun.objects.filter(project=project, revealed_at__isnull=False)
    own_runs = runs.filter(pk__in=own_raters.values("run")).order_by("-revealed_at")
    pairs = active_runs_of(user).values_list("candidate", "baseline")
    blind = {model for pair in pairs for model in pair}
    return list(own_runs.exclude(Q(candidate__in=blind) | Q(baseline__in=blind)))


def vote_of_lease(rater: Rater, public_id: UUID) -> Vote | None:
    """Return the reviewer's vote on a lease; None if there is none, or it was undone."""
    return _current_votes(rater).filter(lease__public_id=public_id).first()


def undoable_vote(rater: Rater) -> Vote | None:
    """Return the reviewer's last vote if they may still undo it."""
    last = _current_votes(rater).filter(lease__isnull=False).order_by("-at").first()
    if last is None or last.comparison.state != Comparison.State.OPEN:
        return None
    return last if undo_seconds_left(last) else None


def _current_votes(rater: Rater) -> QuerySet[Vote]:
    votes = rater.votes.filter(undone_at__isnull=True)
    return votes.select_related("comparison", "lease", "rater__run")


@dataclass(frozen=True)
class ShownAnswers:
    """The two answers of a comparison by the sides that its reviewer saw."""

    left: str
    right: str


def answers_shown(vote: Vote) -> ShownAnswers:
    """Return the beginnings of the answers that a vote was cast on, by the sides shown."""
    run, on_left = vote.rater.run, Contender(vote.left or Contender.CANDIDATE)
    models = {Contender.CANDIDATE: run.candidate_id, Contender.BASELINE: run.baseline_id}
    found = vote.comparison.answers.annotate(beginning=Left("text", BEGINNING))
    texts = dict(found.values_list("model_version", "beginning"))
    return ShownAnswers(texts[models[on_left]], texts[models[other(on_left)]])


def summary_of(rater: Rater) -> Summary:
    """Return the votes, skips and minutes of a reviewer."""
    times = list(
        rater.votes.filter(undone_at__isnull=True).order_by("-at").values_list("at", flat=True)
    )
    gaps = [later - earlier for later, earlier in pairwise(times)]
    spent = sum((gap for gap in gaps if gap < _BREAK), timedelta())
    skips = rater.leases.filter(state=Lease.State.SKIPPED)
    gold_votes = rater.gold_leases.filter(is_training=False, state=GoldLease.State.VOTED)
    gold_skips = rater.gold_leases.filter(state=GoldLease.State.SKIPPED)
    return Summary(
        votes=len(times) + gold_votes.count(),
        skips=skips.values("comparison").distinct().count() + gold_skips.count(),
        minutes=round(spent.total_seconds() / 60),
    )


def no_comparison_reason(rater: Rater, *, done: int, left: int) -> NoComparison:
    """Return why no comparison is served to a reviewer now.

    Args:
        rater: who would be served.
        done: as in `ReviewerProgress`; gold checks count, so that the page does not tell them.
        left: as in `ReviewerProgress`.
    """
    run = rater.run
    if run.state == RunState.CLOSED:
        return NoComparison.CLOSED
    if run.state != RunState.VOTING:
        return NoComparison.NOT_OPEN
    if run.paused:
        return NoComparison.PAUSED
    if left:
        return NoComparison.HELD
    if _without_vote_of(rater).exists():
        return NoComparison.LANGUAGES
    return NoComparison.DONE if done else NoComparison.COMPLETE
