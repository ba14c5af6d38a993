"""Cast a vote, and set its feedback.

Each action locks the lease and its comparison in one statement; the vote and the counts of the
comparison change in one transaction. docs/voting.md explains the order of locks.
"""

import uuid
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from evaluation.runs.models import Comparison
from evaluation.stats.verdicts import Choice
from evaluation.voting.actions import rejected
from evaluation.voting.actions.claims import ServedComparison, lease_one_blocking
from evaluation.voting.actions.counts import count_vote
from evaluation.voting.actions.criterion_votes import (
    CriterionChoices,
    check_choices,
    check_repeated,
    choices_of,
    store_choices,
)
from evaluation.voting.actions.gold_serving import lease_up_to
from evaluation.voting.actions.leases import LEASES_PER_REVIEWER, free_slot
from evaluation.voting.actions.locking import check_voting_open, lock_lease
from evaluation.voting.actions.vote_sql import store_vote
from evaluation.voting.blinding import resolve
from evaluation.voting.feedback import VoteFeedback, feedback_columns
from evaluation.voting.models import Lease, Vote, VoteEvent
from reviewapp.core.db.prepared import plan_by_indexes
from reviewapp.core.errors import InvalidInput, InvalidTransition
from reviewapp.people.models import User


@dataclass(frozen=True)
class CastVote:
    """A stored vote, and the comparisons leased afterwards."""

    vote: Vote
    served: list[ServedComparison]


def cast_and_lease(  # noqa: PLR0913 each is a part of one vote
    *,
    actor: User,
    lease_id: uuid.UUID,
    choice: str,
    count: int = LEASES_PER_REVIEWER,
    source: str = Vote.Source.SCREEN,
    feedback: VoteFeedback | None = None,
    on_criteria: CriterionChoices | None = None,
) -> CastVote:
    """Store a vote with its feedback and lease the next comparisons, in one transaction.

    The same vote twice counts once. A vote after its lease expired is accepted if the comparison
    has a free slot, so that no comparison gets more votes than it needs.

    Args:
        actor: the reviewer.
        lease_id: public id of the lease.
        choice: what was clicked, a `Choice`.
        count: comparisons that the reviewer should hold afterwards; 0 leases none.
        source: where the vote was cast, a `Vote.Source`.
        feedback: reasons, rationale and recognised; None leaves those of a repeated vote.
        on_criteria: the choice on each criterion of the run that was not passed over.

    Raises:
        InvalidInput: a choice is unknown, a criterion with a gate lacks one, or the feedback
            cannot be stored.
        PermissionDeniedError: the lease is of another reviewer.
        InvalidTransition: the reviewer voted differently on it before, or it needs no more votes.
    """
    if choice not in set(Choice):
        raise InvalidInput(
            gettext("“%(choice)s” is no choice. Use one of %(choices)s.")
            % {"choice": choice, "choices": ", ".join(Choice)}
        )
    if feedback is not None:
        _validate_feedback(feedback)
    with transaction.atomic():
        plan_by_indexes()
        vote = _cast(
            actor=actor,
            lease_id=lease_id,
            choice=choice,
            source=source,
            feedback=feedback,
            on_criteria=on_criteria,
        )
        served = lease_up_to(run=vote.run, rater_id=vote.rater_id, count=count)
    if count and not served:
        served = lease_one_blocking(run=vote.run, rater_id=vote.rater_id)
    return CastVote(vote=vote, served=served)


