"""Permissions on threads and comments, each rule written once for pages and actions."""

from datasets.comments.models import Comment
from datasets.curation.models import GoldenExample
from datasets.curation.permissions import participation_denied_reason
from datasets.curation.visibility import require_readable
from reviewapp.core.errors import InvalidTransition, PermissionDeniedError
from reviewapp.core.messages import message
from reviewapp.people.models import User
from reviewapp.people.permissions import Permission, permissions_of


def check_commenting(user: User, example: GoldenExample) -> None:
    """Check that a user may comment on an example now.

    Raises:
        PermissionDeniedError: they neither curate nor review here, or the example is hidden from
            them at present.
        InvalidTransition: its text was erased, or it was deleted.
    """
    permissions = permissions_of(user, example.project)
    if reason := commenting_denied_reason(permissions, example):
        raise PermissionDeniedError(reason)
    require_readable(user, example)
    if example.erased_at is not None:
        raise InvalidTransition(message("comments.erased"))
    if example.deleted_at is not None:
        raise InvalidTransition(message("curation.deleted"))


def commenting_denied_reason(permissions: frozenset[Permission], example: GoldenExample) -> str:
    """Return why a user with these permissions may not comment; empty if they may."""
    return participation_denied_reason(permissions, example.project)


def check_own(user: User, comment: Comment) -> None:
    """Check that a user may edit or delete a comment: their own, unless it is deleted.

    Raises:
        PermissionDeniedError: it is not theirs.
        InvalidTransition: it is deleted already.
    """
    if comment.author_id != user.pk:
        raise PermissionDeniedError(message("comments.not_own"))
    if comment.deleted_at is not None:
        raise InvalidTransition(message("comments.deleted"))
