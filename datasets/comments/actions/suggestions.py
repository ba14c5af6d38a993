"""Accept and decline suggested edits."""

from dataclasses import replace

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from datasets.comments.actions.reading import read_thread
from datasets.comments.actions.writing import locked_comment
from datasets.comments.anchors import Place, moved, text_at
from datasets.comments.models import Comment, Suggestion, SuggestionState
from datasets.comments.notices import Act, notify, record
from datasets.curation.actions import content_of, revise
from datasets.curation.lifecycle import Action
from datasets.curation.models import Revision
from datasets.curation.permissions import ExampleAccess
from reviewapp.core.errors import InvalidTransition, PermissionDeniedError
from reviewapp.core.messages import message
from reviewapp.people.models import User


@transaction.atomic
def accept_suggestion(*, comment_id: int, actor: User) -> Revision:
    """Save a suggested text as a new revision by the actor, and resolve the thread.

    The revision names the proposer as its contributor, who cannot review the example any more.

    Raises:
        PermissionDeniedError: the actor is neither annotator nor lead.
        InvalidTransition: the suggestion is decided already, its passage was changed, the example
            is retired, or the actor has unsaved changes, which would be lost.
    """
    comment, suggestion = _open_suggestion(comment_id, actor)
    thread = comment.thread
    example = thread.example
    access = ExampleAccess(actor, example)
    access.check(Action.REVISE)
    access.check_no_draft()
    latest = example.latest_revision
    messages = suggested_messages(suggestion, latest)
    revision = revise(
        example_id=example.pk,
        base_number=latest.number,
        content=replace(content_of(latest), messages=messages),
        actor=actor,
        note=message("comments.accepted_suggestion"),
        contributor=comment.author if comment.author_id != actor.pk else None,
    )
    suggestion.revision = revision
    _decide(suggestion, SuggestionState.ACCEPTED, actor)
    thread.resolved_at, thread.resolved_by = suggestion.decided_at, actor
    thread.save(update_fields=["resolved_at", "resolved_by"])
    return revision


@transaction.atomic
def decline_suggestion(*, comment_id: int, actor: User) -> Suggestion:
    """Decline a suggested text, or withdraw one's own; the thread stays open.

    Raises:
        PermissionDeniedError: the actor neither may edit the example nor made the suggestion.
        InvalidTransition: the suggestion is decided already.
    """
    comment, suggestion = _open_suggestion(comment_id, actor)
    access = ExampleAccess(actor, comment.thread.example)
    if comment.author_id != actor.pk and (reason := access.denied_reason(Action.REVISE)):
        raise PermissionDeniedError(reason)
    _decide(suggestion, SuggestionState.DECLINED, actor)
    return suggestion


def suggested_messages(suggestion: Suggestion, latest: Revision) -> list[dict[str, object]]:
    """Return the messages of the latest revision with the suggested text.

    Raises:
        InvalidTransition: the passage or message is not there any more as it was.
    """
    thread = suggestion.comment.thread
    marked = Place(thread.message_index, thread.start, thread.end)
    before = thread.revision.messages
    place = moved(before, latest.messages, marked)
    index = place.message_index
    is_gone = index is None or place.is_passage != marked.is_passage
    if not is_gone and not marked.is_passage and marked.message_index is not None:
        is_gone = text_at(before, marked.message_index) != text_at(latest.messages, index or 0)
    if is_gone or index is None:
        raise InvalidTransition(message("comments.suggestion_outdated"))
    text = text_at(latest.messages, index)
    start, end = (place.start or 0, place.end) if place.is_passage else (0, len(text))
    changed = text[:start] + suggestion.replacement + text[end:]
    return [
        {**original, "content": changed} if at == index else dict(original)
        for at, original in enumerate(latest.messages)
    ]


def _open_suggestion(comment_id: int, actor: User) -> tuple[Comment, Suggestion]:
    comment = locked_comment(comment_id, actor=actor)
    suggestion = Suggestion.objects.filter(comment=comment).first()
    if suggestion is None or suggestion.state != SuggestionState.OPEN:
        raise InvalidTransition(
            gettext("There is no open suggestion any more. Reload the page to see what happened.")
        )
    suggestion.comment = comment
    return comment, suggestion


def _decide(suggestion: Suggestion, state: SuggestionState, actor: User) -> None:
    suggestion.state = state
    suggestion.decided_by, suggestion.decided_at = actor, timezone.now()
    suggestion.save(update_fields=["state", "decided_by", "decided_at", "revision"])
    comment = suggestion.comment
    is_accepted = state == SuggestionState.ACCEPTED
    detail = {"revision": suggestion.revision.number} if suggestion.revision else {}
    action = "accept_suggestion" if is_accepted else "decline_suggestion"
    record(Act(action, comment, actor, detail))
    read_thread(comment, actor)
    code = "suggestion_accepted" if is_accepted else "suggestion_declined"
    recipients = {comment.author_id} if comment.author_id else set()
    notify(code, comment, actor=actor, recipients=recipients)
