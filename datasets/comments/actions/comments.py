"""Edit and delete one's own comments; earlier texts are kept."""

from django.db import transaction
from django.utils import timezone

from datasets.comments.actions.writing import (
    checked_body,
    locked_comment,
    store_mentions,
    with_mentions,
)
from datasets.comments.models import Comment, CommentVersion, SuggestionState
from datasets.comments.notices import Act, notify, record
from datasets.comments.permissions import check_own
from reviewapp.people.models import User


@transaction.atomic
def edit_comment(*, comment_id: int, actor: User, body: str) -> Comment:
    """Change the text of a comment; the earlier one is kept. Nothing happens without a difference.

    Raises:
        PermissionDeniedError: it is another member's, or the example may not be read now.
        InvalidTransition: it was deleted, or the text of the example was erased.
        InvalidInput: it is empty or too long.
    """
    comment = locked_comment(comment_id, actor=actor)
    check_own(actor, comment)
    earlier = frozenset(comment.mentions.values_list("user_id", flat=True))
    text, ids = with_mentions(checked_body(body), comment.thread.example, earlier=earlier)
    if text == comment.body:
        return comment
    _keep_version(comment)
    comment.body, comment.edited_at = text, timezone.now()
    comment.save(update_fields=["body", "edited_at"])
    record(Act("edit_comment", comment, actor))
    notify("mentioned", comment, actor=actor, recipients=store_mentions(comment, ids))
    return comment


@transaction.atomic
def delete_comment(*, comment_id: int, actor: User) -> Comment:
    """Delete the text of a comment, and its open suggestion; the thread shows that it was deleted.

    Raises:
        PermissionDeniedError: it is another member's, or the example may not be read now.
        InvalidTransition: it was deleted, or the text of the example was erased.
    """
    comment = locked_comment(comment_id, actor=actor)
    check_own(actor, comment)
    _keep_version(comment)
    now = timezone.now()
    comment.body, comment.text, comment.deleted_at = "", None, now
    comment.save(update_fields=["body", "text", "deleted_at"])
    comment.mentions.all().delete()
    suggestion = getattr(comment, "suggestion", None)
    if suggestion is not None and suggestion.state == SuggestionState.OPEN:
        suggestion.state, suggestion.decided_at = SuggestionState.DECLINED, now
        suggestion.decided_by = actor
        suggestion.save(update_fields=["state", "decided_at", "decided_by"])
    record(Act("delete_comment", comment, actor))
    thread = comment.thread
    if thread.resolved_at is None and not thread.comments.filter(deleted_at=None).exists():
        # Nothing is left to talk about.
        thread.resolved_at, thread.resolved_by = now, actor
        thread.save(update_fields=["resolved_at", "resolved_by"])
    return comment


def _keep_version(comment: Comment) -> None:
    if comment.body:
        CommentVersion.objects.create(comment=comment, body=comment.body)
