"""Submit examples for review; approve them or request changes."""

from django.db import transaction
from django.utils.translation import gettext

from datasets.curation.actions.locking import (
    EventPayload,
    apply_transition,
    locked_example,
    record_event,
    required_text,
)
from datasets.curation.lifecycle import Action
from datasets.curation.models import GoldenExample, Review, Revision
from datasets.curation.models.reviews import ReviewDecision
from datasets.curation.permissions import ExampleAccess
from reviewapp.core import formats
from reviewapp.core.errors import InvalidInput, StaleRevision
from reviewapp.people.models import User

MAX_COMMENT_LENGTH = 2000


@transaction.atomic
def submit(*, example_id: int, actor: User, comment: str = "") -> GoldenExample:
    """Submit an example for review, with a comment for the reviewer.

    Raises:
        InvalidInput: the comment is longer than 2,000 characters.
        PermissionDeniedError: the actor is neither annotator nor lead.
        InvalidTransition: it is in another state, or the actor has unsaved changes.
        BlockingFindings: open findings block it.
    """
    example = locked_example(example_id)
    ExampleAccess(actor, example).check(Action.SUBMIT)
    before = apply_transition(example, Action.SUBMIT)
    example.save(update_fields=["state", "approved_revision", "updated_at"])
    payload = EventPayload(Action.SUBMIT, reason=_comment(comment))
    record_event(example, payload, actor=actor, before=before)
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
    before = apply_transition(example, Action.APPROVE)
    example.approved_revision = revision
    return _decide(example, Review.Decision.APPROVE, reviewer, comment, before)


@transaction.atomic
def request_changes(
    *, example_id: int, revision_id: int, reviewer: User, reason: str
) -> GoldenExample:
    """Request changes of an example, with the reason for its author.

    Raises:
        StaleRevision: there is a newer revision.
        PermissionDeniedError: the reviewer wrote a revision of it, or does not review here.
        InvalidTransition: it is not in review.
        InvalidInput: the reason is empty or longer than 2,000 characters.
    """
    example, _revision = _read_revision(example_id, revision_id)
    ExampleAccess(reviewer, example).check(Action.REQUEST_CHANGES)
    reason = required_text(
        reason,
        message_if_empty=gettext("Describe what must change. The author sees only this text."),
        max_length=MAX_COMMENT_LENGTH,
    )
    before = apply_transition(example, Action.REQUEST_CHANGES)
    return _decide(example, Review.Decision.REQUEST_CHANGES, reviewer, reason, before)


def _read_revision(example_id: int, revision_id: int) -> tuple[GoldenExample, Revision]:
    """Lock the example; return it with the revision that the reviewer read.

    Raises:
        StaleRevision: there is a newer revision.
    """
    example = locked_example(example_id)
    revision = example.latest_revision
    if revision.pk != revision_id:
        raise StaleRevision(
            gettext(
                "This example was edited after you opened it. Reload the page and read it again."
            )
        )
    return example, revision


def _comment(text: str) -> str:
    """Return an optional comment without surrounding space.

    Raises:
        InvalidInput: it is longer than 2,000 characters.
    """
    text = text.strip()
    if len(text) > MAX_COMMENT_LENGTH:
        raise InvalidInput(
            gettext("Shorten the comment to %(limit)s characters or fewer.")
            % {"limit": formats.count(MAX_COMMENT_LENGTH)},
            field="reason",
        )
    return text


def _decide(
    example: GoldenExample, decision: ReviewDecision, reviewer: User, comment: str, before: str
) -> GoldenExample:
    """Store the review of the latest revision, with its event."""
    example.save(update_fields=["state", "approved_revision", "updated_at"])
    Review.objects.create(
        revision=example.latest_revision, reviewer=reviewer, decision=decision, comment=comment
    )
    action = Action(decision.value)
    record_event(example, EventPayload(action, reason=comment), actor=reviewer, before=before)
    return example
