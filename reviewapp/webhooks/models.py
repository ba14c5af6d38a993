"""Webhooks of a project, and the jobs that deliver events to them."""

from datetime import datetime, timedelta
from typing import ClassVar, Final, Self
from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import pgettext_lazy

from reviewapp.core.db.constraints import known_choice
from reviewapp.core.outbound.addresses import host_and_port
from reviewapp.jobs.models import Job, JobState
from reviewapp.people.models import Project, User

MAX_URL_LENGTH: Final = 2000
MAX_SECONDS: Final = 10
"""How long one request may take, from the look-up of the host to the status of the answer."""
WAITS: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=8),
    timedelta(hours=8),
)
"""The waits between the tries of a delivery, about a day together."""


class BodyFormat(models.TextChoices):
    """What the body of a request holds."""

    EVENT = "event", pgettext_lazy("format of a webhook", "The event as JSON")
    CHAT = "chat", pgettext_lazy("format of a webhook", "Plain text for chat (Slack, Teams)")


class OffReason(models.TextChoices):
    """Why a webhook is off without a lead having switched it off."""

    GONE = "gone"


def new_message_id() -> str:
    """Return a new id of a message."""
    return f"msg_{uuid4().hex}"


class Webhook(models.Model):
    """An address that receives chosen events of a project.

    Attributes:
        events: types of events, such as run.needs_votes.
        secret_salt: what its secret is derived from, together with the key of the installation.
        former_salt: of the secret before the last rotation, which also signs until `former_until`.
        failing_since: the first failure after which nothing has arrived; None if the last arrived.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="webhooks")
    url = models.CharField(max_length=MAX_URL_LENGTH)
    events = ArrayField(models.CharField(max_length=40))
    body_format = models.CharField(max_length=8, choices=BodyFormat, default=BodyFormat.EVENT)
    is_on = models.BooleanField(default=True)
    off_reason = models.CharField(max_length=8, choices=OffReason, blank=True)
    secret_salt = models.UUIDField(default=uuid4)
    former_salt = models.UUIDField(null=True, blank=True)
    former_until = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(name="webhook_has_events", condition=Q(events__len__gt=0)),
            known_choice("webhook_format_known", "body_format", BodyFormat),
            models.CheckConstraint(
                name="webhook_off_for_a_reason_is_off",
                condition=Q(off_reason="") | Q(off_reason__in=OffReason.values, is_on=False),
            ),
            models.CheckConstraint(
                name="webhook_former_secret_ends",
                condition=Q(former_salt=None, former_until=None)
                | Q(former_salt__isnull=False, former_until__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.host

    @property
    def host(self) -> str:
        """The host that it calls; the rest of its address may be a secret of the receiver."""
        return host_and_port(self.url)[0]


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Queries for deliveries."""

    def at_work(self) -> Self:
        """Return those that a worker sends now."""
        return self.filter(state=JobState.RUNNING)


class Delivery(Job):
    """One event for one webhook, sent until the receiver accepts it or the tries are used up.

    Attributes:
        message_id: the `webhook-id` of every try, by which a receiver recognises repetitions.
        event: the type of the event.
        data: of the event, for programs.
        occurred_at: when the event happened.
        subject: what a webhook receives at most once for each type; empty for no limit.
        status_code: of the last answer; None without one.
    """

    MAX_ATTEMPTS: ClassVar[int] = len(WAITS) + 1

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    message_id = models.CharField(max_length=40, unique=True, default=new_message_id)
    event = models.CharField(max_length=40)
    data = models.JSONField(default=dict)
    occurred_at = models.DateTimeField(db_default=Now())
    subject = models.CharField(max_length=200, blank=True)
    status_code = models.PositiveSmallIntegerField(null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta(Job.Meta):
        abstract = False
        indexes = [
            models.Index(fields=["webhook", "-id"], name="delivery_of_webhook"),
            models.Index(
                fields=["run_after"],
                name="delivery_open",
                condition=Q(state__in=[JobState.WAITING, JobState.RUNNING]),
            ),
        ]
        constraints = [
            *Job.Meta.constraints,
            models.UniqueConstraint(
                fields=["webhook", "event", "subject"],
                name="delivery_once_a_subject",
                condition=~Q(subject=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.webhook}"

    @classmethod
    def lease_seconds(cls) -> float:
        """Return how long a worker may be silent: one request takes less."""
        return 3 * MAX_SECONDS

    @property
    def next_try_at(self) -> datetime | None:
        """When it is tried again; None if it has ended or is due."""
        return self.run_after if self.state == JobState.WAITING else None
