"""Four eyes: an example is submitted, and somebody who wrote none of it decides."""

from django.db import transaction

from datasets.curation.actions.locking import (
    EventPayload,
    locked_example,
    move,
    record,
    required_text,
)
from datasets.curation.lifecycle import Action, State, next_state
from datasets.curation.models import EditDraft, Finding, GoldenExample, Review, Revision
from datasets.curation.permissions import review_denied_reason
from reviewapp.core.errors import (
    BlockingFindings,
    InvalidInput,
    InvalidTransition,
    PermissionDeniedError,
    StaleRevision,
)
from reviewapp.people.models import User
from reviewapp.people.permissions import Permission, permission_denied_reason

MAX_COMMENT_LENGTH = 2000
MAX_NAMED_FINDINGS = 3


@transaction.atomic
def submit(*, example_id: int, actor: User, comment: str = "") -> GoldenExample:
    """Submit an example for review, with a comment for its reviewer.

    Raises:
        InvalidInput: the comment is longer than 2,000 characters.
        PermissionDeniedError: the actor is neither annotator nor lead.
        InvalidTransition: it is neither a draft nor sent back, or the actor has unsaved changes.
        BlockingFindings: open findings block it; the message names them.
    """
    example = locked_example(example_id)
    if denied_reason := permission_denied_reason(actor, example.project, Permission.CURATE):
        raise PermissionDeniedError(denied_reason)
    next_state(State(example.state), Action.SUBMIT)
    if EditDraft.objects.filter(example=example, user=actor).exists():
        raise InvalidTransition(
            "You have changes that are not saved. Save or discard them, then submit."
        )
    check_no_blocking_findings(example.latest_revision)
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
        BlockingFindings: open findings block it; the message names them.
        InvalidInput: the comment is longer than 2,000 characters.
    """
    example, revision = _read_revision(example_id, revision_id)
    next_state(State(example.state), Action.APPROVE)
    if denied_reason := review_denied_reason(reviewer, example):
        raise PermissionDeniedError(denied_reason)
    check_no_blocking_findings(revision)
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
    next_state(State(example.state), Action.REQUEST_CHANGES)
    if denied_reason := review_denied_reason(reviewer, example):
        raise PermissionDeniedError(denied_reason)
    ask = "Say what must change: the author sees this and nothing else."
    reason = required_text(reason, ask=ask, longest=MAX_COMMENT_LENGTH)
    before = move(example, Action.REQUEST_CHANGES)
    return _decide(example, Review.Decision.REQUEST_CHANGES, reviewer, reason, before)


def check_no_blocking_findings(revision: Revision) -> None:
    """Raise BlockingFindings if open findings of the revision block it, and name them."""
    blocking = list(
        revision.findings.filter(state=Finding.State.OPEN, severity=Finding.Severity.BLOCKING)
    )
    if not blocking:
        return
    named = " ".join(finding.text for finding in blocking[:MAX_NAMED_FINDINGS])
    rest = len(blocking) - MAX_NAMED_FINDINGS
    more = f" And {rest} more." if rest > 0 else ""
    what = "This finding blocks" if len(blocking) == 1 else "These findings block"
    raise BlockingFindings(f"{what} the example: {named}{more} Mend or dismiss first.")


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
