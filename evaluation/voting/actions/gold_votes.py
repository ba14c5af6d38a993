"""Vote on a gold check, skip it, report it, undo: with the answers that a comparison gets.

`reviewer_actions` calls these when a lease is not found among the leases of comparisons.
"""

import uuid
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from evaluation.runs.gold import agreed_choice
from evaluation.runs.models import EvaluationRun, Rater
from evaluation.voting.actions import rejected
from evaluation.voting.actions.claims import ServedComparison, lease_one_blocking
from evaluation.voting.actions.criterion_votes import (
    CriterionChoices,
    check_choices,
    check_repeated,
)
from evaluation.voting.actions.gold_serving import lease_up_to, renew_lease, served_gold
from evaluation.voting.actions.locking import UnknownLease, check_voting_open
from evaluation.voting.actions.settling import close_previous
from evaluation.voting.feedback import VoteFeedback, feedback_columns
from evaluation.voting.models import GoldLease, LeaseState, Vote
from evaluation.voting.undoable import undo_seconds_left
from reviewapp.core.db.prepared import plan_by_indexes
from reviewapp.people.models import User
from reviewapp.people.permissions import Permission, permissions_of

State = LeaseState


def cast(
    *,
    actor: User,
    lease_id: uuid.UUID,
    choice: str,
    count: int,
    feedback: VoteFeedback | None,
    on_criteria: CriterionChoices | None,
) -> list[ServedComparison]:
    """Store the choice on a gold check and lease the next comparisons.

    The same choice twice counts once.

    Raises:
        UnknownLease: it is no gold check of this reviewer.
        InvalidTransition: the run is closed, or the reviewer chose differently on it before.
    """
    with transaction.atomic():
        plan_by_indexes()
        lease = lock_gold_lease(actor=actor, lease_id=lease_id)
        if lease.state == State.VOTED:
            if lease.choice != choice:
                raise rejected.voted_differently()
            check_repeated(_choices_on_criteria(lease), on_criteria)
            if feedback is not None:
                _change_feedback(lease, feedback)
        else:
            _store(lease, choice, feedback or VoteFeedback(), on_criteria or {})
        served = lease_up_to(run=lease.run, rater_id=lease.rater_id, count=count)
    if count and not served:
        served = lease_one_blocking(run=lease.run, rater_id=lease.rater_id)
    return served


def _store(
    lease: GoldLease, choice: str, feedback: VoteFeedback, on_criteria: CriterionChoices
) -> None:
    check_voting_open(lease.run)
    if lease.state == State.BROKEN:
        raise rejected.reported_as_broken()
    if lease.state == State.UNDONE:
        raise rejected.vote_was_undone()
    chosen = check_choices(lease.run, on_criteria)
    lease.on_criteria = {str(answer.criterion.position): answer.choice for answer in chosen}
    live = GoldLease.objects.filter(rater=lease.rater_id, gold_check=lease.gold_check_id)
    others = live.exclude(pk=lease.pk)
    if others.filter(state=State.VOTED).exists():
        raise rejected.voted_already()
    others.filter(state=State.LEASED).update(state=State.EXPIRED, ended_at=timezone.now())
    _go_on_from_previous(lease)
    lease.state, lease.choice, lease.ended_at = State.VOTED, choice, timezone.now()
    lease.is_right = choice == agreed_choice(lease.gold_check.expected, left=lease.left)
    columns = feedback_columns(feedback)
    for name, value in columns.items():
        setattr(lease, name, value)
    # The app's role may not write the columns that are fixed.
    chosen_columns = ["state", "choice", "ended_at", "is_right", "on_criteria"]
    lease.save(update_fields=[*chosen_columns, *columns])


def _go_on_from_previous(lease: GoldLease) -> None:
    """Close the comparison of the rater's last vote, as a vote on a comparison does."""
    close_previous(run_id=lease.run_id, rater_id=lease.rater_id, at=timezone.now())


@transaction.atomic
def skip(*, actor: User, lease_id: uuid.UUID) -> EvaluationRun:
    """Skip a gold check; return its run. It comes again when nothing else is left.

    Raises:
        UnknownLease: it is no gold check of this reviewer.
        InvalidTransition: the run is closed.
    """
    lease = lock_gold_lease(actor=actor, lease_id=lease_id)
    check_voting_open(lease.run)
    if lease.state in {State.LEASED, State.EXPIRED}:
        plan_by_indexes()
        _end(lease, State.SKIPPED)
        _go_on_from_previous(lease)
    return lease.run


