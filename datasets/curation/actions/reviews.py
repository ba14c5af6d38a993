"""Submit examples for review; approve them or request changes."""

from django.db import transaction

from datasets.curation.actions.locking import (
    EventPayload,
    locked_example,
    move,
    record,
    required_text,
)
from datasets.curation.lifecycle import Action
from datasets.curation.models import GoldenExample, Review, Revision
from datasets.curation.permissions import ExampleAccess
from reviewapp.core.errors import InvalidInput, StaleRevision
from reviewapp.people.models import User

MAX_COMMENT_LENGTH = 2000


@transaction.atomic
def submit(*, example_id: int, actor: User, comment: str = "") -> GoldenExample:
    """Submit an example for review, with a comment for its reviewer.

    Raises:
        InvalidInput: the comment is longer than 2,000 characters.
        PermissionDeniedError: the actor is neither annotator nor lead.
        InvalidTransition: it is neither a draft nor sent back, or the actor has unsaved changes.
        BlockingFindings: open findings block it.
    """
    example = locked_example(example_id)
    ExampleAccess(actor, example).check(Action.SUBMIT)
    before = move(example, Action.SUBMIT)
    example.save(update_fields=["state", "approved_revision", "updated_at"])
    payload = EventPayload(Action.SUBMIT, reason=_comment(comment))
    record(example, payload, actor=actor, before=before)
    return example


@transaction.atomic
def approve(
    *, example_id: int, revision_id: int, reviewer: User, comment: str = ""
) -> GoldenExample:
    """Approve the revision that the reviewer read.

    Raises:
        StaleRevision: there is a newer revision.
        PermissionDeniedError: the reviewer wrote a revision of it, or does not review here.
        InvalidTransition: it is not in review.
        BlockingFindings: open findings block it.
        InvalidInput: the comment is longer than 2,000 characters.
    """
    example, revision = _read_revision(example_id, revision_id)
    ExampleAccess(reviewer, example).check(Action.APPROVE)
    comment = _comment(comment)
    before = move(example, Action.APPROVE)
    example.approved_revision = revision
    return _decide(example, Review.Decision.APPROVE, reviewer, comment, before)


@transaction.atomic
def request_changes(
    *, example_id: int, revision_id: int, reviewer: User, reason: str
) -> GoldenExample:
    """Send an example back to its author with the reason.

    Raises:
        StaleRevision: there is a newer revision.
        PermissionDeniedError: the reviewer wrote a revision of it, or does not review here.
        InvalidTransition: it is not in review.
        InvalidInput: the reason is empty or longer than 2,000 characters.
    """
    example, _revision = _read_revision(example_id, revision_id)
    ExampleAccess(reviewer, example).check(Action.REQUEST_CHANGES)
    ask = "Describe what must change. The author sees only this text."
    reason = required_text(reason, ask=ask, longest=MAX_COMMENT_LENGTH)
    before = move(example, Action.REQUEST_CHANGES)
    return _decide(example, Review.Decision.REQUEST_CHANGES, reviewer, reason, before)


def _read_revision(example_id: int, revision_id: int) -> tuple[GoldenExample, Revision]:
    """Lock the example; return it with the revision that was read, which must be the latest."""
    example = locked_example(example_id)
    revision = example.latest_revision
    if revision.pk != revision_id:
        raise StaleRevision(
            "This example was edited after you opened it. Reload the page and read it again."
        )
    return example, revision


def _comment(text: str) -> str:
    """Return an optional comment without outer space; raise InvalidInput if it is too long."""
    text = text.strip()
    if len(text) > MAX_COMMENT_LENGTH:
        raise InvalidInput(f"Shorten the comment to {MAX_COMMENT_LENGTH:,} characters or fewer.")
    return text


def _decide(
    example: GoldenExample, decision: Review.Decision, reviewer: User, comment: str, before: str
) -> GoldenExample:
    example.save(update_fields=["state", "approved_revision", "updated_at"])
    Review.objects.create(
        revision=example.latest_revision, reviewer=reviewer, decision=decision, comment=comment
    )
    action = Action(decision.value)
    record(example, EventPayload(action, reason=comment), actor=reviewer, before=before)
    return example
