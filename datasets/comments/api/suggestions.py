"""The HTTP API of suggested edits: those of a project, accepting and declining one."""

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router

from datasets.comments import actions
from datasets.comments.api.shown import (
    ThreadOut,
    ThreadPage,
    find_comment,
    thread_dict,
    thread_now,
)
from datasets.comments.models import SuggestionState
from datasets.comments.suggested import threads_with_suggestions
from reviewapp.core.api import Cursor, ObjectId
from reviewapp.people.api import project_for
from reviewapp.people.http import signed_in_user
from reviewapp.people.permissions import Permission

router = Router(tags=["comments"])


@router.get(
    "/projects/{slug}/suggestions",
    operation_id="datasets_api_comments_list_suggestions",
    response={200: ThreadPage},
    summary="List threads with a suggested edit",
)
def list_suggestions(
    request: HttpRequest,
    slug: str,
    state: Literal["", *SuggestionState.values] = "open",  # type: ignore[valid-type]
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Return a page of 50 threads of the project, the newest first; empty `state` for all.

    Examples that you compare blind in an open run are left out until that run is closed.
    """
    project = project_for(request, slug, Permission.VIEW)
    found, following = threads_with_suggestions(
        signed_in_user(request), project, state=state, before=cursor
    )
    return {
        "items": [thread_dict(shown) for shown in found],
        "next": None if following is None else str(following),
    }


@router.post(
    "/projects/{slug}/examples/{example_id}/comments/{comment_id}/accept",
    operation_id="datasets_api_comments_accept_suggestion",
    response={200: ThreadOut},
    summary="Accept a suggested edit",
)
def accept_suggestion(
    request: HttpRequest, slug: str, example_id: ObjectId, comment_id: ObjectId
) -> Any:
    """Save the suggested text as a new revision, and resolve the thread.

    The example is a draft afterwards. 409 if the suggestion is decided or its passage was changed.
    """
    example, comment = find_comment(request, slug, example_id, comment_id)
    actions.accept_suggestion(comment_id=comment.pk, actor=signed_in_user(request))
    return thread_now(request, example, comment.thread_id)


@router.post(
    "/projects/{slug}/examples/{example_id}/comments/{comment_id}/decline",
    operation_id="datasets_api_comments_decline_suggestion",
    response={200: ThreadOut},
    summary="Decline a suggested edit, or withdraw your own",
)
def decline_suggestion(
    request: HttpRequest, slug: str, example_id: ObjectId, comment_id: ObjectId
) -> Any:
    """Decline it; its thread stays open. 409 if it is decided already."""
    example, comment = find_comment(request, slug, example_id, comment_id)
    actions.decline_suggestion(comment_id=comment.pk, actor=signed_in_user(request))
    return thread_now(request, example, comment.thread_id)
