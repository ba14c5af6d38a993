"""Lease, skip and release comparisons."""

import uuid

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext

from evaluation.runs.models import Rater
from evaluation.voting.actions.claims import (
    ServedComparison,
    end_expired_leases,
    end_leases,
    lease_one_blocking,
)
from evaluation.voting.actions.gold_serving import lease_up_to, release_gold
from evaluation.voting.actions.locking import VOTING_ROLES, check_voting_open, lock_lease
from evaluation.voting.actions.settling import close_previous
from evaluation.voting.actions.training import check_trained
from evaluation.voting.models import Lease, LeaseState
from reviewapp.core.db.prepared import plan_by_indexes
from reviewapp.core.errors import PermissionDeniedError
from reviewapp.people.models import Membership, User

LEASES_PER_REVIEWER = 2
"""The comparison on the screen and the next one."""


def lease_comparisons(
    *, run_id: int, actor: User, count: int = LEASES_PER_REVIEWER
) -> list[ServedComparison]:
    """Return up to `count` comparisons leased to `actor`, in served order; lease those missing.

    Comparisons that they hold keep their sides, also after the lease expired as long as no one else
    took the slot. Empty if no comparison is free for them.

    Raises:
        PermissionDeniedError: the actor is no reviewer of this run.
        TrainingNeeded: the run has a training round that they have not finished.
    """
    rater = reviewer_of_run(run_id=run_id, actor=actor)
    check_trained(rater)
    with transaction.atomic():
        plan_by_indexes()
        held = lease_up_to(run=rater.run, rater_id=rater.pk, count=count)
    return held or lease_one_blocking(run=rater.run, rater_id=rater.pk)


def reviewer_of_run(*, run_id: int, actor: User) -> Rater:
    """Return the rater of a user in the run, with its run.

    Raises:
        PermissionDeniedError: the actor is no reviewer of this run.
    """
    raters = Rater.objects.select_related("run").filter(run=run_id, removed_at__isnull=True)
    rater = raters.filter(_may_vote(actor), user=actor).first()
    if rater is None:
        raise PermissionDeniedError(
            gettext("You are not a reviewer of this run. Ask its lead to add you.")
        )
    return rater


@transaction.atomic
def release_leases(*, run_id: int, actor: User) -> int:
    """End all leases of a reviewer who pauses; return how many."""
    release_gold(run_id=run_id, user_id=actor.pk)
    return end_leases(Lease.objects.filter(run=run_id, rater__user=actor))


@transaction.atomic
def skip(*, actor: User, lease_id: uuid.UUID) -> Lease:
    """Skip a comparison; it returns at the end of this reviewer's own queue.

    Skipping twice is the same as once. A lease that has ended otherwise does not change.

    Raises:
        PermissionDeniedError: the lease is of another reviewer.
        InvalidTransition: the run is closed.
    """
    lease = lock_lease(actor=actor, lease_id=lease_id)
    check_voting_open(lease.run)
    if lease.state in {Lease.State.LEASED, Lease.State.EXPIRED}:
        plan_by_indexes()
        end_lease(lease, Lease.State.SKIPPED)
        close_previous(run_id=lease.run_id, rater_id=lease.rater_id, at=timezone.now())
    return lease


def _may_vote(actor: User) -> Q:
    """Return the condition that the actor has a role in the project that may vote now."""
    if actor.is_superuser:
        return Q()
    roles = Membership.objects.filter(
        project=OuterRef("run__project"), user=actor, role__in=VOTING_ROLES
    )
    return Q(Exists(roles))


def end_lease(lease: Lease, state: LeaseState, *, note: str = "") -> None:
    """End a locked lease in this state."""
    lease.state, lease.ended_at, lease.note = state, timezone.now(), note
    lease.save(update_fields=["state", "ended_at", "note"])


def free_slot(lease: Lease) -> int | None:
    """Return a free slot of the locked comparison, or None.

    Expired leases are ended first, and also a newer lease of the same reviewer.
    """
    comparison = lease.comparison
    leased, voted = Lease.State.LEASED, Lease.State.VOTED
    end_expired_leases(run_id=lease.run_id)
    end_leases(comparison.leases.filter(rater=lease.rater_id))
    held = comparison.leases.filter(state__in=[leased, voted]).values_list("slot", "state")
    live = sum(state == leased for _slot, state in held)
    if comparison.closing_votes + live >= comparison.votes_needed:
        return None
    taken = {slot for slot, _state in held}
    return min(set(range(1, comparison.votes_needed + 1)) - taken, default=None)
