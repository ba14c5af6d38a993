"""Create, change and delete webhooks, and rotate their secrets; each records an event.

Events hold the number and the host of a webhook; the rest of its address may be a secret.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from reviewapp.core.errors import InvalidInput
from reviewapp.core.lengths import check_max_lengths
from reviewapp.jobs.actions import cancel_waiting_jobs
from reviewapp.people.models import Project, ProjectEvent, User
from reviewapp.people.permissions import require_lead
from reviewapp.webhooks.addresses import url_error
from reviewapp.webhooks.events import kinds_with_events
from reviewapp.webhooks.models import BodyFormat, Delivery, Webhook
from reviewapp.webhooks.signatures import secret_of

MAX_WEBHOOKS: Final = 20
FORMER_SECRET_LASTS: Final = timedelta(days=1)


@dataclass(frozen=True)
class NewSecret:
    """A webhook with its new secret, which is shown once."""

    webhook: Webhook
    secret: str


@transaction.atomic
def create_webhook(
    *, project: Project, url: str, events: Collection[str], body_format: str, actor: User
) -> NewSecret:
    """Create a webhook, which is on.

    Raises:
        PermissionDeniedError: the actor is not a lead.
        InvalidInput: the address, the events or the format cannot be used, or there are too many.
    """
    require_lead(actor, project)
    _check(url, events, body_format)
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    if Webhook.objects.filter(project=project).count() >= MAX_WEBHOOKS:
        raise InvalidInput(
            gettext("A project has at most %(limit)s webhooks. Delete one first.")
            % {"limit": MAX_WEBHOOKS}
        )
    webhook = Webhook.objects.create(
        project=project,
        url=url,
        events=sorted(set(events)),
        body_format=body_format,
        created_by=actor,
    )
    record(webhook, actor, "create_webhook", events=webhook.events)
    return NewSecret(webhook, secret_of(webhook))


@transaction.atomic
def change_webhook(
    *,
    webhook_id: int,
    url: str,
    events: Collection[str],
    body_format: str,
    is_on: bool,
    actor: User,
) -> Webhook:
    """Change a webhook; what waits is given up when it is switched off.

    Raises:
        PermissionDeniedError: the actor is not a lead.
        InvalidInput: the address, the events or the format cannot be used.
    """
    webhook = locked_webhook(webhook_id, actor)
    _check(url, events, body_format)
    new = {
        "url": url,
        "events": sorted(set(events)),
        "body_format": body_format,
        "is_on": is_on,
    }
    differing = [name for name, value in new.items() if getattr(webhook, name) != value]
    if not differing:
        return webhook
    for name in differing:
        setattr(webhook, name, new[name])
    if is_on:
        webhook.off_reason = ""
    if {"url", "is_on"} & set(differing):
        webhook.failing_since = None
    webhook.save(update_fields=[*differing, "off_reason", "failing_since"])
    if not is_on:
        cancel_waiting_jobs(Delivery.objects.filter(webhook=webhook))
    recorded = {name: new[name] for name in differing if name != "url"}
    record(webhook, actor, "change_webhook", changed=differing, after=recorded)
    return webhook


@transaction.atomic
def delete_webhook(*, webhook_id: int, actor: User) -> None:
    """Delete a webhook with its deliveries.

    Raises:
        PermissionDeniedError: the actor is not a lead.
    """
    webhook = locked_webhook(webhook_id, actor)
    record(webhook, actor, "delete_webhook")
    webhook.delete()


@transaction.atomic
def rotate_secret(*, webhook_id: int, actor: User) -> NewSecret:
    """Give a webhook a new secret; for a day requests are signed with the former one, too.

    Raises:
        PermissionDeniedError: the actor is not a lead.
    """
    webhook = locked_webhook(webhook_id, actor)
    webhook.former_salt, webhook.secret_salt = webhook.secret_salt, uuid4()
    webhook.former_until = timezone.now() + FORMER_SECRET_LASTS
    webhook.save(update_fields=["former_salt", "secret_salt", "former_until"])
    record(webhook, actor, "rotate_webhook_secret")
    return NewSecret(webhook, secret_of(webhook))


def locked_webhook(webhook_id: int, actor: User) -> Webhook:
    """Lock a webhook until the transaction ends and return it.

    Raises:
        PermissionDeniedError: the actor is not a lead.
    """
    webhook = Webhook.objects.select_for_update(of=("self",)).get(pk=webhook_id)
    require_lead(actor, webhook.project)
    return webhook


def record(webhook: Webhook, actor: User | None, action: str, **detail: Any) -> None:
    """Record an event of a webhook; `actor` None is the system."""
    ProjectEvent.objects.create(
        project=webhook.project,
        actor=actor,
        action=action,
        detail={"webhook": webhook.pk, "host": webhook.host, **detail},
    )


def _check(url: str, events: Collection[str], body_format: str) -> None:
    check_max_lengths(Webhook, url=url)
    if reason := url_error(url):
        raise InvalidInput(reason, field="url")
    if not events:
        raise InvalidInput(gettext("Choose at least one."), field="events")
    if unknown := set(events) - kinds_with_events().keys():
        raise InvalidInput(
            gettext("There is no event “%(name)s”.") % {"name": min(unknown)}, field="events"
        )
    if body_format not in BodyFormat.values:
        raise InvalidInput(
            gettext("There is no format “%(name)s”.") % {"name": body_format}, field="body_format"
        )
