"""The one statement that finds the next comparison in served order and leases it.

It locks the comparison, takes its lowest free slot and stores the side that was drawn. An expired
lease counts as free at once, so nothing has to sweep; where its row is in the way of a new one, it
is ended and the statement is tried again. docs/voting.md explains the order of locks.
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from random import SystemRandom
from typing import Any

import orjson
from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Now
from psycopg import sql

from evaluation.blinding import draw_left, other
from evaluation.models import Assignment, EvaluationRun
from evaluation.stats.verdicts import Contender

_DRAW = SystemRandom()
# Each further try needs somebody else to have come in between, or an expired lease to be ended.
_TRIES = 4


@dataclass(frozen=True)
class Served:
    """One leased comparison as its reviewer may see it: no name, no order, no measure of a model.

    `prompt` is the list of messages; `left` and `right` are the answers as drawn for this lease.
    """

    public_id: uuid.UUID
    prompt: list[dict[str, Any]]
    policies: list[str]
    left: str
    right: str


# The statement says "mine" for what this reviewer holds, voted on or skipped. The count of votes
# stands on the comparison itself and is therefore right under the lock; a lease that somebody
# took meanwhile is caught by the unique slot.
_CLAIM = """
WITH held AS (
    SELECT id, public_id, comparison_id, "left", expires_at
    FROM evaluation_assignment
    WHERE rater_id = %(rater)s AND state = 'leased'
), picked AS (
    SELECT c.id, c.votes_needed
    FROM evaluation_comparison c
    JOIN evaluation_runintent i ON i.id = c.intent_id
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE a.state = 'leased' AND a.expires_at > now()) AS live,
               count(*) FILTER (
                   WHERE a.rater_id = %(rater)s AND a.state IN ('leased', 'voted')) AS mine,
               max(a.id) FILTER (
                   WHERE a.rater_id = %(rater)s AND a.state = 'skipped') AS my_last_skip
        FROM evaluation_assignment a
        WHERE a.comparison_id = c.id
    ) hands
    WHERE c.run_id = %(run)s
      AND c.state = 'open'
      AND (SELECT count(*) FROM held) < %(count)s
      AND (i.decided_at IS NULL OR NOT %(undecided_only)s)
      AND hands.mine = 0
      AND {skipped}
      AND hands.live + c.closing_candidate + c.closing_baseline + c.closing_tie_good
          + c.closing_tie_bad < c.votes_needed
      AND NOT EXISTS (
          SELECT FROM evaluation_vote v
          WHERE v.comparison_id = c.id AND v.rater_id = %(rater)s AND v.undone_at IS NULL)
      AND 2 = (
          SELECT count(*) FROM evaluation_answer w
          WHERE w.comparison_id = c.id AND w.status = 'done'
            AND w.model_version_id IN (%(candidate)s, %(baseline)s))
    ORDER BY {order}
    LIMIT 1
    FOR NO KEY UPDATE OF c {locked}
), served AS (
    UPDATE evaluation_comparison c SET first_served_at = now()
    FROM picked p
    WHERE c.id = p.id AND c.first_served_at IS NULL
), leased AS (
    INSERT INTO evaluation_assignment
        (public_id, run_id, comparison_id, rater_id, slot, "left", state, note,
         leased_at, expires_at)
    SELECT %(public_id)s, %(run)s, p.id, %(rater)s,
           (SELECT min(place) FROM generate_series(1, p.votes_needed) place
            WHERE NOT EXISTS (
                SELECT FROM evaluation_assignment a
                WHERE a.comparison_id = p.id AND a.slot = place
                  AND (a.state = 'voted' OR (a.state = 'leased' AND a.expires_at > now())))),
           %(left)s, 'leased', '', now(), now() + %(lease)s
    FROM picked p
    ON CONFLICT DO NOTHING
    RETURNING id, public_id, comparison_id, "left", expires_at
), mine AS (
    SELECT *, false AS is_new FROM held
    UNION ALL SELECT *, true FROM leased
    UNION ALL SELECT NULL, NULL, p.id, NULL, NULL, true FROM picked p
        WHERE NOT EXISTS (SELECT FROM leased)
)
SELECT mine.public_id, mine."left", mine.is_new, mine.expires_at < now() + %(lease)s / 2 AS ageing,
       c.prompt, c.policies, candidate.text, baseline.text
FROM mine
JOIN evaluation_comparison c ON c.id = mine.comparison_id
JOIN evaluation_answer candidate
    ON candidate.comparison_id = c.id AND candidate.model_version_id = %(candidate)s
JOIN evaluation_answer baseline
    ON baseline.comparison_id = c.id AND baseline.model_version_id = %(baseline)s
