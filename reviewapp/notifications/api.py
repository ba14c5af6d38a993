"""API of the user's own inbox. A token sees only kinds that its other scopes are for."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from django.db.models import Case, SmallIntegerField, Value, When
from django.http import HttpRequest
from django.utils import translation
from ninja import Field, Query, Router, Schema

from reviewapp.core.api import Limit, ObjectId
from reviewapp.core.paging import PAGE_SIZE, page_by_values
from reviewapp.notifications.actions.inbox import mark_read
from reviewapp.notifications.actions.mailing import mail_is_set_up, set_mail_mode
from reviewapp.notifications.kinds import KINDS
from reviewapp.notifications.models import (
    MailMode,
    MailSetting,
    Notification,
    NotificationQuerySet,
)
from reviewapp.notifications.shown import shown
from reviewapp.people.http import signed_in_user

router = Router(tags=["notifications"])

MAX_IDS: Final = 1000
IS_UNREAD: Final = Case(
    When(read_at=None, then=Value(1)), default=Value(0), output_field=SmallIntegerField()
)
# Whether the last row was unread, and its id; a shorter number than any that is too large.
InboxCursor = Annotated[str | None, Query(pattern="^[01]-[0-9]{1,18}$")]


class NotificationOut(Schema):
    """A notification; `text` is an English sentence, `url` the path of the page it is about."""

    id: int
    project: str
    kind: str
    text: str
    url: str
    created_at: datetime
    is_read: bool


class NotificationList(Schema):
    """Notifications, those that are unread first."""

    items: list[NotificationOut]
    next: str | None


class ReadIn(Schema):
    """The notifications to mark as read; null for all that the token may read."""

    ids: Annotated[list[ObjectId], Field(max_length=MAX_IDS)] | None = None


class ReadOut(Schema):
    """How many were unread before."""

    read: int


class PreferencesIn(Schema):
    """When you get mail about notifications."""

    mail: Literal[*MailMode.values]  # type: ignore[valid-type]


class PreferencesOut(PreferencesIn):
    """When you get mail, and whether this installation can send any."""

    has_mail: bool


@router.get(
    "/notifications",
    operation_id="reviewapp_api_notifications_list",
    response={200: NotificationList},
    summary="List your notifications",
)
def list_notifications(
    request: HttpRequest,
    *,
    unread: Annotated[bool, Query()] = False,
    cursor: InboxCursor = None,
    limit: Limit = PAGE_SIZE,
) -> dict[str, Any]:
    """Return your notifications of all projects: unread ones, then others, each newest first.

    Those of kinds that belong to a scope which the token lacks are left out.
    """
    rows = _readable(request).select_related("project", "actor").annotate(is_unread=IS_UNREAD)
    rows = rows.unread() if unread else rows
    after = None if cursor is None else [int(part) for part in cursor.split("-")]
    page = page_by_values(rows, ["is_unread"], is_descending=True, after=after, limit=limit)
    with translation.override("en"):
        items = [_notification(row) for row in page.rows]
    following = None if page.after is None else "-".join(map(str, page.after))
    return {"items": items, "next": following}


@router.post(
    "/notifications/read",
    operation_id="reviewapp_api_notifications_read",
    response={200: ReadOut},
    summary="Mark your notifications as read",
)
def read_notifications(request: HttpRequest, body: ReadIn) -> dict[str, int]:
    """Mark some or all of your notifications as read; unknown ids are ignored."""
    rows = _readable(request)
    rows = rows if body.ids is None else rows.filter(pk__in=body.ids)
    return {"read": mark_read(user=signed_in_user(request), among=rows)}


@router.get(
    "/notifications/preferences",
    operation_id="reviewapp_api_notifications_preferences",
    response={200: PreferencesOut},
    summary="Show when you get mail",
)
def show_preferences(request: HttpRequest) -> dict[str, Any]:
    """Return when you get mail about notifications."""
    setting = MailSetting.objects.filter(user=signed_in_user(request)).first()
    return _preferences(setting.mode if setting else MailMode.OFF)


@router.put(
    "/notifications/preferences",
    operation_id="reviewapp_api_notifications_set_preferences",
    response={200: PreferencesOut},
    summary="Choose when you get mail",
)
def set_preferences(request: HttpRequest, body: PreferencesIn) -> dict[str, Any]:
    """Store when you get mail; what waits to be sent follows the new choice."""
    return _preferences(set_mail_mode(user=signed_in_user(request), mode=body.mail).mode)


def _readable(request: HttpRequest) -> NotificationQuerySet:
    """Return the user's notifications of the kinds that belong to a scope of the token."""
    scopes: frozenset[str] = request.token.scopes  # type: ignore[attr-defined]
    kinds = [code for code, kind in KINDS.items() if kind.scope in scopes]
    return Notification.objects.visible_to(signed_in_user(request)).filter(kind__in=kinds)


def _notification(row: Notification) -> dict[str, Any]:
    seen = shown(row)
    return {
        "id": row.pk,
        "project": row.project.slug,
        "kind": row.kind,
        "text": seen.text,
        "url": seen.url,
        "created_at": row.created_at,
        "is_read": not seen.is_unread,
    }


def _preferences(mode: str) -> dict[str, Any]:
    return {"mail": mode, "has_mail": mail_is_set_up()}
