"""Notifications as people read them: sentence, link and project."""

from dataclasses import dataclass
from datetime import datetime

from reviewapp.core.texts import render
from reviewapp.notifications.kinds import KINDS
from reviewapp.notifications.models import Notification


@dataclass(frozen=True)
class ShownNotification:
    """A notification in the reader's language; `url` is the path of what it is about, or empty."""

    pk: int
    text: str
    url: str
    project: str
    created_at: datetime
    is_unread: bool


def shown(row: Notification) -> ShownNotification:
    """Return a notification in the active language; its project and actor are read already."""
    kind = KINDS.get(row.kind)
    return ShownNotification(
        pk=row.pk,
        text=render(row.text),
        url=kind.link(row.project.slug, row.text.params) if kind else "",
        project=row.project.name,
        created_at=row.created_at,
        is_unread=row.read_at is None,
    )
