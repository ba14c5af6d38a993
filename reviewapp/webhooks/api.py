"""API of a project's webhooks, for scripts of leads."""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Router, Schema, Status

from reviewapp.core.api import Cursor, Limit, ObjectId
from reviewapp.core.paging import PAGE_SIZE, newest_first
from reviewapp.core.texts import render_english
from reviewapp.jobs.models import JobState
from reviewapp.people.api import project_for
from reviewapp.people.http import signed_in_user
from reviewapp.people.permissions import Permission
from reviewapp.webhooks.actions import queueing
from reviewapp.webhooks.actions import settings as actions
from reviewapp.webhooks.actions.settings import NewSecret
from reviewapp.webhooks.models import MAX_URL_LENGTH, BodyFormat, Delivery, Webhook
from reviewapp.webhooks.tasks import DELIVERIES

router = Router(tags=["webhooks"])

Url = Annotated[str, Field(min_length=1, max_length=MAX_URL_LENGTH)]
Events = Annotated[
    list[Annotated[str, Field(max_length=40)]],
    Field(min_length=1, max_length=100, description="Types of events, as docs/webhooks.md lists."),
]
Format = Literal[*BodyFormat.values]  # type: ignore[valid-type]


class WebhookOut(Schema):
    """A webhook; `failing_since` is null while events arrive."""

    id: int
    url: str
    events: list[str]
    body_format: Format
    is_on: bool
    off_reason: str
    failing_since: datetime | None
    former_secret_until: datetime | None
    created_at: datetime


class WebhookList(Schema):
    """The webhooks of a project."""

    items: list[WebhookOut]


class NewSecretOut(WebhookOut):
    """A webhook with its secret, which is shown once; null in the answer to a repeated request."""

    secret: str | None


class WebhookIn(Schema):
    """A new webhook; `body_format` is `chat` for plain text."""

    url: Url
    events: Events
    body_format: Format = BodyFormat.EVENT.value


class WebhookChange(Schema):
    """What to change of a webhook; what is left out stays."""

    url: Url | None = None
    events: Events | None = None
    body_format: Format | None = None
    is_on: bool | None = None


class DeliveryOut(Schema):
    """A delivery; `error` is a sentence about the last try that failed."""

    id: int
    webhook_id: str
    type: str
    state: Literal[*JobState.values]  # type: ignore[valid-type]
    status_code: int | None
    tries: int
    error: str
    occurred_at: datetime
    next_try_at: datetime | None


class DeliveryList(Schema):
    """Deliveries, newest first."""

    items: list[DeliveryOut]
    next: str | None


@router.get(
    "/projects/{slug}/webhooks",
    operation_id="reviewapp_api_webhooks_list",
    response={200: WebhookList},
    summary="List the webhooks of a project",
)
def list_webhooks(request: HttpRequest, slug: str) -> dict[str, Any]:
    """Return all webhooks without their secrets."""
    project = project_for(request, slug, Permission.LEAD)
    rows = Webhook.objects.filter(project=project).order_by("pk")
    return {"items": [_webhook(row) for row in rows]}


@router.post(
    "/projects/{slug}/webhooks",
    operation_id="reviewapp_api_webhooks_create",
    response={201: NewSecretOut},
    summary="Create a webhook",
)
def create_webhook(request: HttpRequest, slug: str, body: WebhookIn) -> Any:
    """Create a webhook and return its secret, once."""
    project = project_for(request, slug, Permission.LEAD)
    made = actions.create_webhook(project=project, actor=signed_in_user(request), **body.dict())
    return Status(201, _with_secret(made))


@router.patch(
    "/projects/{slug}/webhooks/{webhook_id}",
    operation_id="reviewapp_api_webhooks_change",
    response={200: WebhookOut},
    summary="Change a webhook",
)
def change_webhook(
    request: HttpRequest, slug: str, webhook_id: ObjectId, body: WebhookChange
) -> dict[str, Any]:
    """Change address, events or format, or switch it on or off."""
    found = _found(request, slug, webhook_id)
    given = {name: value for name, value in body.dict().items() if value is not None}
    present = {name: getattr(found, name) for name in WebhookChange.model_fields}
    changed = actions.change_webhook(
        webhook_id=found.pk, actor=signed_in_user(request), **{**present, **given}
    )
    return _webhook(changed)


