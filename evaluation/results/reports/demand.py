"""Votes that an open run still asks for, and reviewers who can give them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F
from django.db.models.functions import Now
from django.db.models.lookups import GreaterThan

from evaluation.results.reports.run_report import RunReport
from evaluation.runs.models import EvaluationRun, Rater
from evaluation.runs.models.counts import CLOSING_COLUMNS, sum_of
from evaluation.voting.models import Lease, Vote
from evaluation.voting.progress import served_comparisons
from reviewapp.people.reading import languages_read


@dataclass(frozen=True)
class ReviewerWork:
    """What one reviewer of the run has done and what is wanted from them.

    Attributes:
        votes: that were not undone.
        leased: comparisons on their page now.
        wanted: their part of the missing votes, if each vote is shared evenly by those who can give
            it; the parts add up.
        likely: their part of the votes until the decision; None without a forecast.
        last_vote_at: None before the first.
    """

    rater: Rater
    votes: int
    leased: int
    wanted: int
    likely: int | None
    last_vote_at: datetime | None


@dataclass(frozen=True)
class VotingDemand:
    """The votes that an open run still asks for.

    Attributes:
        examples: open ones that are served now.
        votes: that they miss.
        begun: examples among them that have a vote, so that another reviewer must give the next.
        lacking: missing votes that no reviewer of the run can give.
        reviewers: the current ones, from whom most is wanted first.
        shared_first: whether examples with several votes are served before the others.
    """

    examples: int
    votes: int
    begun: int
    lacking: int
    reviewers: list[ReviewerWork]
    shared_first: bool


@dataclass(frozen=True)
class _Group:
    """Open examples that miss as many votes and that the same reviewers can vote on.

    Attributes:
        language: that they must read; empty for none.
        missing: votes that each example misses.
        voted: raters who voted on each of them.
    """

    language: str
    missing: int
    voted: frozenset[int] = frozenset()


def voting_demand(report: RunReport) -> VotingDemand:
    """Return the votes that an open run still asks for, and its current reviewers."""
    groups = _groups(report.run)
    votes = sum(group.missing * number for group, number in groups.items())
    current = [counts for counts in report.voting if counts.is_reviewer]
    shares = _shares(groups, report.run, [counts.rater for counts in current])
    wanted = _rounded(shares)
    shared = sum(wanted.values())
    need = report.next_step.need
    likely: dict[int, int] = {}
    if need is not None and need.votes is not None and shared:
        part = min(1.0, need.votes / shared)
        likely = _rounded({pk: share * part for pk, share in shares.items()})
    leased = _leased(report.run) if current else {}
    reviewers = [
        ReviewerWork(
            rater=counts.rater,
            votes=counts.votes,
            leased=leased.get(counts.rater.pk, 0),
            wanted=wanted[counts.rater.pk],
            likely=likely.get(counts.rater.pk),
            last_vote_at=counts.last_vote_at,
        )
        for counts in current
    ]
    return VotingDemand(
        examples=sum(groups.values()),
        votes=votes,
        begun=sum(examples for group, examples in groups.items() if group.voted),
        lacking=max(0, votes - shared),
        reviewers=sorted(reviewers, key=lambda work: (-work.wanted, work.rater.name)),
        shared_first=report.serves_shared_first,
    )


def _groups(run: EvaluationRun) -> Mapping[_Group, int]:
    """Return how many open examples that are served now are in each group, in three queries."""
    given = sum_of(CLOSING_COLUMNS)
    served = served_comparisons(run).order_by()
    fresh = served.exclude(GreaterThan(given, 0)).values_list("reading_language", "votes_needed")
    groups = Counter(
        {_Group(language, votes): n for language, votes, n in fresh.annotate(Count("pk"))}
    )
    begun = served.filter(GreaterThan(given, 0))
    voted: dict[int, set[int]] = defaultdict(set)
    cast = Vote.objects.filter(undone_at__isnull=True, comparison__in=begun.values("pk"))
    for comparison, rater in cast.values_list("comparison_id", "rater_id"):
        voted[comparison].add(rater)
    rows = begun.values_list("pk", "reading_language", F("votes_needed") - given)
    for pk, language, missing in rows:
        groups[_Group(language, missing, frozenset(voted[pk]))] += 1
    return groups


def _shares(
    groups: Mapping[_Group, int], run: EvaluationRun, raters: Iterable[Rater]
) -> dict[int, float]:
    """Return the part of the missing votes of each rater; nobody votes twice on an example."""
    users = {rater.pk: rater.user_id or 0 for rater in raters}
    read = languages_read(run.project_id, list(users.values()))
    shares = dict.fromkeys(users, 0.0)
    for group, examples in groups.items():
        language = group.language
        able = [
            pk
            for pk, user in users.items()
            if pk not in group.voted and (not language or language in read.get(user, [language]))
        ]
        for pk in able:
            shares[pk] += examples * min(group.missing, len(able)) / len(able)
    return shares


def _rounded(shares: Mapping[int, float]) -> dict[int, int]:
    """Return whole numbers with the same sum, rounded; the largest remainders are rounded up."""
    whole = {pk: int(share) for pk, share in shares.items()}
    missing = round(sum(shares.values())) - sum(whole.values())
    for pk in sorted(shares, key=lambda pk: (whole[pk] - shares[pk], pk))[:missing]:
        whole[pk] += 1
    return whole


def _leased(run: EvaluationRun) -> dict[int, int]:
    """Return how many comparisons each rater holds, by rater."""
    held = Lease.objects.filter(run=run, state=Lease.State.LEASED, expires_at__gt=Now())
    return dict(held.order_by().values_list("rater_id").annotate(Count("pk")))
