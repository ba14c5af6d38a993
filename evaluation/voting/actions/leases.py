"""Who holds which comparison: leasing, skipping and giving back."""

import uuid

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from evaluation.runs.models import Comparison, Rater
from evaluation.voting.actions.claims import (
    Served,
    end_expired_leases,
    end_leases,
    top_up,
    wait_for_one,
)
from evaluation.voting.actions.locking import VOTING_ROLES, locked_assignment, refuse_unless_voting
from evaluation.voting.models import Assignment
from reviewapp.core.errors import NotAllowed
from reviewapp.people.models import Membership, User

ON_SCREEN_AND_NEXT = 2
"""A reviewer holds the comparison on the screen and the one that follows it."""


def lease_comparisons(*, run_id: int, actor: User, count: int = ON_SCREEN_AND_NEXT) -> list[Served]:
    """Return up to `count` comparisons that `actor` holds, in served order; lease what is missing.

    What they hold already comes first and with the sides it was drawn with, even if its time is
    over and nobody else took it. Empty when nothing is free for them.

    Raises:
        NotAllowed: the actor is no reviewer of this run.
    """
    rater = rater_of(run_id=run_id, actor=actor)
    with transaction.atomic():
        held = top_up(run=rater.run, rater_id=rater.pk, count=count)
    return held or wait_for_one(run=rater.run, rater_id=rater.pk)


def rater_of(*, run_id: int, actor: User) -> Rater:
    """Return the seat of this person in the run, with its run.

    Raises:
        NotAllowed: the actor is no reviewer of this run.
    """
    seats = Rater.objects.select_related("run").filter(run=run_id, removed_at__isnull=True)
    rater = seats.filter(_may_vote(actor), user=actor).first()
    if rater is None:
        raise NotAllowed("You are not a reviewer of this run. Ask its lead to add you.")
    return rater


@transaction.atomic
def release_leases(*, run_id: int, actor: User) -> int:
    """Give back all that this reviewer holds in the run, because they pause. Returns how many."""
    return end_leases(Assignment.objects.filter(run=run_id, rater__user=actor))


@transaction.atomic
def skip(*, actor: User, assignment_id: uuid.UUID) -> Assignment:
    """Give a comparison back and put it at the end of this reviewer's own queue.

    Skipping twice is the same as once; skipping what was voted on or given back changes nothing.

    Raises:
        NotAllowed: it was never theirs.
        TransitionRefused: the run is closed.
    """
    assignment = locked_assignment(actor=actor, assignment_id=assignment_id)
    refuse_unless_voting(assignment.run)
    if assignment.state in {Assignment.State.LEASED, Assignment.State.EXPIRED}:
        end(assignment, Assignment.State.SKIPPED)
    return assignment


def _may_vote(actor: User) -> Q:
    """Whose role in the run's project lets them vote, now; a seat alone is not enough."""
    if actor.is_superuser:
        return Q()
    roles = Membership.objects.filter(
        project=OuterRef("run__project"), user=actor, role__in=VOTING_ROLES
    )
    return Q(Exists(roles))


def end(assignment: Assignment, state: Assignment.State, *, note: str = "") -> None:
    """End a locked assignment in this state."""
    assignment.state, assignment.ended_at, assignment.note = state, timezone.now(), note
    assignment.save(update_fields=["state", "ended_at", "note"])


def free_slot(assignment: Assignment) -> int | None:
    """Return a slot of the locked comparison that nobody holds, or None.

    Leases beyond their time are ended first, and so is a newer lease of the same reviewer.
    """
    comparison = assignment.comparison
    leased, voted = Assignment.State.LEASED, Assignment.State.VOTED
    end_expired_leases(run_id=assignment.run_id)
    end_leases(comparison.assignments.filter(rater=assignment.rater_id))
    held = comparison.assignments.filter(state__in=[leased, voted]).values_list("slot", "state")
    live = sum(state == leased for _slot, state in held)
    if closing_votes(comparison) + live >= comparison.votes_needed:
        return None
    taken = {slot for slot, _state in held}
    return min(set(range(1, comparison.votes_needed + 1)) - taken, default=None)


def closing_votes(comparison: Comparison) -> int:
    """Return how many of the votes that close the comparison it has."""
    return (
        comparison.closing_candidate
        + comparison.closing_baseline
        + comparison.closing_tie_good
        + comparison.closing_tie_bad
    )
