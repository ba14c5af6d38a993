"""What happened in a thread and whom it concerns, in one place for everything that notifies.

    @receiver(notices.sent)
    def on_notice(sender, notice, **kwargs): ...

Receivers run within the transaction of the action.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from django.dispatch import Signal

from datasets.comments.models import Comment, ThreadEvent
from reviewapp.people.models import User

sent: Final = Signal()
"""Sent with `notice`, a `CommentNotice`."""
read: Final = Signal()
"""Sent with `user` and `comments`, a query of those that they have now read."""


@dataclass(frozen=True)
class CommentNotice:
    """One act in a thread.

    Attributes:
        code: `mentioned`, `replied`, `resolved`, `suggestion_accepted` or `suggestion_declined`.
        comment: the one that it is about.
        actor: None for the system.
        recipients: the ids of the users whom it concerns, without the actor.
    """

    code: str
    comment: Comment
    actor: User | None
    recipients: frozenset[int]


@dataclass(frozen=True)
class Act:
    """What is recorded about one act on a comment."""

    action: str
    comment: Comment
    actor: User | None
    detail: dict[str, Any] = field(default_factory=dict)
    reason: str = ""


def record(act: Act) -> None:
    """Record the audit event of an act; texts of comments stay out of it."""
    thread = act.comment.thread
    ThreadEvent.objects.create(
        project_id=thread.project_id,
        thread=thread,
        actor=act.actor,
        action=act.action,
        detail={"comment": act.comment.pk, **act.detail},
        reason=act.reason,
    )


def notify(code: str, comment: Comment, *, actor: User | None, recipients: set[int]) -> None:
    """Send a notice to those whom an act concerns, unless there is none besides the actor."""
    others = frozenset(recipients - {actor.pk if actor else 0})
    if others:
        notice = CommentNotice(code, comment, actor, others)
        sent.send(sender=CommentNotice, notice=notice)


def participants(comment: Comment) -> set[int]:
    """Return the ids of those who wrote a comment in the thread of this one."""
    authors = comment.thread.comments.filter(author__isnull=False)
    return set(authors.values_list("author_id", flat=True))
