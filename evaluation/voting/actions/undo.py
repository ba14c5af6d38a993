"""Undo the last vote or skip of a reviewer."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from evaluation.runs.models import Comparison
from evaluation.voting.actions import rejected
from evaluation.voting.actions.claims import ServedComparison, held_comparisons
from evaluation.voting.actions.counts import count_vote
from evaluation.voting.actions.criterion_votes import choices_of
from evaluation.voting.actions.leases import end_lease, free_slot
from evaluation.voting.actions.locking import check_voting_open, lock_lease
from evaluation.voting.actions.votes import record
from evaluation.voting.limits import lease_duration
from evaluation.voting.models import Lease, Vote
from reviewapp.core.db.prepared import plan_by_indexes
from reviewapp.people.models import User


@dataclass(frozen=True)
class Undone:
    """A comparison that is leased again, and the vote that was undone; None after a skip."""

    served: ServedComparison
    vote: Vote | None


@transaction.atomic
def undo(*, actor: User, lease_id: uuid.UUID) -> Undone:
    """Undo a vote or a skip; the comparison is leased again under a new id with the same sides.

    A vote can be undone while its comparison is open (settling.py), a skip while the comparison has
    a free slot. Undoing twice is the same as once.

    Raises:
        PermissionDeniedError: the lease is of another reviewer.
        InvalidTransition: the run or the comparison is closed, or there is nothing to undo.
    """
    lease = lock_lease(actor=actor, lease_id=lease_id)
    check_voting_open(lease.run)
    vote = Vote.objects.filter(lease=lease).first()
    if lease.state == Lease.State.VOTED and vote is not None:
        vote.run, vote.comparison = lease.run, lease.comparison
        _undo_vote(vote, lease, actor)
    elif lease.state == Lease.State.SKIPPED:
        _undo_skip(lease)
    elif lease.state != Lease.State.UNDONE:
        raise rejected.nothing_to_undo()
    return Undone(_released_comparison(lease), vote)


def earlier_vote(vote: Vote) -> dict[str, Any]:
    """Return what the reviewer had chosen and why, by the sides shown, as JSON values."""
    return {
        "choice": vote.choice,
        "reasons": vote.reasons,
        "rationale": vote.rationale,
        "recognised": vote.recognised,
        "criteria": choices_of(vote),
    }


def _undo_vote(vote: Vote, lease: Lease, actor: User) -> None:
    comparison = lease.comparison
    if comparison.state != Comparison.State.OPEN:
        raise rejected.vote_is_final()
    vote.undone_at, vote.counted = timezone.now(), False
    vote.save(update_fields=["undone_at", "counted"])
    comparison.save(update_fields=count_vote(comparison, vote.verdict, by=-1))
    record(vote, "undo_vote", actor, before=vote.choice or vote.verdict)
    end_lease(lease, Lease.State.UNDONE)
    _renew_lease(lease, lease.slot)


def _undo_skip(lease: Lease) -> None:
    comparison = lease.comparison
    is_open = comparison.state == Comparison.State.OPEN
    has_voted = comparison.votes.filter(rater=lease.rater_id, undone_at__isnull=True).exists()
    slot = free_slot(lease) if is_open and not has_voted else None
    if slot is None:
        raise rejected.skip_is_final()
    end_lease(lease, Lease.State.UNDONE)
    _renew_lease(lease, slot)


def _renew_lease(lease: Lease, slot: int) -> None:
    """Lease the comparison of an undone lease to the same rater, with the same sides."""
    Lease.objects.create(
        run=lease.run,
        comparison=lease.comparison,
        rater_id=lease.rater_id,
        slot=slot,
        left=lease.left,
        expires_at=timezone.now() + lease_duration(),
    )


def _released_comparison(undone: Lease) -> ServedComparison:
    """Return the comparison of an undone lease under its current lease."""
    live = undone.comparison.leases.filter(rater=undone.rater_id, state=Lease.State.LEASED)
    renewed = live.values_list("public_id", flat=True).first()
    plan_by_indexes()
    for served in held_comparisons(run=undone.run, rater_id=undone.rater_id):
        if served.public_id == renewed:
            return served
    raise rejected.given_back()
