"""How fast a run is voted on, and how many votes its examples take."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Count, Min
from django.utils import timezone

from evaluation.runs.models import Comparison, EvaluationRun
from evaluation.voting.models import Vote

PACE_DAYS = 7
"""Days over which the pace of the voting is measured."""
_CAST_HERE = (Vote.Source.SCREEN, Vote.Source.API)
_MIN_DAYS = 0.5


def votes_a_day(run: EvaluationRun) -> float | None:
    """Return the votes cast on a day, of the last seven; None if there were none.

    A run that is younger is taken by its age since the first vote, at least half a day.
    """
    now = timezone.now()
    votes = Vote.objects.filter(
        run=run, undone_at__isnull=True, source__in=_CAST_HERE, at__gt=now - timedelta(PACE_DAYS)
    ).order_by()
    found = votes.aggregate(n=Count("pk"), first=Min("at"))
    if not found["n"]:
        return None
    days = (now - found["first"]) / timedelta(days=1)
    return float(found["n"] / max(_MIN_DAYS, days))


def votes_for_each(run: EvaluationRun, *, only_shared: bool = False) -> float:
    """Return the votes that an example of the run takes on average, by its terms.

    Args:
        only_shared: of those that several reviewers vote on.
    """
    if only_shared:
        return max(run.votes_per_example, run.overlap_votes)
    more = run.overlap_votes - run.votes_per_example
    return run.votes_per_example + run.overlap_percent / 100 * more


def waiting_examples(run: EvaluationRun) -> int:
    """Return how many comparisons have all their votes."""
    return run.comparisons.filter(state=Comparison.State.CLOSED).count()


def closed_and_waiting(run: EvaluationRun, *, left: int) -> int:
    """Return how many examples are closed behind one in served order that is not.

    Args:
        left: examples of the set that are not counted yet.
    """
    if run.is_unordered or not left:
        return 0
    # There is an index of open comparisons, none of closed ones.
    still_open = run.comparisons.filter(state=Comparison.State.OPEN).count()
    return max(0, left - still_open)
