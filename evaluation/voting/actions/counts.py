"""What fills a comparison: its votes are counted here, and nowhere else.

The first votes of a comparison fill it, as many as it needs, in the order in which they were
stored; in an unordered run all do. `count_vote` counts one vote that is cast or undone; a full
comparison closes when its votes can no longer be undone (settling.py). `recount` counts those of
many comparisons from the stored votes and closes the full ones at once. Identical answers are a tie
by rule; a vote on them counts only in an unordered run. Both come to the same
counts, and the constraint `comparison_closed_when_full` holds them to it.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.db import connection
from django.utils import timezone
from psycopg import sql

from evaluation.runs.models import Comparison, EvaluationRun
from evaluation.runs.models.counts import (
    ALL_COLUMNS,
    CLOSING_COLUMNS,
    IDENTICAL_COLUMN,
    count_columns,
)
from evaluation.stats.verdicts import Verdict
from evaluation.voting.limits import undo_time


def count_vote(comparison: Comparison, verdict: str, *, by: int = 1) -> list[str]:
    """Add a closing vote to the locked comparison, or subtract one.

    It closes the comparison if that is full and no vote can be undone. Returns the names of the
    columns that changed; the caller saves them.
    """
    columns = count_columns(verdict)
    for name in columns:
        setattr(comparison, name, getattr(comparison, name) + by)
    comparison.full_at = timezone.now() if comparison.has_all_votes else None
    if comparison.full_at and not undo_time():
        comparison.state, comparison.closed_at = Comparison.State.CLOSED, comparison.full_at
    return [*columns, "state", "full_at", "closed_at"]


_MARK_COUNTED: Final = """
UPDATE evaluation_vote v SET counted = ranked.counted
FROM (
    SELECT w.id,
           %(all_count)s
           OR row_number() OVER (PARTITION BY w.comparison_id ORDER BY w.id)
               + c.closing_identical <= c.votes_needed
               AS counted
    FROM evaluation_vote w JOIN evaluation_comparison c ON c.id = w.comparison_id
    WHERE w.comparison_id = ANY(%(comparisons)s) AND w.undone_at IS NULL
) ranked
WHERE v.id = ranked.id AND v.counted <> ranked.counted
"""
_COUNT: Final = """
UPDATE evaluation_comparison c
SET {counts},
    first_served_at = coalesce(c.first_served_at, now()),
    state = CASE WHEN c.state = 'open' AND n.is_full THEN 'closed'
                 WHEN c.state = 'closed' AND NOT n.is_full THEN 'open'
                 ELSE c.state END,
    closed_at = CASE WHEN c.state = 'open' AND n.is_full THEN n.last_counted_at
                     WHEN c.state = 'closed' AND NOT n.is_full THEN NULL
                     ELSE c.closed_at END,
    full_at = CASE WHEN n.is_full THEN coalesce(c.full_at, n.last_counted_at) END
FROM (
    SELECT t.id, {sums},
           max(v.at) FILTER (WHERE v.counted) AS last_counted_at,
           count(*) FILTER (WHERE v.counted) + t.closing_identical >= t.votes_needed AS is_full
    FROM evaluation_comparison t
    LEFT JOIN evaluation_vote v ON v.comparison_id = t.id AND v.undone_at IS NULL
    WHERE t.id = ANY(%(comparisons)s)
    GROUP BY t.id
) n
WHERE c.id = n.id
"""


def _counting_statement() -> str:
    counts = [
        sql.SQL("{0} = n.{0}").format(sql.Identifier(name))
        for name in (*CLOSING_COLUMNS, *ALL_COLUMNS)
        if name != IDENTICAL_COLUMN
    ]
    sums = []
    for verdict in Verdict:
        closing, every = map(sql.Identifier, count_columns(verdict))
        of_verdict = sql.SQL("v.verdict = {}").format(sql.Literal(verdict.value))
        sums += [
            sql.SQL("count(*) FILTER (WHERE v.counted AND {}) AS {}").format(of_verdict, closing),
            sql.SQL("count(*) FILTER (WHERE {}) AS {}").format(of_verdict, every),
        ]
    statement = sql.SQL(_COUNT).format(
        counts=sql.SQL(", ").join(counts), sums=sql.SQL(", ").join(sums)
    )
    return statement.as_string()


_RECOUNT: Final = _counting_statement()


def recount(*, run: EvaluationRun, comparison_ids: Iterable[int]) -> None:
    """Count the votes of comparisons again, and close or open them accordingly.

    Which of their votes are closing votes is settled anew. To be called in the transaction that
    locked the comparisons.
    """
    parameters: dict[str, Any] = {
        "comparisons": list(comparison_ids),
        "all_count": run.is_unordered,
    }
    with connection.cursor() as cursor, without_nested_loops(cursor):
        cursor.execute(_MARK_COUNTED, parameters)
        cursor.execute(_RECOUNT, parameters)


@contextmanager
def without_nested_loops(cursor: Any) -> Iterator[None]:
    """Join by hash or merge in this transaction, for as long as the block lasts.

    PostgreSQL takes a table that was empty at its last vacuum for empty until the next one. Then it
    ranks the votes of a first import anew for each of them, which takes hours for 8,000 votes.
    """
    cursor.execute("SET LOCAL enable_nestloop = off")
    yield
    cursor.execute("SET LOCAL enable_nestloop = on")
