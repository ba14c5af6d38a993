"""Casting a vote, giving its reasons, taking it back, reporting a broken example.

Each action locks the assignment and its comparison in one statement; the counts on the comparison
and the vote change together. docs/voting.md explains the order of locks.
"""

import uuid
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from evaluation.runs.models import Comparison
from evaluation.stats.verdicts import Choice
from evaluation.voting.actions.claims import Served, held_by, lease_time, top_up, wait_for_one
from evaluation.voting.actions.leases import ON_SCREEN_AND_NEXT, closing_votes, end, free_slot
from evaluation.voting.actions.locking import locked_assignment, refuse_unless_voting
from evaluation.voting.actions.vote_sql import store_vote
from evaluation.voting.blinding import resolve
from evaluation.voting.models import Assignment, Vote, VoteEvent
from evaluation.voting.reasons import Said
from reviewapp.core.errors import InvalidInput, TransitionRefused
from reviewapp.people.models import User


@dataclass(frozen=True)
class CastVote:
    """A stored vote, whether it closed its example, and what its rater holds now."""

    vote: Vote
    is_closed: bool
    served: list[Served]


@transaction.atomic
def cast_vote(
    *, actor: User, assignment_id: uuid.UUID, choice: str, source: str = Vote.Source.SCREEN
) -> Vote:
    """Store what a reviewer clicked. The same vote twice counts once.

    A vote that comes after its lease ran out is taken if the example still has a place for it,
    and refused otherwise: no example gets more votes than it needs.

    Raises:
        InvalidInput: an unknown choice.
        NotAllowed: the comparison was not given to the actor.
        TransitionRefused: they voted differently on it before, or it needs no vote any more.
    """
    return _cast(actor=actor, assignment_id=assignment_id, choice=choice, source=source)


def vote_and_lease(
    *,
    actor: User,
    assignment_id: uuid.UUID,
    choice: str,
    count: int = ON_SCREEN_AND_NEXT,
    source: str = Vote.Source.SCREEN,
    said: Said | None = None,
) -> CastVote:
    """Store a vote and what was said with it, and lease what comes after it, in one transaction.

    Raises what `cast_vote` raises, and InvalidInput where `said` cannot be kept.
    """
    if said is not None:
        _refuse_unsayable(said)
    with transaction.atomic():
        vote = _cast(
            actor=actor, assignment_id=assignment_id, choice=choice, source=source, said=said
        )
        served = top_up(run=vote.run, rater_id=vote.rater_id, count=count)
    if not served:
        served = wait_for_one(run=vote.run, rater_id=vote.rater_id)
    is_closed = vote.comparison.state == Comparison.State.CLOSED
    return CastVote(vote=vote, is_closed=is_closed, served=served)


def _cast(
    *,
    actor: User,
    assignment_id: uuid.UUID,
    choice: str,
    source: str,
    said: Said | None = None,
) -> Vote:
    if choice not in set(Choice):
        raise InvalidInput(f"“{choice}” is no choice. Use one of {', '.join(Choice)}.")
    assignment = locked_assignment(actor=actor, assignment_id=assignment_id)
    if assignment.state == Assignment.State.VOTED:
        vote = _vote_again(assignment, choice)
        if said is not None:
            _change_reasons(vote, said, actor=actor)
        return vote
    _refuse_late_vote(assignment)
    if assignment.state != Assignment.State.LEASED:
        _take_free_slot(assignment)
    vote = Vote(
        run=assignment.run,
        comparison=assignment.comparison,
        rater_id=assignment.rater_id,
        assignment=assignment,
        choice=choice,
        left=assignment.left,
        verdict=resolve(choice, left=assignment.left),
        counted=True,
        source=source,
        at=timezone.now(),
        **_columns_of(said or Said()),
    )
    count_vote(vote.comparison, vote.verdict)
    assignment.state, assignment.ended_at = Assignment.State.VOTED, vote.at
    store_vote(vote)
    return vote


def _vote_again(assignment: Assignment, choice: str) -> Vote:
    vote = Vote.objects.get(assignment=assignment)
    if vote.choice != choice:
        raise TransitionRefused(
            "You have voted on this example already, and differently. The first vote stands. "
            "Take it back first if you want to change it."
        )
    vote.run, vote.comparison = assignment.run, assignment.comparison
    return vote


def _refuse_late_vote(assignment: Assignment) -> None:
    """Refuse a vote on what needs none any more."""
    refuse_unless_voting(assignment.run)
    if assignment.comparison.state == Comparison.State.CLOSED:
        raise TransitionRefused(
            "This example needs no more votes, so yours was not stored. Go on with the next one."
        )
    if assignment.comparison.state != Comparison.State.OPEN:
        raise TransitionRefused(
            "This example was reported as broken, so it needs no votes. Go on with the next one."
        )
    if assignment.state == Assignment.State.UNDONE:
        raise TransitionRefused(
            "You took this vote back. The example is in your queue again: vote on it there."
        )


