"""The HTTP API of mentions: the comments that mention the user."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from datasets.comments.mentioned import ShownMention, shown_mentions
from reviewapp.core.api import Cursor
from reviewapp.people.api import project_for
from reviewapp.people.http import signed_in_user
from reviewapp.people.permissions import Permission

router = Router(tags=["comments"])


class MentionOut(Schema):
    """A comment that mentions you; `quote` is the passage that its thread is about."""

    example: int
    thread: int
    comment: int
    author: str | None
    text: str
    quote: str
    created_at: datetime
    is_unread: bool
    is_answered: bool


class MentionPage(Schema):
    """Mentions, the newest first, and the cursor of the next page."""

    items: list[MentionOut]
    next: str | None


@router.get(
    "/projects/{slug}/mentions",
    operation_id="datasets_api_comments_mentions",
    response={200: MentionPage},
    summary="List the comments that mention you",
)
def list_mentions(request: HttpRequest, slug: str, cursor: Cursor = None) -> dict[str, Any]:
    """Return a page of 50 mentions in a project; marking their thread as read marks them too."""
    project = project_for(request, slug, Permission.VIEW)
    found, following = shown_mentions(signed_in_user(request), project, before=cursor)
    return {
        "items": [_mention(shown) for shown in found],
        "next": None if following is None else str(following),
    }


def _mention(shown: ShownMention) -> dict[str, Any]:
    return {
        "example": shown.thread.example_id,
        "thread": shown.thread.pk,
        "comment": shown.comment.pk,
        "author": str(shown.comment.author) if shown.comment.author else None,
        "text": "".join(piece.text for piece in shown.pieces),
        "quote": shown.quote,
        "created_at": shown.comment.created_at,
        "is_unread": shown.is_new,
        "is_answered": shown.answered,
    }
