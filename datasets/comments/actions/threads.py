"""Open, answer, resolve and reopen threads."""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from datasets.comments.actions.reading import read_thread
from datasets.comments.actions.writing import (
    checked_body,
    commentable_example,
    locked_thread,
    store_mentions,
    with_mentions,
)
from datasets.comments.anchors import Place, find_passage, text_at
from datasets.comments.models import Comment, Suggestion, Thread
from datasets.comments.notices import Act, notify, participants, record
from datasets.curation.models import GoldenExample, Revision
from reviewapp.core.errors import InvalidInput, InvalidTransition
from reviewapp.core.messages import message
from reviewapp.people.models import User


@dataclass(frozen=True)
class Target:
    """What a new thread is about.

    Attributes:
        base_number: of the revision that the member had on screen.
        message: the number of the message, from 1; None for the whole example.
        quote: the marked passage; empty for the whole message.
        near: about where the passage begins, of several with the same words.
    """

    base_number: int
    message: int | None = None
    quote: str = ""
    near: int = 0


@transaction.atomic
def open_thread(
    *, example_id: int, target: Target, actor: User, body: str, replacement: str | None = None
) -> Comment:
    """Open a thread with its first comment; return the comment.

    Args:
        replacement: a suggested text for the passage or message; None for no suggestion.

    Raises:
        PermissionDeniedError: the actor neither curates nor reviews here, or may not read it now.
        InvalidTransition: the text of the example was erased.
        InvalidInput: the comment is empty or too long, the passage is not in the message, or the
            suggestion changes nothing.
    """
    example = commentable_example(example_id, actor=actor)
    revision = _revision(example, target.base_number)
    place = _place(revision, target)
    _check_replacement(revision, place, replacement)
    text, ids = with_mentions(checked_body(body, may_be_empty=replacement is not None), example)
    thread = Thread.objects.create(
        project_id=example.project_id,
        example=example,
        revision=revision,
        message_index=place.message_index,
        start=place.start,
        end=place.end,
        created_by=actor,
    )
    comment = Comment(thread=thread, author=actor, body=text)
    if not text:
        comment.text = message("comments.suggested")
    comment.save()
    if replacement is not None:
        Suggestion.objects.create(comment=comment, replacement=replacement)
    record(Act("comment" if replacement is None else "suggest_edit", comment, actor))
    _after_writing(comment, ids, actor=actor)
    return comment


@transaction.atomic
def reply(*, thread_id: int, actor: User, body: str) -> Comment:
    """Add a comment to a thread; a resolved one stays resolved.

    Raises: as `open_thread`.
    """
    thread = locked_thread(thread_id, actor=actor)
    text, ids = with_mentions(checked_body(body), thread.example)
    comment = Comment.objects.create(thread=thread, author=actor, body=text)
    record(Act("reply", comment, actor))
    _after_writing(comment, ids, actor=actor)
    others = participants(comment) - ids
    notify("replied", comment, actor=actor, recipients=others)
    return comment


@transaction.atomic
def resolve(*, thread_id: int, actor: User) -> Thread:
    """Resolve a thread: it is no longer open, and not unread for anyone.

    Raises:
        PermissionDeniedError: the actor neither curates nor reviews here, or may not read it now.
        InvalidTransition: it is resolved already, or the text of the example was erased.
    """
    thread = locked_thread(thread_id, actor=actor)
    if thread.resolved_at is not None:
        raise InvalidTransition(gettext("This thread is resolved already. Reload the page."))
    _set_resolved(thread, actor)
    return thread


@transaction.atomic
def reopen(*, thread_id: int, actor: User) -> Thread:
    """Open a resolved thread again.

    Raises:
        PermissionDeniedError: the actor neither curates nor reviews here, or may not read it now.
        InvalidTransition: it is open, or the text of the example was erased.
    """
    thread = locked_thread(thread_id, actor=actor)
    if thread.resolved_at is None:
        raise InvalidTransition(gettext("This thread is open already. Reload the page."))
    thread.resolved_at = thread.resolved_by = None
    thread.save(update_fields=["resolved_at", "resolved_by"])
    record(Act("reopen_thread", _last(thread), actor))
    return thread


def _set_resolved(thread: Thread, actor: User) -> None:
    thread.resolved_at, thread.resolved_by = timezone.now(), actor
    thread.save(update_fields=["resolved_at", "resolved_by"])
    last = _last(thread)
    record(Act("resolve_thread", last, actor))
    read_thread(last, actor)
    notify("resolved", last, actor=actor, recipients=participants(last))


def _last(thread: Thread) -> Comment:
    last = thread.comments.latest("pk")
    last.thread = thread
    return last


def _after_writing(comment: Comment, ids: set[int], *, actor: User) -> None:
    """Store the mentions, mark the thread as read by its writer, and notify who is mentioned."""
    new = store_mentions(comment, ids)
    read_thread(comment, actor)
    notify("mentioned", comment, actor=actor, recipients=new)


def _revision(example: GoldenExample, number: int) -> Revision:
    revision = example.revisions.filter(number=number).first()
    if revision is None:
        raise InvalidInput(gettext("There is no such revision. Reload the page."))
    return revision


def _place(revision: Revision, target: Target) -> Place:
    """Return the place of a target in a revision.

    Raises:
        InvalidInput: there is no such message, or the passage is not in its text.
    """
    if target.message is None:
        if target.quote:
            raise InvalidInput(gettext("Choose the message with this passage."), field="message")
        return Place()
    index = target.message - 1
    if not 0 <= index < len(revision.messages):
        raise InvalidInput(
            gettext("This message is not saved yet. Save the example, then comment on it."),
            field="message",
        )
    if not target.quote:
        return Place(index)
    start = find_passage(text_at(revision.messages, index), target.quote, target.near)
    if start is None:
        raise InvalidInput(
            gettext(
                "The saved text of this message does not have this passage. Copy it exactly, or "
                "save your changes first."
            ),
            field="quote",
        )
    return Place(index, start, start + len(target.quote))


def _check_replacement(revision: Revision, place: Place, replacement: str | None) -> None:
    """Check that a suggestion is about a message and changes its text.

    Raises:
        InvalidInput: it does not.
    """
    if replacement is None:
        return
    if place.message_index is None:
        raise InvalidInput(
            gettext("Choose the message for which you suggest a text."), field="message"
        )
    text = text_at(revision.messages, place.message_index)
    before = text if place.start is None else text[place.start : place.end]
    if replacement == before:
        raise InvalidInput(
            gettext("The suggested text is the same as the present one."), field="replacement"
        )
