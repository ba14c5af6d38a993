"""Notify users of an event."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from reviewapp.core.messages import Message
from reviewapp.notifications.actions.mailing import queue_mail
from reviewapp.notifications.kinds import KINDS, Kind
from reviewapp.notifications.models import Notification
from reviewapp.notifications.signals import noticed
from reviewapp.people.models import Project, User

MERGE_PERIOD: Final = timedelta(minutes=10)


@dataclass(frozen=True)
class Notice:
    """An event of a project.

    Attributes:
        kind: the code of its kind.
        params: of its sentence and its link; texts of users that others may not read stay out.
        actor: who caused it; they are not notified.
        subject: what each user hears of at most once.
        public: what programs outside may know: codes, ids, numbers and days, never texts, and
            nothing of the figures or models of an open run.
    """

    kind: str
    project: Project
    params: Mapping[str, Any] = field(default_factory=dict)
    actor: User | None = None
    subject: str = ""
    public: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def notify(notice: Notice, recipients: Iterable[int]) -> None:
    """Notify users of an event, and queue mail to those who want it.

    The actor, people without an account that is active, and people who are no members of the
    project are left out.

    Args:
        notice: the event.
        recipients: the ids of users.
    """
    kind = KINDS[notice.kind]
    others = set(recipients) - {notice.actor.pk if notice.actor else None}
    members = User.objects.filter(
        pk__in=others, is_active=True, memberships__project=notice.project
    )
    ids = set(members.values_list("pk", flat=True))
    fresh = ids - _merged(notice, kind, ids)
    Notification.objects.bulk_create(
        [
            Notification(
                user_id=pk,
                project=notice.project,
                actor=notice.actor,
                kind=kind.code,
                text=Message(kind.text_code, {**_count(kind, 1), **notice.params}),
                subject=notice.subject,
            )
            for pk in sorted(fresh)
        ],
        ignore_conflicts=True,
    )
    queue_mail(fresh)
    noticed.send(sender=Notice, notice=notice)


def _count(kind: Kind, count: int) -> dict[str, int]:
    return {"count": count} if kind.is_merged else {}


def _merged(notice: Notice, kind: Kind, ids: set[int]) -> set[int]:
    """Count the event in unread notifications of the same act; return the ids of their users."""
    if not kind.is_merged or notice.actor is None:
        return set()
    since = timezone.now() - MERGE_PERIOD
    same = Notification.objects.unread().filter(
        user__in=ids,
        project=notice.project,
        kind=kind.code,
        actor=notice.actor,
        mailed_at=None,
        created_at__gte=since,
    )
    rows = {row.user_id: row for row in same.select_for_update().order_by("pk")}
    for row in rows.values():
        count = int(row.text.params["count"]) + int(notice.params.get("count", 1))
        row.text = Message(kind.text_code, {**row.text.params, **notice.params, "count": count})
    Notification.objects.bulk_update(rows.values(), ["text"])
    return set(rows)
