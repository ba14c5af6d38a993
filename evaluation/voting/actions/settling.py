"""Close full comparisons once their votes can no longer be undone.

A comparison is full with the votes that it needs: its slots are taken and it is served to nobody
else. It stays open, and outside every counted prefix, until its last voters have gone on to another
comparison, or until the time to undo has passed since it became full. Which of the two comes first
depends on no figure (docs/statistics.md, "Time to undo").
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Q
from django.db.models.functions import Now

from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import Comparison, EvaluationRun
from evaluation.voting.limits import undo_time
from reviewapp.core.db.prepared import fetch_all

# The comparison of the rater's last vote, unless another rater may still undo a vote on it. Locked
# rows are skipped: the caller holds the lock of another comparison. `close_overdue` closes them.
CLOSE_PREVIOUS: Final = """
UPDATE evaluation_comparison SET state = 'closed', closed_at = %(at)s
WHERE id = (
    SELECT c.id
    FROM evaluation_comparison c
    WHERE c.id = (
        SELECT v.comparison_id FROM evaluation_vote v
        WHERE v.run_id = %(run)s AND v.rater_id = %(rater)s AND v.undone_at IS NULL
        ORDER BY v.at DESC LIMIT 1)
      AND c.state = 'open' AND c.full_at IS NOT NULL
      AND NOT EXISTS (
        SELECT FROM evaluation_vote w
        WHERE w.comparison_id = c.id AND w.rater_id <> %(rater)s AND w.undone_at IS NULL
          AND w.at > %(at)s - %(undo_time)s
          AND NOT EXISTS (
            SELECT FROM evaluation_vote later
            WHERE later.run_id = w.run_id AND later.rater_id = w.rater_id
              AND later.undone_at IS NULL AND later.at > w.at))
    FOR NO KEY UPDATE SKIP LOCKED)
"""
"""Parameters: run and rater (ids), at, undo_time. Run it before the rater's next vote is stored."""

_CLOSE_PREVIOUS_ALONE: Final = f"{CLOSE_PREVIOUS} RETURNING id"


def close_previous(*, run_id: int, rater_id: int, at: datetime) -> None:
    """Close the comparison of the last vote of a rater who has gone on to another one."""
    parameters: dict[str, Any] = {
        "run": run_id,
        "rater": rater_id,
        "at": at,
        "undo_time": undo_time(),
    }
    fetch_all(_CLOSE_PREVIOUS_ALONE, parameters)


def close_all_full(run: EvaluationRun) -> None:
    """Close every full comparison of a run that the caller has locked for closing."""
    full = Comparison.objects.filter(Q(run=run), _FULL)
    full.update(state=Comparison.State.CLOSED, closed_at=Now())


def runs_with_overdue() -> list[int]:
    """Return the ids of runs that have a full comparison whose time to undo has passed."""
    return list(_overdue().order_by().values_list("run_id", flat=True).distinct())


@transaction.atomic
def close_overdue(run_ids: Iterable[int]) -> None:
    """Close the full comparisons of these runs whose time to undo has passed.

    It locks the runs as a vote does and skips locked comparisons, so it may be called at any time.
    """
    voting = EvaluationRun.objects.filter(pk__in=list(run_ids), state=RunState.VOTING)
    with connection.cursor() as cursor:
        # Before the comparisons, as everywhere (docs/voting.md): the ORM has no FOR KEY SHARE.
        cursor.execute(
            "SELECT FROM evaluation_evaluationrun WHERE id = ANY (%s) ORDER BY id FOR KEY SHARE",
            [list(voting.values_list("pk", flat=True))],
        )
    overdue = (
        _overdue()
        .filter(run__in=voting)
        .select_for_update(of=("self",), no_key=True, skip_locked=True)
    )
    found = list(overdue.values_list("pk", flat=True))
    Comparison.objects.filter(pk__in=found).update(state=Comparison.State.CLOSED, closed_at=Now())


_FULL: Final = Q(state=Comparison.State.OPEN, full_at__isnull=False)


def _overdue() -> Any:
    in_voting = Comparison.objects.filter(_FULL, run__state=RunState.VOTING)
    return in_voting.filter(full_at__lte=Now() - undo_time())
