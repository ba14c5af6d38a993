"""What reviewers do with what they hold, be it a comparison or a gold check in disguise.

Pages and API call only these. An unknown lease is looked up among the gold checks last, so a vote
on a comparison costs what it did.
"""

import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from evaluation.runs.models import Rater
from evaluation.voting.actions import broken, gold_votes, leases, votes
from evaluation.voting.actions import undo as undoing
from evaluation.voting.actions.claims import ServedComparison
from evaluation.voting.actions.criterion_votes import CriterionChoices
from evaluation.voting.actions.gold_serving import served_gold
from evaluation.voting.actions.leases import LEASES_PER_REVIEWER
from evaluation.voting.actions.locking import UnknownLease
from evaluation.voting.feedback import VoteFeedback
from evaluation.voting.models import GoldLease, Vote
from evaluation.voting.progress import (
    BEGINNING,
    ShownAnswers,
    answers_shown,
    undoable_vote,
    vote_of_lease,
)
from evaluation.voting.undoable import undo_seconds_left
from reviewapp.people.models import User

T = TypeVar("T")


def _either(of_comparison: Callable[[], T], of_gold_check: Callable[[], T]) -> T:
    try:
        return of_comparison()
    except UnknownLease:
        return of_gold_check()


def cast_and_lease(  # noqa: PLR0913 each is a part of one vote
    *,
    actor: User,
    lease_id: uuid.UUID,
    choice: str,
    count: int = LEASES_PER_REVIEWER,
    source: str = Vote.Source.SCREEN,
    feedback: VoteFeedback | None = None,
    on_criteria: CriterionChoices | None = None,
) -> list[ServedComparison]:
    """Store a vote and return the comparisons leased afterwards (`votes.cast_and_lease`)."""
    given: dict[str, Any] = {"actor": actor, "lease_id": lease_id, "choice": choice}
    given |= {"count": count, "feedback": feedback, "on_criteria": on_criteria}
    return _either(
        lambda: votes.cast_and_lease(**given, source=source).served,
        lambda: gold_votes.cast(**given),
    )


def skip(*, actor: User, lease_id: uuid.UUID) -> int:
    """Skip what the lease is for; return the id of its run (`leases.skip`)."""
    return _either(
        lambda: leases.skip(actor=actor, lease_id=lease_id).run_id,
        lambda: gold_votes.skip(actor=actor, lease_id=lease_id).pk,
    )


def report_broken(*, actor: User, lease_id: uuid.UUID, note: str) -> int:
    """Report what the lease is for; return the id of its run (`broken.report_broken`)."""
    return _either(
        lambda: broken.report_broken(actor=actor, lease_id=lease_id, note=note).run_id,
        lambda: gold_votes.report_broken(actor=actor, lease_id=lease_id, note=note).pk,
    )


def undo(*, actor: User, lease_id: uuid.UUID) -> tuple[ServedComparison, dict[str, Any] | None]:
    """Undo a vote or a skip; return what is leased again and the vote undone (`undo.undo`)."""

    def of_comparison() -> tuple[ServedComparison, dict[str, Any] | None]:
        undone = undoing.undo(actor=actor, lease_id=lease_id)
        return undone.served, undoing.earlier_vote(undone.vote) if undone.vote else None

    return _either(of_comparison, lambda: gold_votes.undo(actor=actor, lease_id=lease_id))


def set_feedback(*, actor: User, lease_id: uuid.UUID, feedback: VoteFeedback) -> None:
    """Store the feedback of a vote (`votes.set_feedback`)."""

    def of_comparison() -> None:
        votes.set_feedback(actor=actor, lease_id=lease_id, feedback=feedback)

    _either(
        of_comparison,
        lambda: gold_votes.set_feedback(actor=actor, lease_id=lease_id, feedback=feedback),
    )


def vote_before(
    rater: Rater, lease_id: uuid.UUID | None
) -> tuple[Vote | GoldLease | None, ShownAnswers | None]:
    """Return the vote whose reasons may follow, and the beginnings of its two answers.

    It is the vote on a lease, or without one the reviewer's last vote if they may still undo it.
    """
    found: Vote | GoldLease | None
    if lease_id is not None:
        found = vote_of_lease(rater, lease_id) or gold_votes.vote_on_gold(rater, lease_id)
    elif gold := gold_votes.last_gold_vote(rater) if rater.run.gold_percent else None:
        found = gold if undo_seconds_left(gold) else None
    else:
        found = undoable_vote(rater)
    if isinstance(found, GoldLease):
        served = served_gold(found)
        return found, ShownAnswers(served.left[:BEGINNING], served.right[:BEGINNING])
    return found, answers_shown(found) if found else None
