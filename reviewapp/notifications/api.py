"""API of the inbox of a token's user."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation
from ninja import Router, Schema

from reviewapp.core.api import Cursor
from reviewapp.core.paging import newest_first
from reviewapp.notifications.models import Notification
from reviewapp.notifications.shown import shown
from reviewapp.people.http import signed_in_user

router = Router(tags=["people"])


class NotificationOut(Schema):
    """A notification: `kind` and `params` for programs, `text` in English, `url` is a path."""

    id: int
    kind: str
    params: dict[str, Any]
    text: str
    url: str
    project: str
    created_at: datetime
    read_at: datetime | None


class NotificationPage(Schema):
    """Notifications, newest first, and the cursor of the next page."""

    items: list[NotificationOut]
    next: str | None


@router.get(
    "/me/notifications",
    operation_id="reviewapp_api_notifications_list",
    response={200: NotificationPage},
    summary="List my notifications",
)
def list_notifications(
    request: HttpRequest, *, unread: bool = False, cursor: Cursor = None
) -> dict[str, Any]:
    """Return a page of 50 notifications of the token's user, newest first."""
    found = Notification.objects.visible_to(signed_in_user(request))
    found = found.unread() if unread else found
    rows, following = newest_first(found.select_related("project", "actor"), before=cursor)
    with translation.override(settings.LANGUAGE_CODE):
        items = [_as_item(row) for row in rows]
    return {"items": items, "next": None if following is None else str(following)}


def _as_item(row: Notification) -> dict[str, Any]:
    found = shown(row)
    return {
        "id": row.pk,
        "kind": row.kind,
        "params": row.text.as_json()["params"],
        "text": found.text,
        "url": found.url,
        "project": row.project.slug,
        "created_at": row.created_at,
        "read_at": row.read_at,
    }