@router.delete(
    "/projects/{slug}/webhooks/{webhook_id}",
    operation_id="reviewapp_api_webhooks_delete",
    response={204: None},
    summary="Delete a webhook",
)
def delete_webhook(request: HttpRequest, slug: str, webhook_id: ObjectId) -> Any:
    """Delete a webhook with its deliveries."""
    found = _found(request, slug, webhook_id)
    actions.delete_webhook(webhook_id=found.pk, actor=signed_in_user(request))
    return Status(204, None)


@router.post(
    "/projects/{slug}/webhooks/{webhook_id}/secret",
    operation_id="reviewapp_api_webhooks_rotate_secret",
    response={200: NewSecretOut},
    summary="Rotate the secret of a webhook",
)
def rotate_secret(request: HttpRequest, slug: str, webhook_id: ObjectId) -> dict[str, Any]:
    """Return a new secret, once; for a day requests are signed with the former one, too."""
    found = _found(request, slug, webhook_id)
    return _with_secret(actions.rotate_secret(webhook_id=found.pk, actor=signed_in_user(request)))


@router.post(
    "/projects/{slug}/webhooks/{webhook_id}/test",
    operation_id="reviewapp_api_webhooks_test",
    response={202: DeliveryOut},
    summary="Send a test to a webhook",
)
def test_webhook(request: HttpRequest, slug: str, webhook_id: ObjectId) -> Any:
    """Queue a test; 409 if the webhook is off."""
    found = _found(request, slug, webhook_id)
    delivery = queueing.send_test(webhook_id=found.pk, actor=signed_in_user(request))
    DELIVERIES.send(delivery.pk)
    return Status(202, _delivery(delivery))


@router.get(
    "/projects/{slug}/webhooks/{webhook_id}/deliveries",
    operation_id="reviewapp_api_webhooks_deliveries",
    response={200: DeliveryList},
    summary="List the deliveries of a webhook",
)
def list_deliveries(
    request: HttpRequest,
    slug: str,
    webhook_id: ObjectId,
    cursor: Cursor = None,
    limit: Limit = PAGE_SIZE,
) -> dict[str, Any]:
    """Return the deliveries, newest first."""
    rows = Delivery.objects.filter(webhook=_found(request, slug, webhook_id))
    shown, following = newest_first(rows, before=cursor, limit=limit)
    return {
        "items": [_delivery(row) for row in shown],
        "next": None if following is None else str(following),
    }


@router.post(
    "/projects/{slug}/webhooks/{webhook_id}/deliveries/{delivery_id}/again",
    operation_id="reviewapp_api_webhooks_resend",
    response={202: DeliveryOut},
    summary="Send an event to a webhook again",
)
def resend(request: HttpRequest, slug: str, webhook_id: ObjectId, delivery_id: ObjectId) -> Any:
    """Send an event again with the same `webhook-id`; 409 if the webhook is off."""
    found = _found(request, slug, webhook_id)
    delivery = get_object_or_404(Delivery, pk=delivery_id, webhook=found)
    queueing.resend(delivery=delivery, actor=signed_in_user(request))
    DELIVERIES.send(delivery.pk)
    delivery.refresh_from_db()
    return Status(202, _delivery(delivery))


def _found(request: HttpRequest, slug: str, webhook_id: int) -> Webhook:
    project = project_for(request, slug, Permission.LEAD)
    return get_object_or_404(Webhook, pk=webhook_id, project=project)


def _webhook(row: Webhook) -> dict[str, Any]:
    names = ("url", "events", "body_format", "is_on", "off_reason", "failing_since", "created_at")
    return {
        "id": row.pk,
        **{name: getattr(row, name) for name in names},
        "former_secret_until": row.former_until,
    }


def _with_secret(made: NewSecret) -> dict[str, Any]:
    made.webhook.refresh_from_db()
    return {**_webhook(made.webhook), "secret": made.secret}


def _delivery(row: Delivery) -> dict[str, Any]:
    return {
        "id": row.pk,
        "webhook_id": row.message_id,
        "type": row.event,
        "state": row.state,
        "status_code": row.status_code,
        "tries": row.attempts,
        "error": render_english(row.error),
        "occurred_at": row.occurred_at,
        "next_try_at": row.next_try_at,
    }
