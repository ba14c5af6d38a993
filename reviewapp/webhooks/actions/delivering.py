"""Deliver one event: send it, judge the answer, wait and try again, or give it up."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from reviewapp.core.messages import Message, message
from reviewapp.core.outbound.addresses import host_and_port
from reviewapp.jobs.actions import (
    cancel_waiting_jobs,
    claim_job,
    fail_job,
    finish_job,
    jobs_to_send,
    retry_job,
)
from reviewapp.notifications.actions.notifying import Notice, notify
from reviewapp.people.models import Role, User
from reviewapp.webhooks.actions.settings import record
from reviewapp.webhooks.addresses import address_rule, url_error
from reviewapp.webhooks.events import body_of
from reviewapp.webhooks.kinds import WEBHOOK_FAILED
from reviewapp.webhooks.models import MAX_SECONDS, WAITS, Delivery, OffReason, Webhook
from reviewapp.webhooks.signatures import headers_of

GONE: Final = 410
KEEP: Final = timedelta(days=180)
MAX_AT_ONCE: Final = 4
"""How many workers send at the same time at most, so that slow receivers do not keep all busy."""
PERMANENT: Final = {"address_refused", "url_refused", "off"}
"""Codes of failures that no further try changes."""


@dataclass(frozen=True)
class Outcome:
    """What came of a try: the status of the answer, or None with the code of the failure."""

    status: int | None
    code: str = ""

    @property
    def is_accepted(self) -> bool:
        """Whether the receiver has accepted the event."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004

    @property
    def reason(self) -> Message:
        """What a lead reads of a failure."""
        if self.status is None:
            return message(f"webhooks.{self.code}")
        if 300 <= self.status < 400:  # noqa: PLR2004
            return message("webhooks.redirected", status=self.status)
        return message("webhooks.rejected", status=self.status)

    @property
    def error_code(self) -> str:
        """The failure for programs."""
        return self.code or f"status_{self.status}"


def deliveries_to_send() -> list[int]:
    """Return the deliveries to start now, as many as may be sent at the same time."""
    left = MAX_AT_ONCE - Delivery.objects.all().at_work().count()
    return jobs_to_send(Delivery.objects.all(), limit=max(left, 0))


def deliver(job_id: int) -> None:
    """Send the event of a job; safe to call twice."""
    delivery = claim_job(Delivery, job_id)
    if delivery is None:
        return
    outcome = _send(delivery)
    with transaction.atomic():
        webhook = Webhook.objects.select_for_update().filter(pk=delivery.webhook_id).first()
        if webhook is None:
            return
        if outcome.is_accepted:
            _accepted(delivery, webhook, outcome)
        else:
            _failed(delivery, webhook, outcome)


def _send(delivery: Delivery) -> Outcome:
    """Send one request; of its answer only the status is read."""
    # The HTTP client is large, and most processes send nothing.
    from reviewapp.core.outbound import transport  # noqa: PLC0415

    webhook = delivery.webhook
    if not webhook.is_on:
        return Outcome(None, "off")
    # The installation may allow less than when the address was entered.
    if url_error(webhook.url):
        return Outcome(None, "url_refused")
    body = body_of(delivery)
    limits = transport.Limits(
        transport.Deadline(MAX_SECONDS), max_body_bytes=0, address_rule=address_rule(webhook.url)
    )
    headers = headers_of(webhook, delivery.message_id, timezone.now(), body)
    try:
        reply = transport.send("POST", webhook.url, headers=headers, content=body, limits=limits)
    except transport.CallError as error:
        return Outcome(None, error.code)
    return Outcome(reply.status)


def _accepted(delivery: Delivery, webhook: Webhook, outcome: Outcome) -> None:
    if finish_job(delivery, status_code=outcome.status) and webhook.failing_since is not None:
        webhook.failing_since = None
        webhook.save(update_fields=["failing_since"])


def _failed(delivery: Delivery, webhook: Webhook, outcome: Outcome) -> None:
    now, status = timezone.now(), outcome.status
    is_last = delivery.attempts >= Delivery.MAX_ATTEMPTS or outcome.code in PERMANENT
    if status == GONE or is_last:
        is_held = fail_job(delivery, outcome.error_code, outcome.reason, status_code=status)
    else:
        after = now + WAITS[delivery.attempts - 1]
        is_held = retry_job(
            delivery, outcome.error_code, outcome.reason, after=after, status_code=status
        )
    if not is_held or outcome.code == "off":
        return
    webhook.failing_since = webhook.failing_since or now
    webhook.save(update_fields=["failing_since"])
    if status == GONE:
        _switch_off(webhook)
    elif is_last:
        _tell_leads(webhook)


def _switch_off(webhook: Webhook) -> None:
    """Switch off a webhook whose receiver says that it is gone for good."""
    if not webhook.is_on:
        return
    webhook.is_on, webhook.off_reason = False, OffReason.GONE
    webhook.save(update_fields=["is_on", "off_reason"])
    cancel_waiting_jobs(Delivery.objects.filter(webhook=webhook))
    record(webhook, None, "switch_off_webhook", reason_code=OffReason.GONE)
    _tell_leads(webhook)


def _tell_leads(webhook: Webhook) -> None:
    """Notify the leads, once until an event arrives again."""
    host, _port = host_and_port(webhook.url)
    since = webhook.failing_since.isoformat() if webhook.failing_since else ""
    leads = User.objects.filter(memberships__project=webhook.project, memberships__role=Role.LEAD)
    notice = Notice(
        WEBHOOK_FAILED.code,
        webhook.project,
        {"webhook": webhook.pk, "host": host, "is_on": webhook.is_on},
        subject=f"webhook-{webhook.pk}-{since}-{int(webhook.is_on)}",
    )
    notify(notice, leads.values_list("pk", flat=True))


def delete_old() -> int:
    """Delete deliveries that ended more than half a year ago; return their number."""
    deleted, _ = Delivery.objects.filter(finished_at__lt=timezone.now() - KEEP).delete()
    return deleted
