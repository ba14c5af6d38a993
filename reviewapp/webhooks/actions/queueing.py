"""Queue events for the webhooks of a project, in the transaction in which they happen."""

from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from reviewapp.core.errors import InvalidTransition
from reviewapp.jobs.actions import continue_job, restart_jobs, start_now
from reviewapp.notifications.actions.mailing import absolute_url
from reviewapp.notifications.actions.notifying import Notice
from reviewapp.notifications.kinds import KINDS
from reviewapp.people.models import User
from reviewapp.webhooks.actions.settings import locked_webhook, record
from reviewapp.webhooks.events import TEST_EVENT
from reviewapp.webhooks.models import Delivery, Webhook


def on_notice(*, notice: Notice, **_more: Any) -> None:
    """Queue an event for each webhook that wants its type; the beat sends it."""
    kind = KINDS[notice.kind]
    if not kind.event:
        return
    wanted = Webhook.objects.filter(
        project=notice.project, is_on=True, events__contains=[kind.event]
    )
    ids = list(wanted.values_list("pk", flat=True))
    if not ids:
        return
    slug, now = notice.project.slug, timezone.now()
    url = absolute_url(kind.link(slug, notice.params))
    data = {"project": slug, **notice.public, "url": url}
    Delivery.objects.bulk_create(
        [
            Delivery(
                webhook_id=pk,
                event=kind.event,
                data=data,
                subject=notice.subject,
                occurred_at=now,
            )
            for pk in ids
        ],
        ignore_conflicts=True,
    )


@transaction.atomic
def send_test(*, webhook_id: int, actor: User) -> Delivery:
    """Queue a test for a webhook that is on.

    Raises:
        PermissionDeniedError: the actor is not a lead.
        InvalidTransition: the webhook is off.
    """
    webhook = locked_webhook(webhook_id, actor)
    _require_on(webhook)
    slug = webhook.project.slug
    page = absolute_url(reverse("webhook", args=[slug, webhook.pk]))
    record(webhook, actor, "test_webhook")
    return Delivery.objects.create(
        webhook=webhook,
        event=TEST_EVENT,
        data={"project": slug, "url": page},
        occurred_at=timezone.now(),
    )


@transaction.atomic
def resend(*, delivery: Delivery, actor: User) -> None:
    """Send an event again now, with the same `webhook-id`; one that a worker sends stays as it is.

    Raises:
        PermissionDeniedError: the actor is not a lead.
        InvalidTransition: the webhook is off.
    """
    webhook = locked_webhook(delivery.webhook_id, actor)
    _require_on(webhook)
    row = Delivery.objects.filter(pk=delivery.pk)
    restart_jobs(row)
    continue_job(delivery)
    start_now(row)
    record(webhook, actor, "resend_webhook", message=delivery.message_id)


def _require_on(webhook: Webhook) -> None:
    if not webhook.is_on:
        raise InvalidTransition(gettext("This webhook is off. Switch it on first."))
