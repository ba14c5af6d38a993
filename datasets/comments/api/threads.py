"""The HTTP API of threads: open, answer, resolve, reopen, mark as read; edit own comments."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from datasets.comments import actions
from datasets.comments.actions import Target
from datasets.comments.actions.writing import MAX_BODY_LENGTH
from datasets.comments.api.shown import (
    ThreadList,
    ThreadOut,
    find_comment,
    find_example,
    find_thread,
    thread_dict,
    thread_now,
    threads_now,
)
from reviewapp.core.api import ObjectId
from reviewapp.people.http import signed_in_user

router = Router(tags=["comments"])

Body = Annotated[str, Field(min_length=1, max_length=MAX_BODY_LENGTH)]
MessageNumber = Annotated[int, Field(ge=1, le=2**15)]


class CommentIn(Schema):
    """A comment; @ and the name or address of a member mentions them."""

    text: Body


class ThreadIn(Schema):
    """The first comment of a thread, and what it is about.

    `quote` is a passage of the message; `near` is about where it begins, of several that are the
    same. `replacement` suggests a text for the passage, or for the message without one; then
    `text` may be empty.
    """

    text: Annotated[str, Field(max_length=MAX_BODY_LENGTH)] = ""
    message: MessageNumber | None = None
    quote: Annotated[str, Field(max_length=100_000)] = ""
    near: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    replacement: Annotated[str, Field(max_length=100_000)] | None = None


class ReadIn(Schema):
    """The latest comment that was read, by id; later ones stay unread."""

    last_comment: ObjectId


@router.get(
    "/projects/{slug}/examples/{example_id}/threads",
    operation_id="datasets_api_comments_list_threads",
    response={200: ThreadList},
    summary="List the threads of an example",
)
def list_threads(request: HttpRequest, slug: str, example_id: ObjectId) -> dict[str, Any]:
    """Return open and resolved threads; 403 while you compare the example blind in an open run."""
    example = find_example(request, slug, example_id)
    return {"items": [thread_dict(shown) for shown in threads_now(request, example)]}


@router.post(
    "/projects/{slug}/examples/{example_id}/threads",
    operation_id="datasets_api_comments_open_thread",
    response={201: ThreadOut},
    summary="Open a thread, or suggest an edit",
)
def open_thread(request: HttpRequest, slug: str, example_id: ObjectId, body: ThreadIn) -> Any:
    """Open a thread on the latest revision of an example, one of its messages, or a passage."""
    example = find_example(request, slug, example_id)
    comment = actions.open_thread(
        example_id=example.pk,
        target=Target(example.latest_number, body.message, body.quote, body.near),
        actor=signed_in_user(request),
        body=body.text,
        replacement=body.replacement,
    )
    return Status(201, thread_now(request, example, comment.thread_id))


@router.post(
    "/projects/{slug}/examples/{example_id}/threads/read",
    operation_id="datasets_api_comments_mark_read",
    response={200: ThreadList},
    summary="Mark the threads of an example as read",
)
def mark_read(
    request: HttpRequest, slug: str, example_id: ObjectId, body: ReadIn
) -> dict[str, Any]:
    """Mark all threads of an example as read by you, up to a comment; return them."""
    example = find_example(request, slug, example_id)
    actions.mark_read(example=example, user=signed_in_user(request), last_comment=body.last_comment)
    return {"items": [thread_dict(shown) for shown in threads_now(request, example)]}


@router.post(
    "/projects/{slug}/examples/{example_id}/threads/{thread_id}/comments",
    operation_id="datasets_api_comments_reply",
    response={201: ThreadOut},
    summary="Reply in a thread",
)
def reply(
    request: HttpRequest, slug: str, example_id: ObjectId, thread_id: ObjectId, body: CommentIn
) -> Any:
    """Add a comment to a thread."""
    example, thread = find_thread(request, slug, example_id, thread_id)
    actions.reply(thread_id=thread.pk, actor=signed_in_user(request), body=body.text)
    return Status(201, thread_now(request, example, thread.pk))


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
    example, thread = find_thread(request, slug, example_id, thread_id)
    actions.resolve(thread_id=thread.pk, actor=signed_in_user(request))
    return thread_now(request, example, thread.pk)


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
    example, thread = find_thread(request, slug, example_id, thread_id)
    actions.reopen(thread_id=thread.pk, actor=signed_in_user(request))
    return thread_now(request, example, thread.pk)


@router.put(
    "/projects/{slug}/examples/{example_id}/comments/{comment_id}",
    operation_id="datasets_api_comments_edit",
    response={200: ThreadOut},
    summary="Change the text of your own comment",
)
def edit_comment(
    request: HttpRequest, slug: str, example_id: ObjectId, comment_id: ObjectId, body: CommentIn
) -> Any:
    """Replace the text, and return the thread; leads can read the earlier text on the page."""
    example, comment = find_comment(request, slug, example_id, comment_id)
    actions.edit_comment(comment_id=comment.pk, actor=signed_in_user(request), body=body.text)
    return thread_now(request, example, comment.thread_id)


@router.delete(
    "/projects/{slug}/examples/{example_id}/comments/{comment_id}",
    operation_id="datasets_api_comments_delete",
    response={200: ThreadOut},
    summary="Delete your own comment",
)
def delete_comment(
    request: HttpRequest, slug: str, example_id: ObjectId, comment_id: ObjectId
) -> Any:
    """Delete the text and an open suggestion, and return the thread."""
    example, comment = find_comment(request, slug, example_id, comment_id)
    actions.delete_comment(comment_id=comment.pk, actor=signed_in_user(request))
    return thread_now(request, example, comment.thread_id)
