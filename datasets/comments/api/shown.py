"""What the API returns of threads and comments, and how it finds them."""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Schema

from datasets.comments.models import Comment, SuggestionState, Thread, ThreadSource
from datasets.comments.threads import ShownComment, ShownSuggestion, ShownThread, talk_of
from datasets.curation.models import GoldenExample
from datasets.curation.visibility import require_readable
from reviewapp.core.texts import render_english
from reviewapp.people.api import project_for
from reviewapp.people.http import signed_in_user
from reviewapp.people.permissions import Permission, permissions_of


class SuggestionOut(Schema):
    """A suggested text for the passage or message of the thread.

    With `is_outdated` its passage was changed since, so that it cannot be accepted. `revision` is
    the number of the one that accepted it.
    """

    replacement: str
    state: Literal[*SuggestionState.values]  # type: ignore[valid-type]
    is_outdated: bool
    decided_by: str | None
    decided_at: datetime | None
    revision: int | None


class CommentOut(Schema):
    """A comment; mentions are written as @ and the member's present name."""

    id: int
    author: str | None
    text: str
    created_at: datetime
    edited_at: datetime | None
    is_deleted: bool
    suggestion: SuggestionOut | None


class ThreadOut(Schema):
    """A thread with its place in the latest revision; `message` is null for the whole example."""

    id: int
    example: int
    source: Literal[*ThreadSource.values]  # type: ignore[valid-type]
    is_resolved: bool
    is_unread: bool
    message: int | None
    start: int | None
    end: int | None
    quote: str
    is_gone: bool
    comments: list[CommentOut]


class ThreadList(Schema):
    """The threads of an example in the order of its text."""

    items: list[ThreadOut]


class ThreadPage(Schema):
    """Threads of a project, the newest first, and the cursor of the next page."""

    items: list[ThreadOut]
    next: str | None


def find_example(request: HttpRequest, slug: str, example_id: int) -> GoldenExample:
    """Return an example that the user may read now; 404 or 403 otherwise."""
    project = project_for(request, slug, Permission.VIEW)
    example = get_object_or_404(GoldenExample, pk=example_id, project=project)
    example.project = project
    require_readable(signed_in_user(request), example)
    return example


def find_thread(
    request: HttpRequest, slug: str, example_id: int, thread_id: int
) -> tuple[GoldenExample, Thread]:
    """Return an example that the user may read now, and one of its threads."""
    example = find_example(request, slug, example_id)
    return example, get_object_or_404(Thread, pk=thread_id, example=example)


def find_comment(
    request: HttpRequest, slug: str, example_id: int, comment_id: int
) -> tuple[GoldenExample, Comment]:
    """Return an example that the user may read now, and a comment of one of its threads."""
    example = find_example(request, slug, example_id)
    return example, get_object_or_404(Comment, pk=comment_id, thread__example=example)


def threads_now(request: HttpRequest, example: GoldenExample) -> list[ShownThread]:
    """Return all threads of an example as they are now."""
    example.refresh_from_db(fields=["latest_number"])
    user = signed_in_user(request)
    permissions = permissions_of(user, example.project)
    return talk_of(example, example.latest_revision, user, permissions).threads


def thread_now(request: HttpRequest, example: GoldenExample, thread_id: int) -> dict[str, Any]:
    """Return one thread of an example as it is now, as `ThreadOut`."""
    shown = threads_now(request, example)
    return next(thread_dict(found) for found in shown if found.thread.pk == thread_id)


def thread_dict(shown: ShownThread) -> dict[str, Any]:
    """Return a thread as `ThreadOut`."""
    return {
        "id": shown.thread.pk,
        "example": shown.thread.example_id,
        "source": shown.thread.source,
        "is_resolved": not shown.is_open,
        "is_unread": shown.is_new,
        "message": shown.message_number,
        "start": shown.place.start,
        "end": shown.place.end,
        "quote": shown.quote,
        "is_gone": shown.is_gone,
        "comments": [_comment(comment) for comment in shown.comments],
    }


def _comment(shown: ShownComment) -> dict[str, Any]:
    comment = shown.comment
    return {
        "id": comment.pk,
        "author": str(comment.author) if comment.author else None,
        "text": shown.typed or render_english(comment.text),
        "created_at": comment.created_at,
        "edited_at": comment.edited_at,
        "is_deleted": shown.is_deleted,
        "suggestion": shown.suggestion and _suggestion(shown.suggestion),
    }


def _suggestion(shown: ShownSuggestion) -> dict[str, Any]:
    suggestion = shown.suggestion
    return {
        "replacement": suggestion.replacement,
        "state": suggestion.state,
        "is_outdated": shown.is_open and shown.is_outdated,
        "decided_by": suggestion.decided_by and str(suggestion.decided_by),
        "decided_at": suggestion.decided_at,
        "revision": suggestion.revision and suggestion.revision.number,
    }
