"""The HTTP API of comments: the threads of an example, answers, resolving."""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Router, Schema, Status

from datasets.comments import actions
from datasets.comments.actions import Target
from datasets.comments.actions.writing import MAX_BODY_LENGTH
from datasets.comments.models import SuggestionState, Thread, ThreadSource
from datasets.comments.threads import ShownComment, ShownThread, talk_of
from datasets.curation.models import GoldenExample
from datasets.curation.visibility import require_readable
from reviewapp.core.api import ObjectId
from reviewapp.core.texts import render_english
from reviewapp.people.api import project_for
from reviewapp.people.http import signed_in_user
from reviewapp.people.permissions import Permission, permissions_of

router = Router(tags=["comments"])

Body = Annotated[str, Field(min_length=1, max_length=MAX_BODY_LENGTH)]
MessageNumber = Annotated[int, Field(ge=1, le=2**15)]


class SuggestionOut(Schema):
    """A suggested text for the passage or message of the thread."""

    replacement: str
    state: Literal[*SuggestionState.values]  # type: ignore[valid-type]


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


class ReplyIn(Schema):
    """A comment; @ and the name or address of a member mentions them."""

    text: Body


class ThreadIn(ReplyIn):
    """The first comment of a thread, and what it is about.

    `quote` is a passage of the message; `near` is about where it begins, of several that are the
    same. `replacement` suggests a text for the passage, or for the message without one.
    """

    message: MessageNumber | None = None
    quote: Annotated[str, Field(max_length=100_000)] = ""
    near: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    replacement: Annotated[str, Field(max_length=100_000)] | None = None


@router.get(
    "/projects/{slug}/examples/{example_id}/threads",
    operation_id="datasets_api_comments_list_threads",
    response={200: ThreadList},
    summary="List the threads of an example",
)
def list_threads(request: HttpRequest, slug: str, example_id: ObjectId) -> dict[str, Any]:
    """Return open and resolved threads; 403 while you compare the example blind in an open run."""
    example = _example(request, slug, example_id)
    return {"items": [_thread(shown) for shown in _shown(request, example)]}


@router.post(
    "/projects/{slug}/examples/{example_id}/threads",
    operation_id="datasets_api_comments_open_thread",
    response={201: ThreadOut},
    summary="Open a thread",
)
def open_thread(request: HttpRequest, slug: str, example_id: ObjectId, body: ThreadIn) -> Any:
    """Open a thread on the latest revision of an example, one of its messages, or a passage."""
    example = _example(request, slug, example_id)
    comment = actions.open_thread(
        example_id=example.pk,
        target=Target(example.latest_number, body.message, body.quote, body.near),
        actor=signed_in_user(request),
        body=body.text,
        replacement=body.replacement,
    )
    return Status(201, _shown_thread(request, example, comment.thread_id))


@router.post(
    "/projects/{slug}/examples/{example_id}/threads/{thread_id}/comments",
    operation_id="datasets_api_comments_reply",
    response={201: ThreadOut},
    summary="Reply in a thread",
)
def reply(
    request: HttpRequest, slug: str, example_id: ObjectId, thread_id: ObjectId, body: ReplyIn
) -> Any:
    """Add a comment to a thread."""
    example, thread = _found(request, slug, example_id, thread_id)
    actions.reply(thread_id=thread.pk, actor=signed_in_user(request), body=body.text)
    return Status(201, _shown_thread(request, example, thread.pk))


@router.post(
    "/projects/{slug}/examples/{example_id}/threads/{thread_id}/resolve",
    operation_id="datasets_api_comments_resolve_thread",
    response={200: ThreadOut},
    summary="Resolve a thread",
)
def resolve_thread(
    request: HttpRequest, slug: str, example_id: ObjectId, thread_id: ObjectId
) -> Any:
    """Resolve a thread; 409 if it is resolved already."""
    example, thread = _found(request, slug, example_id, thread_id)
    actions.resolve(thread_id=thread.pk, actor=signed_in_user(request))
    return _shown_thread(request, example, thread.pk)


@router.post(
    "/projects/{slug}/examples/{example_id}/threads/{thread_id}/reopen",
    operation_id="datasets_api_comments_reopen_thread",
    response={200: ThreadOut},
    summary="Reopen a thread",
)
def reopen_thread(
    request: HttpRequest, slug: str, example_id: ObjectId, thread_id: ObjectId
) -> Any:
    """Open a resolved thread again; 409 if it is open."""
    example, thread = _found(request, slug, example_id, thread_id)
    actions.reopen(thread_id=thread.pk, actor=signed_in_user(request))
    return _shown_thread(request, example, thread.pk)


def _example(request: HttpRequest, slug: str, example_id: int) -> GoldenExample:
    project = project_for(request, slug, Permission.VIEW)
    example = get_object_or_404(GoldenExample, pk=example_id, project=project)
    example.project = project
    require_readable(signed_in_user(request), example)
    return example


def _found(
    request: HttpRequest, slug: str, example_id: int, thread_id: int
) -> tuple[GoldenExample, Thread]:
    example = _example(request, slug, example_id)
    return example, get_object_or_404(Thread, pk=thread_id, example=example)


def _shown(request: HttpRequest, example: GoldenExample) -> list[ShownThread]:
    user = signed_in_user(request)
    permissions = permissions_of(user, example.project)
    return talk_of(example, example.latest_revision, user, permissions).threads


def _shown_thread(request: HttpRequest, example: GoldenExample, thread_id: int) -> dict[str, Any]:
    shown = _shown(request, example)
    return next(_thread(found) for found in shown if found.thread.pk == thread_id)


def _thread(shown: ShownThread) -> dict[str, Any]:
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
    comment, suggested = shown.comment, shown.suggestion
    suggestion = suggested and {
        "replacement": suggested.suggestion.replacement,
        "state": suggested.suggestion.state,
    }
    return {
        "id": comment.pk,
        "author": str(comment.author) if comment.author else None,
        "text": shown.typed or render_english(comment.text),
        "created_at": comment.created_at,
        "edited_at": comment.edited_at,
        "is_deleted": shown.is_deleted,
        "suggestion": suggestion,
    }
