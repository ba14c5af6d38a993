"""The comparisons of a run that raters disagree on, in the order in which they are adjudicated."""

from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from evaluation.adjudication.models import Adjudication
from evaluation.runs.models import Comparison, EvaluationRun
from evaluation.stats.disagreement import disagreement

_WON, _LOST = Q(all_candidate__gt=0), Q(all_baseline__gt=0)
_TIED = Q(all_tie_good__gt=0) | Q(all_tie_bad__gt=0)
_DISAGREE = (_WON & _LOST) | (_WON & _TIED) | (_LOST & _TIED)


@dataclass(frozen=True)
class QueueItem:
    """A comparison that raters disagree on, without their verdicts.

    Attributes:
        comparison_id: its id.
        position: in the served order.
        votes: number of votes.
        disagreement: variance of their scores.
        is_decided: whether it has an outcome.
    """

    comparison_id: int
    position: int
    votes: int
    disagreement: Fraction
    is_decided: bool


def disputed(run: EvaluationRun) -> QuerySet[Comparison]:
    """Return the closed comparisons whose votes differ in score; none with erased text."""
    closed = run.comparisons.filter(state=Comparison.State.CLOSED, erased_at__isnull=True)
    return closed.filter(_DISAGREE)


def earlier_outcomes(comparison_id: int) -> int:
    """Return how many outcomes of a comparison are stored."""
    return Adjudication.objects.filter(comparison=comparison_id).count()


def current_outcomes(comparison_ids: Collection[int]) -> dict[int, Adjudication]:
    """Return the newest outcome of each comparison that has one."""
    found = Adjudication.objects.filter(comparison__in=comparison_ids).select_related("actor")
    return {adjudication.comparison_id: adjudication for adjudication in found.order_by("pk")}


def adjudication_queue(run: EvaluationRun) -> list[QueueItem]:
    """Return the disputed comparisons: first those without an outcome, the most disputed first."""
    outcomes = Adjudication.objects.filter(comparison=OuterRef("pk"))
    rows = disputed(run).values_list(
        "pk",
        "position",
        "all_candidate",
        "all_baseline",
        F("all_tie_good") + F("all_tie_bad"),
        Exists(outcomes),
    )
    items = [
        QueueItem(
            comparison_id=pk,
            position=position,
            votes=candidate + baseline + ties,
            disagreement=disagreement(candidate=candidate, baseline=baseline, ties=ties),
            is_decided=is_decided,
        )
        for pk, position, candidate, baseline, ties, is_decided in rows
    ]
    return sorted(items, key=lambda item: (item.is_decided, -item.disagreement, item.position))
