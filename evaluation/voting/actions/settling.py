"""Close full comparisons once their votes can no longer be undone.

A comparison is full with the votes that it needs: its slots are taken and it is served to nobody
else. It stays open, and outside every counted prefix, for as long as one of its voters may undo
their vote (`undoable`). When that ends depends on no figure (docs/statistics.md, "Time to undo").
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone
from psycopg import sql

from evaluation.runs.models import Comparison, EvaluationRun
from evaluation.voting.limits import undo_time
from evaluation.voting.undoable import HAS_GONE_ON, HOLDS_NEXT, max_undo_time
from reviewapp.core.db.prepared import fetch_all

# Whether the rater of the vote `w` may still undo it.
_MAY_BE_UNDONE: Final = """(
    w.undone_at IS NULL
    AND (w.at > %(at)s - %(undo_time)s
         OR w.at > %(at)s - %(max_undo_time)s AND {holds_next})
    AND NOT {has_gone_on})
"""
# The comparison of the rater's last vote, unless another rater may still undo a vote on it. Locked
# rows are skipped: the caller holds the lock of another comparison. `close_overdue` closes them.
_CLOSE_PREVIOUS: Final = """
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
        WHERE w.comparison_id = c.id AND w.rater_id <> %(rater)s AND {may_be_undone})
    FOR NO KEY UPDATE SKIP LOCKED)
"""
# The full comparisons of runs in voting whose votes can no longer be undone.
_OVERDUE: Final = """
    SELECT c.id, c.run_id
    FROM evaluation_comparison c JOIN evaluation_evaluationrun run ON run.id = c.run_id
    WHERE c.state = 'open' AND c.full_at <= %(at)s - %(undo_time)s AND run.state = 'voting'
      AND NOT EXISTS (
        SELECT FROM evaluation_vote w WHERE w.comparison_id = c.id AND {may_be_undone})
"""
# The runs before their comparisons, as everywhere (docs/voting.md).
_LOCK_RUNS: Final = """
SELECT FROM evaluation_evaluationrun WHERE id = ANY (%(runs)s) AND state = 'voting'
ORDER BY id FOR KEY SHARE
"""
_CLOSE_OVERDUE: Final = """
UPDATE evaluation_comparison SET state = 'closed', closed_at = %(at)s
WHERE id IN (
    SELECT overdue.id
    FROM ({overdue} AND c.run_id = ANY (%(runs)s) FOR NO KEY UPDATE OF c SKIP LOCKED) overdue)
"""


def _statement(template: str) -> str:
    """Put the rule into a statement."""
    rule = sql.SQL(_MAY_BE_UNDONE).format(
        holds_next=sql.SQL(HOLDS_NEXT), has_gone_on=sql.SQL(HAS_GONE_ON)
    )
    overdue = sql.SQL(_OVERDUE).format(may_be_undone=rule)
    return sql.SQL(template).format(may_be_undone=rule, overdue=overdue).as_string()


CLOSE_PREVIOUS: Final = _statement(_CLOSE_PREVIOUS)
"""Parameters: run and rater (ids), at, settling_times(). Run it before the next vote is stored."""
_CLOSE_PREVIOUS_ALONE: Final = f"{CLOSE_PREVIOUS} RETURNING id"
_RUNS_WITH_OVERDUE: Final = _statement("SELECT DISTINCT run_id FROM ({overdue}) overdue")
_CLOSE: Final = _statement(_CLOSE_OVERDUE)


def settling_times() -> dict[str, timedelta]:
    """Return the parameters of these statements that are times to undo."""
    return {"undo_time": undo_time(), "max_undo_time": max_undo_time()}


def close_previous(*, run_id: int, rater_id: int, at: datetime) -> None:
    """Close the comparison of the last vote of a rater who has gone on to another one."""
    parameters: dict[str, Any] = {"run": run_id, "rater": rater_id, "at": at}
    fetch_all(_CLOSE_PREVIOUS_ALONE, parameters | settling_times())


def close_all_full(run: EvaluationRun) -> None:
    """Close every full comparison of a run that the caller has locked for closing."""
    full = run.comparisons.filter(state=Comparison.State.OPEN, full_at__isnull=False)
    full.update(state=Comparison.State.CLOSED, closed_at=Now())


def runs_with_overdue() -> list[int]:
    """Return the ids of runs with a full comparison whose votes can no longer be undone."""
    with connection.cursor() as cursor:
        cursor.execute(_RUNS_WITH_OVERDUE, _now())
        return [run_id for (run_id,) in cursor.fetchall()]


@transaction.atomic
def close_overdue(run_ids: Iterable[int]) -> None:
    """Close the full comparisons of these runs whose votes can no longer be undone.

    It locks the runs as a vote does and skips locked comparisons, so it may be called at any time.
    """
    parameters: dict[str, Any] = _now() | {"runs": list(run_ids)}
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_RUNS, parameters)
        cursor.execute(_CLOSE, parameters)


def _now() -> dict[str, Any]:
    return {"at": timezone.now(), **settling_times()}