ORDER BY c.position
"""


def _claim_statement(*, skipped: bool, wait: bool) -> sql.Composed:
    return sql.SQL(_CLAIM).format(
        skipped=sql.SQL(f"hands.my_last_skip IS {'NOT ' if skipped else ''}NULL"),
        order=sql.SQL("hands.my_last_skip" if skipped else "c.position"),
        locked=sql.SQL("" if wait else "SKIP LOCKED"),
    )


# What a reviewer skipped comes again only when nothing else is left for them.
_IN_PASSING = [_claim_statement(skipped=skipped, wait=False) for skipped in (False, True)]
_WAITING = [_claim_statement(skipped=skipped, wait=True) for skipped in (False, True)]


def lease_time() -> timedelta:
    """Return how long a comparison is held for a reviewer who does nothing."""
    return timedelta(seconds=settings.VOTE_LEASE_SECONDS)


def is_serving(run: EvaluationRun) -> bool:
    """Say whether the run hands out comparisons now."""
    return run.state == EvaluationRun.State.VOTING and not run.paused


def top_up(*, run: EvaluationRun, rater_id: int, count: int) -> list[Served]:
    """Lease until the rater holds `count`; to be called inside a transaction.

    Never waits for anybody, so it may be called with a comparison locked.
    """
    rows: list[_Row] = []
    grows = is_serving(run)
    while grows and len(rows) < count:
        rows = _claim(_IN_PASSING, run=run, rater_id=rater_id, count=count)
        grows = any(row.is_new for row in rows)
    return [row.served for row in rows[:count]]


def wait_for_one(*, run: EvaluationRun, rater_id: int) -> list[Served]:
    """Try once more for somebody who holds nothing, waiting for rows that others have locked.

    Outside a transaction: who waits must hold no lock, or two could wait for each other.
    """
    if not is_serving(run):
        return []
    return [row.served for row in _claim(_WAITING, run=run, rater_id=rater_id, count=1)]


def _claim(
    statements: list[sql.Composed], *, run: EvaluationRun, rater_id: int, count: int
) -> list["_Row"]:
    """Return what the rater holds, with one more leased if they held fewer than `count`."""
    rows: list[_Row] = []
    for statement in statements:
        rows = _claim_by(statement, run=run, rater_id=rater_id, count=count)
        if len(rows) >= count or any(row.is_new for row in rows):
            break
    if any(row.is_ageing for row in rows):
        _renew(rater_id=rater_id)
    return rows


def _claim_by(
    statement: sql.Composed, *, run: EvaluationRun, rater_id: int, count: int
) -> list["_Row"]:
    """Run one statement, again when somebody came in between."""
    for _ in range(_TRIES):
        found = _execute(statement, run=run, rater_id=rater_id, count=count)
        if all(public_id is not None for public_id, *_rest in found):
            return [_as_row(*values) for values in found]
        end_expired_leases(run_id=run.pk)
    return [_as_row(*values) for values in found if values[0] is not None]


def _execute(
    statement: sql.Composed, *, run: EvaluationRun, rater_id: int, count: int
) -> list[Any]:
    parameters: dict[str, Any] = {
        "run": run.pk,
        "rater": rater_id,
        "count": count,
        "undecided_only": run.overall_decided_at is not None,
        "candidate": run.candidate_id,
        "baseline": run.baseline_id,
        "public_id": uuid.uuid4(),
        "left": draw_left(_DRAW).value,
        "lease": lease_time(),
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


@dataclass(frozen=True)
class _Row:
    """What the statement says of one lease."""

    served: Served
    is_new: bool
    is_ageing: bool


def _as_row(  # noqa: PLR0913, PLR0917 - one argument for each column of the statement.
    public_id: uuid.UUID,
    left: str,
    is_new: bool,  # noqa: FBT001
    is_ageing: bool,  # noqa: FBT001
    prompt: str,
    policies: list[str],
    candidate: str,
    baseline: str,
) -> _Row:
    texts = {Contender.CANDIDATE: candidate, Contender.BASELINE: baseline}
    served = Served(
        public_id=public_id,
        prompt=orjson.loads(prompt),
        policies=policies,
        left=texts[Contender(left)],
        right=texts[other(left)],
    )
    return _Row(served, is_new, is_ageing)


def _renew(*, rater_id: int) -> None:
    """Give what a present reviewer holds its whole time again."""
    Assignment.objects.filter(rater=rater_id, state=Assignment.State.LEASED).update(
        expires_at=Now() + lease_time()
    )


def end_expired_leases(*, run_id: int) -> None:
    """Give back what is held beyond its time."""
    end_leases(Assignment.objects.filter(run=run_id, expires_at__lte=Now()))


def end_leases(assignments: QuerySet[Assignment]) -> None:
    """Give back those of these that are leased; whoever is at work on one this moment keeps it.

    It waits for nobody, so it may be called with a comparison locked.
    """
    found = assignments.filter(state=Assignment.State.LEASED).select_for_update(
        skip_locked=True, no_key=True
    )
    Assignment.objects.filter(pk__in=found.values("pk")).update(
        state=Assignment.State.EXPIRED, ended_at=Now()
    )
