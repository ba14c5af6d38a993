"""Votes that an open run still asks for, and reviewers who can give them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Sum
from django.db.models.functions import Now
from django.db.models.lookups import GreaterThan

from evaluation.results.reports.votes import RaterVoteCounts
from evaluation.runs.models import EvaluationRun, Rater
from evaluation.runs.models.counts import CLOSING_COLUMNS, sum_of
from evaluation.voting.models import Lease
from evaluation.voting.progress import remaining_by_reviewer, served_comparisons


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
    votes = sum_of(CLOSING_COLUMNS)
    found = served_comparisons(run).aggregate(
        examples=Count("pk"),
        votes=Sum(F("votes_needed") - votes),
        begun=Count("pk", filter=GreaterThan(votes, 0)),
    )
    current = [counts for counts in voting if counts.is_reviewer]
    leased = _leased(run) if current else {}
    left = remaining_by_reviewer(run, [counts.rater for counts in current])
    reviewers = [
        ReviewerWork(
            rater=counts.rater,
            votes=counts.votes,
            leased=leased.get(counts.rater.pk, 0),
            left=left[counts.rater.pk],
            last_vote_at=counts.last_vote_at,
        )
        for counts in current
    ]
    return VotingDemand(
        examples=found["examples"],
        votes=found["votes"] or 0,
        begun=found["begun"],
        reviewers=sorted(reviewers, key=lambda work: (-work.left, work.rater.name)),
    )


def _leased(run: EvaluationRun) -> dict[int, int]:
    """Return how many comparisons each rater holds, by rater."""
    held = Lease.objects.filter(run=run, state=Lease.State.LEASED, expires_at__gt=Now())
    return dict(held.order_by().values_list("rater_id").annotate(Count("pk")))