def _take_free_slot(assignment: Assignment) -> None:
    """Give an assignment that was given back a place again.

    Raises:
        TransitionRefused: others have taken all places, or the rater voted through another lease.
    """
    comparison = assignment.comparison
    if comparison.votes.filter(rater=assignment.rater_id, undone_at__isnull=True).exists():
        raise TransitionRefused("You have voted on this example already. The first vote stands.")
    slot = free_slot(assignment)
    if slot is None:
        raise TransitionRefused(
            "Your time for this example ran out, so this vote was not stored. "
            "Go on with the next one."
        )
    assignment.slot = slot


def count_vote(comparison: Comparison, verdict: str, *, by: int = 1) -> list[str]:
    """Add a closing vote to the locked comparison (or take one off), and close it if it is full.

    Returns the names of what changed; the caller saves it.
    """
    counts = [f"closing_{verdict}", f"all_{verdict}"]
    for name in counts:
        setattr(comparison, name, getattr(comparison, name) + by)
    if closing_votes(comparison) >= comparison.votes_needed:
        comparison.state, comparison.closed_at = Comparison.State.CLOSED, timezone.now()
    return [*counts, "state", "closed_at"]


@transaction.atomic
def undo_vote(*, actor: User, assignment_id: uuid.UUID) -> Served:
    """Take a vote back while its example is open; the same comparison is leased again, same sides.

    Undoing twice is the same as once. Returns the comparison under its new id.

    Raises:
        NotAllowed: it is not theirs.
        TransitionRefused: the run or the example is closed, or there is no vote to take back.
    """
    assignment = locked_assignment(actor=actor, assignment_id=assignment_id)
    refuse_unless_voting(assignment.run)
    comparison = assignment.comparison
    if assignment.state == Assignment.State.UNDONE:
        return _served_again(assignment)
    if assignment.state != Assignment.State.VOTED:
        raise TransitionRefused("There is no vote on this example to take back.")
    if comparison.state != Comparison.State.OPEN:
        raise TransitionRefused(
            "This example is complete and counted, so your vote on it can no longer be taken back."
        )
    vote = Vote.objects.get(assignment=assignment)
    vote.run = assignment.run
    vote.undone_at, vote.counted = timezone.now(), False
    vote.save(update_fields=["undone_at", "counted"])
    comparison.save(update_fields=count_vote(comparison, vote.verdict, by=-1))
    _record(vote, "undo_vote", actor, before=vote.choice or vote.verdict)
    end(assignment, Assignment.State.UNDONE)
    _lease_again(assignment)
    return _served_again(assignment)


def _lease_again(assignment: Assignment) -> None:
    """Hold the place of an undone vote once more, under a new id and with the sides as shown."""
    Assignment.objects.create(
        run=assignment.run,
        comparison=assignment.comparison,
        rater_id=assignment.rater_id,
        slot=assignment.slot,
        left=assignment.left,
        expires_at=timezone.now() + lease_time(),
    )


def _served_again(undone: Assignment) -> Served:
    """Return the comparison of an undone vote as its reviewer holds it now."""
    live = undone.comparison.assignments.filter(
        rater=undone.rater_id, state=Assignment.State.LEASED
    )
    again = live.values_list("public_id", flat=True).first()
    for served in held_by(run=undone.run, rater_id=undone.rater_id):
        if served.public_id == again:
            return served
    raise TransitionRefused("You have voted on this example again, or given it back.")


@transaction.atomic
def give_reasons(*, actor: User, assignment_id: uuid.UUID, said: Said) -> Vote:
    """Store the reasons of a vote that was cast; they replace those given before.

    Raises:
        InvalidInput: an unknown side or code, or a text that cannot be stored.
        TransitionRefused: the run is closed, the vote was taken back, or there is none.
    """
    _refuse_unsayable(said)
    assignment = locked_assignment(actor=actor, assignment_id=assignment_id)
    vote = Vote.objects.filter(assignment=assignment, undone_at__isnull=True).first()
    if vote is None:
        raise TransitionRefused("There is no vote on this example that a reason could be given to.")
    vote.run, vote.comparison = assignment.run, assignment.comparison
    _change_reasons(vote, said, actor=actor)
    return vote


def _refuse_unsayable(said: Said) -> None:
    if fault := said.fault():
        raise InvalidInput(fault)


def _columns_of(said: Said) -> dict[str, Any]:
    """Return what is stored of the reasons, by column of the vote."""
    return {
        "reasons": {side: sorted(set(codes)) for side, codes in said.reasons.items() if codes},
        "rationale": said.rationale.strip(),
        "recognised": said.recognised,
    }


def _change_reasons(vote: Vote, said: Said, *, actor: User) -> None:
    """Replace the reasons of a stored vote and record an event; nothing if they are the same.

    Raises:
        TransitionRefused: the run is closed.
    """
    after = _columns_of(said)
    before = {name: getattr(vote, name) for name in after}
    if after == before:
        return
    refuse_unless_voting(vote.run)
    for name, value in after.items():
        setattr(vote, name, value)
    vote.save(update_fields=list(after))
    action = "give_reasons" if before == _columns_of(Said()) else "change_reasons"
    _record(vote, action, actor, detail={"before": before, "after": after})


def _record(vote: Vote, action: str, actor: User, **facts: Any) -> None:
    VoteEvent.objects.create(
        project_id=vote.run.project_id, run=vote.run, vote=vote, actor=actor, action=action, **facts
    )
