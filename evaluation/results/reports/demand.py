"""Votes that an open run still asks for, and reviewers who can give them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Max, Sum
from django.db.models.functions import Now
from django.db.models.lookups import GreaterThan

from evaluation.results.reports.votes import RaterVoteCounts
from evaluation.runs.models import Comparison, EvaluationRun, Rater
from evaluation.runs.models.counts import CLOSING_COLUMNS, sum_of
from evaluation.voting.models import Lease, Vote
from evaluation.voting.progress import remaining_for


@dataclass(frozen=True)
class ReviewerWork:
    """What one reviewer of the run has done and may still do.

    Attributes:
        votes: that were not undone.
        leased: comparisons on their page now.
        left: comparisons that may still be served to them.
        last_vote_at: None before the first.
    """

    rater: Rater
    votes: int
    leased: int
    left: int
    last_vote_at: datetime | None


@dataclass(frozen=True)
class VotingDemand:
    """The votes that an open run still asks for.

    Attributes:
        examples: open ones that are served now.
        votes: that they miss.
        begun: examples among them that have a vote, so that another reviewer must give the next.
        reviewers: the current ones, who can give most first.
    """

    examples: int
    votes: int
    begun: int
    reviewers: list[ReviewerWork]


def voting_demand(run: EvaluationRun, voting: tuple[RaterVoteCounts, ...]) -> VotingDemand:
    """Return the votes that an open run still asks for, and its current reviewers."""
    open_ones = run.comparisons.filter(
        state=Comparison.State.OPEN, votes_needed__gt=sum_of(CLOSING_COLUMNS)
    )
    if run.overall_decided_at is not None:
        open_ones = open_ones.filter(intent__decided_at__isnull=True)
    missing = F("votes_needed") - sum_of(CLOSING_COLUMNS)
    found = open_ones.order_by().aggregate(examples=Count("pk"), votes=Sum(missing))
    current = [one for one in voting if one.rater.removed_at is None and one.rater.user_id]
    leased, last = _leased(run), _last_votes(run)
    reviewers = [
        ReviewerWork(
            rater=one.rater,
            votes=one.votes,
            leased=leased.get(one.rater.pk, 0),
            left=remaining_for(one.rater),
            last_vote_at=last.get(one.rater.pk),
        )
        for one in current
    ]
    return VotingDemand(
        examples=found["examples"],
        votes=found["votes"] or 0,
        begun=open_ones.filter(GreaterThan(sum_of(CLOSING_COLUMNS), 0)).count(),
        reviewers=sorted(reviewers, key=lambda one: (-one.left, one.rater.name)),
    )


def _leased(run: EvaluationRun) -> dict[int, int]:
    """Return how many comparisons each rater holds, by rater."""
    held = Lease.objects.filter(run=run, state=Lease.State.LEASED, expires_at__gt=Now())
    return dict(held.order_by().values_list("rater_id").annotate(Count("pk")))


def _last_votes(run: EvaluationRun) -> dict[int, datetime]:
    """Return when each rater voted last, by rater."""
    cast = Vote.objects.filter(run=run, undone_at__isnull=True).order_by()
    return dict(cast.values_list("rater_id").annotate(Max("at")))