@transaction.atomic
def report_broken(*, actor: User, lease_id: uuid.UUID, note: str) -> EvaluationRun:
    """Store that a gold check is broken, with a note for the leads; return its run.

    Raises:
        UnknownLease: it is no gold check of this reviewer.
        InvalidTransition: the run is closed, or they have voted on it.
    """
    lease = lock_gold_lease(actor=actor, lease_id=lease_id)
    check_voting_open(lease.run)
    if lease.state == State.VOTED:
        raise rejected.report_after_vote()
    if lease.state != State.BROKEN:
        lease.note = note.strip()
        _end(lease, State.BROKEN)
        plan_by_indexes()
        _go_on_from_previous(lease)
    return lease.run


@transaction.atomic
def undo(*, actor: User, lease_id: uuid.UUID) -> tuple[ServedComparison, dict[str, Any] | None]:
    """Undo a choice or a skip; return the gold check, leased again, and the choice undone.

    Raises:
        UnknownLease: it is no gold check of this reviewer.
        InvalidTransition: the run is closed, they have gone on, or there is nothing to undo.
    """
    lease = lock_gold_lease(actor=actor, lease_id=lease_id)
    check_voting_open(lease.run)
    earlier = _feedback_of(lease) if lease.choice else None
    if lease.state == State.VOTED:
        if not undo_seconds_left(lease):
            raise rejected.vote_is_final()
        _end(lease, State.UNDONE)
        renew_lease(lease)
    elif lease.state == State.SKIPPED:
        if _live_lease(lease) is not None:
            raise rejected.skip_is_final()
        _end(lease, State.UNDONE)
        renew_lease(lease)
    elif lease.state != State.UNDONE:
        raise rejected.nothing_to_undo()
    live = _live_lease(lease)
    if live is None or live.state != State.LEASED:
        raise rejected.given_back()
    return served_gold(live), earlier


def _feedback_of(lease: GoldLease) -> dict[str, Any]:
    return {
        "choice": lease.choice,
        "reasons": lease.reasons,
        "rationale": lease.rationale,
        "recognised": lease.recognised,
        "criteria": _choices_on_criteria(lease),
    }


def _choices_on_criteria(lease: GoldLease) -> dict[int, str]:
    return {int(position): choice for position, choice in lease.on_criteria.items()}


def _live_lease(lease: GoldLease) -> GoldLease | None:
    same = GoldLease.objects.filter(rater=lease.rater_id, gold_check=lease.gold_check_id)
    live = same.filter(state__in=[State.LEASED, State.VOTED])
    return live.select_related("gold_check__source__run").first()


@transaction.atomic
def set_feedback(*, actor: User, lease_id: uuid.UUID, feedback: VoteFeedback) -> None:
    """Store the feedback of a choice on a gold check; it replaces the feedback given before.

    Raises:
        UnknownLease: it is no gold check of this reviewer.
        InvalidTransition: the run is closed, or there is no choice.
    """
    lease = lock_gold_lease(actor=actor, lease_id=lease_id)
    if lease.state != State.VOTED:
        raise rejected.no_vote_for_reasons()
    _change_feedback(lease, feedback)


def _change_feedback(lease: GoldLease, feedback: VoteFeedback) -> None:
    after = feedback_columns(feedback)
    if after != {name: getattr(lease, name) for name in after}:
        check_voting_open(lease.run)
        for name, value in after.items():
            setattr(lease, name, value)
        lease.save(update_fields=list(after))


def vote_on_gold(rater: Rater, lease_id: uuid.UUID) -> GoldLease | None:
    """Return the choice of a rater on a gold check, as a page shows a vote; None without one."""
    return _choices(rater).filter(public_id=lease_id).first()


def last_gold_vote(rater: Rater) -> GoldLease | None:
    """Return the rater's last vote if it is on a gold check."""
    last = _choices(rater).order_by("-ended_at").first()
    if last is None or last.ended_at is None:
        return None
    later = Vote.objects.filter(rater=rater, at__gt=last.ended_at, undone_at__isnull=True)
    return None if later.exists() else last


def _choices(rater: Rater) -> QuerySet[GoldLease]:
    own = GoldLease.objects.filter(rater=rater, state=State.VOTED, is_training=False)
    return own.select_related("gold_check__source__run")


def lock_gold_lease(*, actor: User, lease_id: uuid.UUID, is_training: bool = False) -> GoldLease:
    """Lock a gold check of the actor. Requires a transaction.

    Raises:
        UnknownLease: it does not exist or is of another reviewer, or the actor may not vote now.
    """
    leases = GoldLease.objects.select_for_update(of=("self",), no_key=True)
    related = leases.select_related("run__project", "gold_check__source__run")
    own = related.filter(rater__user=actor, rater__removed_at__isnull=True)
    lease = own.filter(public_id=lease_id, is_training=is_training).first()
    if lease is None or Permission.VOTE not in permissions_of(actor, lease.run.project):
        raise UnknownLease
    return lease


def _end(lease: GoldLease, state: LeaseState) -> None:
    lease.state, lease.ended_at = state, timezone.now()
    lease.save(update_fields=["state", "ended_at", "note"])
