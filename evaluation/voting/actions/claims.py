"""Leasing the next comparison in served order, by one statement (claim_sql.py).

It locks the comparison, takes its lowest free slot and stores the side that was drawn. An expired
lease counts as free at once, so nothing has to sweep; where its row is in the way of a new one, it
is ended and the statement is run again. docs/voting.md explains the order of locks.
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from random import SystemRandom
from typing import Any

import orjson
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import EvaluationRun
from evaluation.stats.verdicts import Contender
from evaluation.voting.actions import claim_sql
from evaluation.voting.actions.claim_sql import ClaimQuery
from evaluation.voting.blinding import draw_left, other
from evaluation.voting.models import Lease
from reviewapp.core.db.prepared import fetch_all, plan_by_indexes

_RANDOM = SystemRandom()
# How often to look again when others were faster.
_MAX_BLOCKING_ATTEMPTS = 4
_MAX_SKIP_LOCKED_ATTEMPTS = 4


@dataclass(frozen=True)
class ServedComparison:
    """One leased comparison as its reviewer may see it: no name, no order, no measure of a model.

    `prompt` is the list of messages; `left` and `right` are the answers as drawn for this lease.
    """

    public_id: uuid.UUID
    prompt: list[dict[str, Any]]
    policies: list[str]
    left: str
    right: str


def lease_duration() -> timedelta:
    """Return how long a comparison is held for a reviewer who does nothing."""
    return timedelta(seconds=settings.VOTE_LEASE_SECONDS)


def is_serving(run: EvaluationRun) -> bool:
    """Say whether the run hands out comparisons now."""
    return run.state == RunState.VOTING and not run.paused


def lease_up_to(*, run: EvaluationRun, rater_id: int, count: int) -> list[ServedComparison]:
    """Lease until the rater holds `count`; to be called inside a transaction.

    Never waits for anybody, so it may be called with a comparison locked.
    """
    plan_by_indexes()
    rows: list[_Row] = []
    grows = is_serving(run)
    while grows and len(rows) < count:
        rows = _claim(claim_sql.SKIP_LOCKED, run=run, rater_id=rater_id, count=count)
        grows = any(row.is_new for row in rows)
    return [row.served for row in rows[:count]]


def held_comparisons(*, run: EvaluationRun, rater_id: int) -> list[ServedComparison]:
    """Return what the rater holds, without leasing anything; to be called in a transaction."""
    plan_by_indexes()
    rows, _ = _run_claim_query(claim_sql.SKIP_LOCKED[0], run=run, rater_id=rater_id, count=0)
    return [row.served for row in rows]


def lease_one_blocking(*, run: EvaluationRun, rater_id: int) -> list[ServedComparison]:
    """Try once more for somebody who holds nothing, waiting for rows that others have locked.

    Outside a transaction: who waits must hold no lock, or two could wait for each other.
    """
    for _ in range(_MAX_BLOCKING_ATTEMPTS):
        if not (is_serving(run) and _is_any_free(run=run, rater_id=rater_id)):
            break
        with transaction.atomic():
            plan_by_indexes()
            rows = _claim(claim_sql.WAIT_FOR_LOCKS, run=run, rater_id=rater_id, count=1)
        if rows:
            return [row.served for row in rows]
    return []


def _is_any_free(*, run: EvaluationRun, rater_id: int) -> bool:
    parameters = _parameters(run=run, rater_id=rater_id) | {"mine": list(claim_sql.EXCLUDED_STATES)}
    (found,) = fetch_all(claim_sql.FREE, parameters)
    return bool(found[0])


def _claim(
    ways: list[ClaimQuery], *, run: EvaluationRun, rater_id: int, count: int
) -> list["_Row"]:
    """Return what the rater holds, with one more leased if they held fewer than `count`."""
    rows: list[_Row] = []
    for way in ways:
        rows, is_contested = _run_claim_query(way, run=run, rater_id=rater_id, count=count)
        if is_contested or len(rows) >= count or any(row.is_new for row in rows):
            break
    if any(row.needs_renewal for row in rows):
        _renew(rater_id=rater_id)
    return rows


def _run_claim_query(
    way: ClaimQuery, *, run: EvaluationRun, rater_id: int, count: int
) -> tuple[list["_Row"], bool]:
    """Go one way; where a slot was in the way, again without waiting for anybody.

    A comparison found stays locked in between, so the next time sees all that happened to it, and
    passes on to one behind it. Returns the rows, and whether slots were in the way to the last.
    """
    parameters = _parameters(run=run, rater_id=rater_id) | {
        "mine": list(way.mine),
        "count": count,
        "public_id": uuid.uuid4(),
        "left": draw_left(_RANDOM).value,
        "lease": lease_duration(),
    }
    found = fetch_all(way.statement, parameters)
    for attempt in range(_MAX_SKIP_LOCKED_ATTEMPTS):
        if not _is_contested(found):
            break
        if attempt == 0:
            end_expired_leases(run_id=run.pk)
        found = fetch_all(way.skip_locked_statement, parameters)
    rows = [_as_row(*values) for values in found if values[0] is not None]
    return rows, _is_contested(found)


def _is_contested(found: list[Any]) -> bool:
    """Say whether a place was found and somebody else's lease was in its slot."""
    return any(public_id is None for public_id, *_rest in found)


def _parameters(*, run: EvaluationRun, rater_id: int) -> dict[str, Any]:
    return {
        "run": run.pk,
        "rater": rater_id,
        "undecided_only": run.overall_decided_at is not None,
        "candidate": run.candidate_id,
        "baseline": run.baseline_id,
    }


@dataclass(frozen=True)
class _Row:
    """What the statement says of one lease."""

    served: ServedComparison
    is_new: bool
    needs_renewal: bool


def _as_row(  # noqa: PLR0913, PLR0917 - one argument for each column of the statement.
    public_id: uuid.UUID,
    left: str,
    is_new: bool,  # noqa: FBT001
    needs_renewal: bool,  # noqa: FBT001
    prompt: str,
    policies: list[str],
    candidate: str,
    baseline: str,
) -> _Row:
    texts = {Contender.CANDIDATE: candidate, Contender.BASELINE: baseline}
    served = ServedComparison(
        public_id=public_id,
        prompt=orjson.loads(prompt),
        policies=policies,
        left=texts[Contender(left)],
        right=texts[other(left)],
    )
    return _Row(served, is_new, needs_renewal)


def _renew(*, rater_id: int) -> None:
    """Give what a present reviewer holds its whole time again, and wait for nobody."""
    held = Lease.objects.filter(rater=rater_id, state=Lease.State.LEASED).select_for_update(
        skip_locked=True, no_key=True
    )
    Lease.objects.filter(pk__in=held.values("pk")).update(expires_at=Now() + lease_duration())


def end_expired_leases(*, run_id: int) -> None:
    """Give back what is held beyond its time."""
    end_leases(Lease.objects.filter(run=run_id, expires_at__lte=Now()))


@transaction.atomic
def end_leases(leases: QuerySet[Lease]) -> int:
    """Give back those of these that are leased; whoever is at work on one this moment keeps it.

    It waits for nobody, so it may be called with a comparison locked. Returns how many.
    """
    found = leases.filter(state=Lease.State.LEASED).select_for_update(
        of=("self",), skip_locked=True, no_key=True
    )
    return Lease.objects.filter(pk__in=found.values("pk")).update(
        state=Lease.State.EXPIRED, ended_at=Now()
    )
