"""Webhooks and deliveries as people read them."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from reviewapp.core.texts import render
from reviewapp.jobs.models import JobState
from reviewapp.people.models import Project
from reviewapp.webhooks.events import TEST_EVENT, kinds_with_events
from reviewapp.webhooks.models import Delivery, Webhook


@dataclass(frozen=True)
class ShownDelivery:
    """A delivery in the reader's language.

    Attributes:
        tone: of its badge: passed, failed, or open.
    """

    pk: int
    message_id: str
    event: str
    label: str | Promise
    state: str | Promise
    tone: str
    reason: str
    status_code: int | None
    tries: int
    occurred_at: datetime
    next_try_at: datetime | None
    is_open: bool


def shown_delivery(row: Delivery) -> ShownDelivery:
    """Return a delivery in the active language."""
    kind = kinds_with_events().get(row.event)
    label = _("Test") if row.event == TEST_EVENT else kind.label if kind else row.event
    state, tone = _state(row)
    return ShownDelivery(
        pk=row.pk,
        message_id=row.message_id,
        event=row.event,
        label=label,
        state=state,
        tone=tone,
        reason=render(row.error),
        status_code=row.status_code,
        tries=row.attempts,
        occurred_at=row.occurred_at,
        next_try_at=row.next_try_at,
        is_open=not row.is_over,
    )


def _state(row: Delivery) -> tuple[Promise, str]:
    if row.state == JobState.DONE:
        return pgettext_lazy("delivery", "Delivered"), "passed"
    if row.state == JobState.FAILED:
        return pgettext_lazy("delivery", "Given up"), "failed"
    if row.attempts and row.state == JobState.WAITING:
        return pgettext_lazy("delivery", "Waits for another try"), "open"
    return pgettext_lazy("delivery", "On its way"), "open"


def shown_webhooks(project: Project) -> list[Webhook]:
    """Return the webhooks of a project, each with `given_up`, the number of lost events."""
    given_up = Count("deliveries", filter=Q(deliveries__state=JobState.FAILED))
    rows = Webhook.objects.filter(project=project).annotate(given_up=given_up)
    return list(rows.order_by("pk"))
