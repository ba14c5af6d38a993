"""Lease the next comparison in served order, by one statement (claim_sql.py).

It locks the comparison, takes its lowest free slot and stores the side that was drawn. The slot of
an expired lease is free at once, without a cleanup job; if its row conflicts with a new lease, it
is ended and the statement runs again. docs/voting.md explains the order of locks.
"""

import uuid
from dataclasses import dataclass
from random import SystemRandom
from typing import Any

import orjson
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import EvaluationRun
from evaluation.stats.verdicts import Contender
from evaluation.voting.actions import claim_sql
from evaluation.voting.actions.claim_sql import ClaimQuery
from evaluation.voting.blinding import draw_left, other
from evaluation.voting.limits import lease_duration
from evaluation.voting.models import Lease
from reviewapp.core.db.prepared import fetch_all, plan_by_indexes

_RANDOM = SystemRandom()
# Attempts if other reviewers were faster.
_MAX_BLOCKING_ATTEMPTS = 4
_MAX_SKIP_LOCKED_ATTEMPTS = 4


@dataclass(frozen=True)
class ServedComparison:
    """One leased comparison as its reviewer may see it: without names or figures of the models.

    `prompt` is the list of messages; `left` and `right` are the answers as drawn for this lease.
    """

    public_id: uuid.UUID
    prompt: list[dict[str, Any]]
    policies: list[str]
    left: str
    right: str


def is_serving(run: EvaluationRun) -> bool:
    """Return whether the run serves comparisons now."""
    return run.state == RunState.VOTING and not run.paused


def claim_up_to(*, run: EvaluationRun, rater_id: int, count: int) -> list["Claimed"]:
    """Lease comparisons until the rater holds `count`.

    Requires a transaction that is planned by indexes (`plan_by_indexes`). It never waits for a
    lock, so the caller may hold the lock of a comparison.
    """
    rows: list[Claimed] = []
    grows = is_serving(run)
    while grows and len(rows) < count:
        rows = _claim(claim_sql.SKIP_LOCKED, run=run, rater_id=rater_id, count=count)
        grows = any(row.is_new for row in rows)
    return rows[:count]


def held_comparisons(*, run: EvaluationRun, rater_id: int) -> list[ServedComparison]:
    """Return the leased comparisons of the rater; lease none.

    Requires a transaction that is planned by indexes.
    """
    rows, _ = _run_claim_query(claim_sql.SKIP_LOCKED[0], run=run, rater_id=rater_id, count=0)
    return [row.served for row in rows]


def lease_one_blocking(*, run: EvaluationRun, rater_id: int) -> list[ServedComparison]:
    """Lease one comparison for a rater without any; wait for rows that others have locked.

    Call it outside a transaction: a caller that holds locks could cause a deadlock.
    """
    for _ in range(_MAX_BLOCKING_ATTEMPTS):
        if not (is_serving(run) and is_any_free(run=run, rater_id=rater_id)):
            break
        with transaction.atomic():
            plan_by_indexes()
            rows = _claim(claim_sql.WAIT_FOR_LOCKS, run=run, rater_id=rater_id, count=1)
        if rows:
            return [row.served for row in rows]
    return []


def is_any_free(*, run: EvaluationRun, rater_id: int) -> bool:
    """Return whether a comparison is free for the rater, locked by another reviewer or not."""
    ((is_free,),) = fetch_all(claim_sql.FREE, _parameters(run=run, rater_id=rater_id))
    return bool(is_free)


def _claim(
    queries: list[ClaimQuery], *, run: EvaluationRun, rater_id: int, count: int
) -> list["Claimed"]:
    """Return the leases of the rater, with a new one if they held fewer than `count`."""
    rows: list[Claimed] = []
    for query in [claim_sql.SHARED, *queries] if run.shared_first else queries:
        rows, is_contested = _run_claim_query(query, run=run, rater_id=rater_id, count=count)
        if is_contested or len(rows) >= count or any(row.is_new for row in rows):
            break
    if any(row.needs_renewal for row in rows):
        _renew(rater_id=rater_id)
    return rows


def _run_claim_query(
    query: ClaimQuery, *, run: EvaluationRun, rater_id: int, count: int
) -> tuple[list["Claimed"], bool]:
    """Run a query; if the slot was taken, retry it without waiting for locks.

    The comparison stays locked between attempts, so that the next attempt sees its current leases
    and may find a later comparison. Returns the rows, and whether the last slot was taken too.
    """
    parameters = _parameters(run=run, rater_id=rater_id) | {
        "count": count,
        "public_id": uuid.uuid4(),
        "left": draw_left(_RANDOM).value,
        "lease_duration": lease_duration(),
    }
    values = fetch_all(query.statement, parameters)
    for attempt in range(_MAX_SKIP_LOCKED_ATTEMPTS):
        if not _is_contested(values):
            break
        if attempt == 0:
            end_expired_leases(run_id=run.pk)
        values = fetch_all(query.skip_locked_statement, parameters)
    rows = [_as_row(*row) for row in values if row[0] is not None]
    return rows, _is_contested(values)


def _is_contested(values: list[Any]) -> bool:
    """Return whether a comparison was found whose slot another lease has."""
    return any(public_id is None for public_id, *_rest in values)


def _parameters(*, run: EvaluationRun, rater_id: int) -> dict[str, Any]:
    return {
        "run": run.pk,
        "project": run.project_id,
        "rater": rater_id,
        "undecided_only": run.overall_decided_at is not None,
        "candidate": run.candidate_id,
        "baseline": run.baseline_id,
    }


@dataclass(frozen=True)
class Claimed:
    """One lease, as the statement returns it."""

    served: ServedComparison
    position: int
    is_new: bool
    needs_renewal: bool


def _as_row(  # noqa: PLR0913, PLR0917 - one argument for each column of the statement.
    public_id: uuid.UUID,
    left: str,
    is_new: bool,  # noqa: FBT001
    needs_renewal: bool,  # noqa: FBT001
    position: int,
    prompt: str,
    policies: list[str],
    candidate: str,
    baseline: str,
) -> Claimed:
    texts = {Contender.CANDIDATE: candidate, Contender.BASELINE: baseline}
    served = ServedComparison(
        public_id=public_id,
        prompt=orjson.loads(prompt),
        policies=policies,
        left=texts[Contender(left)],
        right=texts[other(left)],
    )
    return Claimed(served, position, is_new, needs_renewal)


def _renew(*, rater_id: int) -> None:
    """Renew the leases of an active reviewer; skip those that are locked."""
    held = Lease.objects.filter(rater=rater_id, state=Lease.State.LEASED).select_for_update(
        skip_locked=True, no_key=True
    )
    Lease.objects.filter(pk__in=held.values("pk")).update(expires_at=Now() + lease_duration())


def end_expired_leases(*, run_id: int) -> None:
    """End the leases of the run that have expired."""
    end_leases(Lease.objects.filter(run=run_id, expires_at__lte=Now()))


@transaction.atomic
def end_leases(leases: QuerySet[Lease]) -> int:
    """End those of these leases that are active; return how many.

    It skips locked leases and never waits, so the caller may hold the lock of a comparison.
    """
    active = leases.filter(state=Lease.State.LEASED).select_for_update(
        of=("self",), skip_locked=True, no_key=True
    )
    return Lease.objects.filter(pk__in=active.values("pk")).update(
        state=Lease.State.EXPIRED, ended_at=Now()
    )
