"""Everything that is counted by vote: who voted, on which side, how alike, and what was skipped."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Q
from django.db.models.lookups import GreaterThan

from evaluation.runs.models import Comparison, EvaluationRun, Rater
from evaluation.runs.models.counts import ALL_COLUMNS, sum_of
from evaluation.stats.agreement import Units, score_units
from evaluation.stats.tally import VerdictCounts
from evaluation.stats.verdicts import Contender, Verdict
from evaluation.voting.models import Lease, Vote

_DRAWN_HERE = {Vote.Source.SCREEN.value, Vote.Source.API.value}
"""Sources of votes whose sides the server drew."""
_DECISIVE = {Verdict.CANDIDATE.value, Verdict.BASELINE.value}


@dataclass(frozen=True)
class RaterVoteCounts:
    """The votes of one rater that were not undone, counted by kind.

    Attributes:
        left, right: decisive votes for the answer on that side, where the side is known.
        demo: votes that were cast for the demo, not by a person.
        skips: comparisons given back without a vote.
        given: votes from a file with the candidate, and with the baseline, on the left.
        last_vote_at: None before the first.
    """

    rater: Rater
    verdicts: VerdictCounts
    left: int
    right: int
    demo: int
    skips: int
    given: tuple[int, int] = (0, 0)
    last_vote_at: datetime | None = None

    @property
    def votes(self) -> int:
        """Votes that were not undone."""
        return self.verdicts.votes

    @property
    def is_reviewer(self) -> bool:
        """Whether they are a member who may vote in the run."""
        return self.rater.removed_at is None and self.rater.user_id is not None


def votes_by_rater(run: EvaluationRun) -> list[RaterVoteCounts]:
    """Return how each rater of the run voted, in order of name; those without votes too."""
    cast: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    current_votes = Vote.objects.filter(run=run, undone_at__isnull=True).order_by()
    columns = ("rater_id", "left", "verdict", "source")
    counted = current_votes.values_list(*columns).annotate(votes=Count("*"), last=Max("at"))
    for rater, *row in counted:
        cast[rater].append(tuple(row))
    skips = _skips(run)
    raters = Rater.objects.filter(run=run).select_related("user").order_by("name")
    return [_voting(rater, cast[rater.pk], skips.get(rater.pk, 0)) for rater in raters]


def _voting(rater: Rater, rows: list[tuple[Any, ...]], skips: int) -> RaterVoteCounts:
    verdicts = dict.fromkeys(Verdict, 0)
    left = right = demo = 0
    given = dict.fromkeys(Contender, 0)
    for side, verdict, source, votes, _last in rows:
        verdicts[Verdict(verdict)] += votes
        demo += votes if source == Vote.Source.DEMO else 0
        if side is not None and source not in _DRAWN_HERE:
            given[side] += votes
        if side is None or verdict not in _DECISIVE:
            continue
        if side == verdict:
            left += votes
        else:
            right += votes
    counts = VerdictCounts(*verdicts.values())
    sides = (given[Contender.CANDIDATE], given[Contender.BASELINE])
    last_vote_at = max((row[-1] for row in rows), default=None)
    return RaterVoteCounts(rater, counts, left, right, demo, skips, sides, last_vote_at)


def _skips(run: EvaluationRun) -> dict[int, int]:
    """Return how many comparisons each rater skipped and did not vote on later, each once."""
    voted = Vote.objects.filter(
        comparison=OuterRef("comparison"), rater=OuterRef("rater"), undone_at__isnull=True
    )
    skipped = Lease.objects.filter(~Exists(voted), run=run, state=Lease.State.SKIPPED)
    skipped = skipped.order_by()
    rows = skipped.values_list("rater_id").annotate(Count("comparison_id", distinct=True))
    return dict(rows)


def shared_units(run: EvaluationRun) -> Units:
    """Return the examples with at least two votes, later votes included, for agreement."""
    shared = run.comparisons.filter(GreaterThan(sum_of(ALL_COLUMNS), 1)).order_by()
    groups = shared.values_list(*ALL_COLUMNS).annotate(examples=Count("*"))
    return score_units((VerdictCounts(*counts), examples) for *counts, examples in groups)


@dataclass(frozen=True)
class ExcludedCounts:
    """Comparisons of one intent that nobody votes on any more.

    Attributes:
        set_aside: reported as broken after they were served; they count as losses in hygiene.
        withdrawn: taken out before they were served.
    """

    set_aside: int = 0
    withdrawn: int = 0

    @property
    def total(self) -> int:
        """Both together."""
        return self.set_aside + self.withdrawn


def excluded_counts(run: EvaluationRun) -> dict[int, ExcludedCounts]:
    """Return what the walk passes over, by the intent's id."""
    aside, gone = Comparison.State.SET_ASIDE, Comparison.State.WITHDRAWN
    rows = (
        run.comparisons.filter(state__in=[aside, gone])
        .order_by()
        .values_list("intent_id")
        .annotate(
            set_aside=Count("pk", filter=Q(state=aside)),
            withdrawn=Count("pk", filter=Q(state=gone)),
        )
    )
    return {intent: ExcludedCounts(aside_n, gone_n) for intent, aside_n, gone_n in rows}