def _cast(
    *,
    actor: User,
    lease_id: uuid.UUID,
    choice: str,
    source: str,
    feedback: VoteFeedback | None,
    on_criteria: CriterionChoices | None,
) -> Vote:
    lease = lock_lease(actor=actor, lease_id=lease_id)
    if lease.state == Lease.State.VOTED:
        vote = _repeated_vote(lease, choice)
        check_repeated(choices_of(vote), on_criteria)
        if feedback is not None:
            _change_feedback(vote, feedback, actor=actor)
        return vote
    _check_vote_accepted(lease)
    chosen = check_choices(lease.run, on_criteria or {})
    if lease.state != Lease.State.LEASED:
        _take_free_slot(lease)
    vote = Vote(
        run=lease.run,
        comparison=lease.comparison,
        rater_id=lease.rater_id,
        lease=lease,
        choice=choice,
        left=lease.left,
        verdict=resolve(choice, left=lease.left),
        counted=True,
        source=source,
        at=timezone.now(),
        **feedback_columns(feedback or VoteFeedback()),
    )
    count_vote(vote.comparison, vote.verdict)
    lease.state, lease.ended_at = Lease.State.VOTED, vote.at
    store_vote(vote)
    store_choices(vote, chosen)
    return vote


def _repeated_vote(lease: Lease, choice: str) -> Vote:
    vote = Vote.objects.get(lease=lease)
    if vote.choice != choice:
        raise rejected.voted_differently()
    vote.run, vote.comparison = lease.run, lease.comparison
    return vote


def _check_vote_accepted(lease: Lease) -> None:
    """Raise InvalidTransition if the comparison accepts no vote of this lease."""
    check_voting_open(lease.run)
    if lease.comparison.state == Comparison.State.CLOSED or lease.comparison.has_all_votes:
        raise InvalidTransition(
            gettext(
                "This example needs no more votes, so yours was not stored. "
                "Go on with the next one."
            )
        )
    if lease.comparison.state != Comparison.State.OPEN:
        raise rejected.reported_as_broken()
    if lease.state == Lease.State.UNDONE:
        raise rejected.vote_was_undone()


def _take_free_slot(lease: Lease) -> None:
    """Assign a free slot to a lease that has expired or was skipped.

    Raises:
        InvalidTransition: no slot is free, or the rater voted through another lease.
    """
    comparison = lease.comparison
    if comparison.votes.filter(rater=lease.rater_id, undone_at__isnull=True).exists():
        raise rejected.voted_already()
    slot = free_slot(lease)
    if slot is None:
        raise InvalidTransition(
            gettext(
                "Your time for this example ran out, so this vote was not stored. "
                "Go on with the next one."
            )
        )
    lease.slot = slot


@transaction.atomic
def set_feedback(*, actor: User, lease_id: uuid.UUID, feedback: VoteFeedback) -> Vote:
    """Store the feedback of a vote; it replaces the feedback given before.

    Raises:
        InvalidInput: a side or code is unknown, or a text cannot be stored.
        InvalidTransition: the run is closed, or there is no vote, or it was undone.
    """
    _validate_feedback(feedback)
    lease = lock_lease(actor=actor, lease_id=lease_id)
    vote = Vote.objects.filter(lease=lease, undone_at__isnull=True).first()
    if vote is None:
        raise rejected.no_vote_for_reasons()
    vote.run, vote.comparison = lease.run, lease.comparison
    _change_feedback(vote, feedback, actor=actor)
    return vote


def _validate_feedback(feedback: VoteFeedback) -> None:
    if error := feedback.error():
        raise InvalidInput(error)


def _change_feedback(vote: Vote, feedback: VoteFeedback, *, actor: User) -> None:
    """Replace the feedback of a stored vote and record an event, unless it is unchanged.

    Raises:
        InvalidTransition: the run is closed.
    """
    after = feedback_columns(feedback)
    before = {name: getattr(vote, name) for name in after}
    if after == before:
        return
    check_voting_open(vote.run)
    for name, value in after.items():
        setattr(vote, name, value)
    vote.save(update_fields=list(after))
    action = "give_reasons" if before == feedback_columns(VoteFeedback()) else "change_reasons"
    record(vote, action, actor, detail={"before": before, "after": after})


def record(vote: Vote, action: str, actor: User, **facts: Any) -> None:
    """Record a change of a stored vote by its reviewer."""
    VoteEvent.objects.create(
        project_id=vote.run.project_id, run=vote.run, vote=vote, actor=actor, action=action, **facts
    )
