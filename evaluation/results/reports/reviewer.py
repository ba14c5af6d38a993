"""How one member votes in each run of a project: figures that name no model. Reads only."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Final

from django.db import connection
from django.db.models import Count, Exists, OuterRef

from evaluation.results.permissions import reviewer_figures_denied_reason
from evaluation.results.reports.gold import gold_accuracy
from evaluation.runs.models import EvaluationRun, Rater
from evaluation.runs.reviewer_title import reviewer_title
from evaluation.stats.intervals import Interval, interval
from evaluation.stats.raters import GoldCheck, LeftShare, left_share
from evaluation.stats.verdicts import Contender
from evaluation.voting.models import Lease, Vote
from evaluation.voting.progress import reviewer_progress, seconds_per_vote
from reviewapp.people.models import Project, User

# Both kinds of tie have the same score, so they agree.
_AGREEMENT: Final = """
SELECT rater_id, same, others, count(*)
FROM (
    SELECT mine.rater_id, mine.comparison_id, count(*) AS others,
           count(*) FILTER (WHERE theirs.verdict = mine.verdict
                            OR (theirs.verdict LIKE 'tie%%' AND mine.verdict LIKE 'tie%%')) AS same
    FROM evaluation_vote mine
    JOIN evaluation_vote theirs ON theirs.comparison_id = mine.comparison_id
        AND theirs.rater_id <> mine.rater_id AND theirs.undone_at IS NULL
    WHERE mine.rater_id = ANY (%(raters)s) AND mine.undone_at IS NULL
    GROUP BY mine.rater_id, mine.comparison_id
) AS shared
GROUP BY rater_id, same, others
"""


@dataclass(frozen=True)
class AgreementWithOthers:
    """How often a rater scored an example as the others did.

    Attributes:
        share: mean over the shared examples of the part of the other votes with the same score,
            from 0 to 1; None without a shared example.
        interval: anytime interval of the share.
        examples: examples that someone else voted on too.
    """

    share: float | None
    interval: Interval
    examples: int


@dataclass(frozen=True)
class ReviewerRow:
    """The figures of a member in one run.

    Attributes:
        title: of the run; its name only for readers who may know it.
        denied_reason: why the reader may not see more than the effort; empty if they may.
        gold: accuracy on gold checks outside training; None before the first.
        shows_effort: whether votes, skips and speed are shown.
        seconds: median seconds between two votes without breaks; None before the second vote.
    """

    run: EvaluationRun
    rater: Rater
    title: str
    denied_reason: str
    shows_effort: bool
    votes: int
    skips: int
    seconds: float | None
    left: LeftShare
    agreement: AgreementWithOthers
    gold: GoldCheck | None


def reviewer_rows(*, member: User, project: Project, reader: User) -> list[ReviewerRow]:
    """Return the runs in which the member is a rater, the newest first, with their figures."""
    found = Rater.objects.filter(user=member, run__project=project).select_related("run")
    raters = list(found.order_by("-run__pk"))
    ids = [rater.pk for rater in raters]
    times, sides = _times(ids), _sides(ids)
    skips, agreement = _skips(ids), _agreement(ids)
    gold = gold_accuracy(ids)
    own = member.pk == reader.pk
    rows = []
    for rater in raters:
        reason = reviewer_figures_denied_reason(reader, rater.run)
        left, right = sides[rater.pk]
        row = ReviewerRow(
            run=rater.run,
            rater=rater,
            title=reviewer_title(rater.run) if own or reason else rater.run.name,
            denied_reason=reason,
            shows_effort=own or not reason,
            votes=reviewer_progress(rater).done if reason and own else len(times[rater.pk]),
            skips=skips.get(rater.pk, 0),
            seconds=seconds_per_vote(times[rater.pk]),
            left=left_share(left, right),
            agreement=_with_others(agreement[rater.pk]),
            gold=gold.get(rater.pk),
        )
        rows.append(row)
    return rows


def _times(rater_ids: Sequence[int]) -> dict[int, list[datetime]]:
    """Return when each rater voted, the latest first."""
    found: dict[int, list[datetime]] = defaultdict(list)
    votes = Vote.objects.filter(rater__in=rater_ids, undone_at__isnull=True).order_by("-at")
    for rater, at in votes.values_list("rater_id", "at"):
        found[rater].append(at)
    return found


def _sides(rater_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Return the decisive votes for the left and the right answer, by rater."""
    found: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    votes = Vote.objects.filter(
        rater__in=rater_ids,
        undone_at__isnull=True,
        left__isnull=False,
        verdict__in=[contender.value for contender in Contender],
    )
    rows = votes.order_by().values_list("rater_id", "left", "verdict").annotate(votes=Count("*"))
    for rater, left, verdict, number in rows:
        found[rater][0 if left == verdict else 1] += number
    return defaultdict(lambda: (0, 0), {pk: (left, right) for pk, (left, right) in found.items()})


def _skips(rater_ids: Sequence[int]) -> dict[int, int]:
    """Return how many comparisons each rater skipped and did not vote on later."""
    voted = Vote.objects.filter(
        comparison=OuterRef("comparison"), rater=OuterRef("rater"), undone_at__isnull=True
    )
    skipped = Lease.objects.filter(~Exists(voted), rater__in=rater_ids, state=Lease.State.SKIPPED)
    rows = skipped.order_by().values_list("rater_id")
    return dict(rows.annotate(skips=Count("comparison_id", distinct=True)))


def _agreement(rater_ids: Sequence[int]) -> dict[int, Counter[Fraction]]:
    """Return the shared examples of each rater by the part of the others who agree."""
    found: dict[int, Counter[Fraction]] = defaultdict(Counter)
    with connection.cursor() as cursor:
        cursor.execute(_AGREEMENT, {"raters": list(rater_ids)})
        for rater, same, others, examples in cursor:
            found[rater][Fraction(same, others)] += examples
    return found


def _with_others(parts: Counter[Fraction]) -> AgreementWithOthers:
    examples = parts.total()
    if not examples:
        return AgreementWithOthers(None, interval(()), 0)
    share = sum((part * n for part, n in parts.items()), Fraction(0)) / examples
    return AgreementWithOthers(float(share), interval(sorted(parts.items())), examples)
