"""Registered model versions, their endpoints, and the calls that are made to these."""

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from datasets.versions.models import DatasetVersion
from evaluation.providers import kinds
from reviewapp.core.audit.models import AuditEvent
from reviewapp.core.fields import MessageField
from reviewapp.jobs.models import Job
from reviewapp.people.models import Project, User

# A call may exceed its timeout by the look-up of the host name, which the system's resolver limits.
CALL_MARGIN_SECONDS = 60
# Enough for a model that reasons before it says hello.
TRIAL_SECONDS = 60.0


class Endpoint(models.Model):
    """The address of a service, with the limits that all workers share.

    The key is named, never stored: its value is read from the environment when a call is made.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="endpoints")
    base_url = models.URLField(max_length=500)
    api_key_name = models.CharField(
        max_length=80, blank=True, help_text="environment variable, such as OPENAI_API_KEY"
    )
    max_concurrent = models.PositiveSmallIntegerField(default=2)
    requests_per_minute = models.PositiveIntegerField(default=60)
    # Set when further calls are useless (no quota, bad key), until a lead resumes a run.
    blocked_reason = MessageField()
    # The service limits its calls: no worker calls before this time.
    wait_until = models.DateTimeField(null=True, blank=True)
    # Since when it has only asked to wait; null as soon as it answers.
    waiting_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "base_url", "api_key_name"], name="endpoint_once_a_project"
            ),
            models.CheckConstraint(
                name="endpoint_limits_positive",
                condition=Q(max_concurrent__gt=0, requests_per_minute__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return self.base_url


class ModelVersion(models.Model):
    """A registered model with its provenance. Reviewers who vote never see its `name`."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="model_versions")
    name = models.CharField(max_length=100)
    # A kind of evaluation/providers/kinds.py; a new provider needs no migration.
    provider = models.CharField(max_length=20, choices=kinds.model_choices, default=kinds.DEFAULT)
    endpoint = models.ForeignKey(
        Endpoint, null=True, blank=True, on_delete=models.PROTECT, related_name="model_versions"
    )
    model_id = models.CharField(max_length=200, blank=True, help_text="what the service calls it")
    base_model = models.CharField(max_length=200, blank=True)
    dataset_version = models.ForeignKey(
        DatasetVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="trained"
    )
    hyperparameters = models.JSONField(default=dict, blank=True)
    # Of a model that a training made: how many examples of its version were added, removed, changed
    # and moved since the version of an earlier model. Its name is under `model`; as in `Changes`.
    version_changes = models.JSONField(default=dict, blank=True)
    # Further fields of each request, such as {"lora": [{"id": 0, "scale": 1.0}]}.
    extra_body = models.JSONField(default=dict, blank=True)
    purpose = models.TextField(blank=True)
    acceptable_use = models.TextField(blank=True)
    known_limitations = models.TextField(blank=True)
    changelog = models.TextField(blank=True)
    retirement_date = models.DateField(null=True, blank=True)
    usd_per_million_input_tokens = models.DecimalField(
        max_digits=10, decimal_places=4, null=True, blank=True
    )
    usd_per_million_output_tokens = models.DecimalField(
        max_digits=10, decimal_places=4, null=True, blank=True
    )
    prices_as_of = models.DateField(null=True, blank=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("project", "-created_at", "-pk")
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="model_version_name_unique"),
            models.CheckConstraint(
                name="model_version_can_be_asked_or_is_imported",
                condition=Q(provider__in=kinds.WITHOUT_ENDPOINT)
                | (Q(endpoint__isnull=False) & ~Q(model_id="")),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ModelEvent(AuditEvent):
    """A registration or a change of a model version's description."""

    model_version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="events")

    class Meta(AuditEvent.Meta):
        abstract = False


class ProviderCallQuerySet(models.QuerySet["ProviderCall"]):
    """Queries for calls."""

    def running(self, now: datetime) -> Self:
        """Calls that have not ended; one that is older than its lease was lost."""
        since = now - timedelta(seconds=ProviderCall.lease_seconds())
        return self.filter(finished_at=None, started_at__gte=since)

    def made_for(self, purpose: "CallPurpose", subject_id: int) -> Self:
        """Calls for one row, such as an answer."""
        return self.filter(purpose=purpose, subject_id=subject_id)

    def end(self, outcome: str) -> None:
        """End the running calls, so that they no longer count as running."""
        self.filter(finished_at=None).update(finished_at=Now(), outcome=outcome[:80])


class CallPurpose(models.TextChoices):
    """The purpose of a call."""

    ANSWER = "answer"
    TRIAL = "trial"
    JUDGEMENT = "judgement"
    SHADOW = "shadow"


class ProviderCall(models.Model):
    """One request to an endpoint; its limits count the calls of every purpose."""

    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="calls")
    purpose = models.CharField(max_length=12, choices=CallPurpose)
    # The primary key in the table of its purpose; null if there is no row.
    subject_id = models.BigIntegerField(null=True, blank=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=80, blank=True, help_text="ok, or the error code")

    objects = ProviderCallQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["endpoint", "-started_at"], name="provider_call_recent"),
            models.Index(fields=["subject_id", "purpose"], name="provider_call_subject"),
        ]
        constraints = [
            models.CheckConstraint(
                name="provider_call_purpose_known",
                condition=Q(purpose__in=CallPurpose.values),
            ),
        ]

    def __str__(self) -> str:
        return f"Call for {self.purpose} {self.subject_id}"

    @staticmethod
    def lease_seconds() -> float:
        """Return the seconds after which a call without an end counts as lost."""
        longest = settings.PROVIDER_TIMEOUT_SECONDS + CALL_MARGIN_SECONDS
        return max(settings.ANSWER_LEASE_SECONDS, longest)


class ModelTrial(Job):
    """The last trial of a model: the job of sending it one short prompt, with the result."""

    # The person who waits for it decides about another attempt.
    MAX_ATTEMPTS: ClassVar[int] = 1

    model_version = models.OneToOneField(
        ModelVersion, on_delete=models.CASCADE, related_name="trial"
    )
    asked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    text = models.TextField(blank=True)
    # Remarks on the answer: cut at its limit, or with reasoning in it.
    note = MessageField()
    latency_ms = models.PositiveIntegerField(null=True, blank=True)
    response_model = models.CharField(max_length=200, blank=True)

    class Meta(Job.Meta):
        abstract = False

    def __str__(self) -> str:
        return f"Trial of {self.model_version_id}"

    @classmethod
    def lease_seconds(cls) -> float:
        """Return how many seconds a worker may be silent: as long as a call takes."""
        return TRIAL_SECONDS + CALL_MARGIN_SECONDS

    @property
    def calls(self) -> ProviderCallQuerySet:
        """The calls that were made for this trial."""
        return ProviderCall.objects.made_for(CallPurpose.TRIAL, self.pk)

    def on_lost(self) -> dict[str, object]:
        """End the call of the lost worker; no further columns are written."""
        self.calls.end("lost")
        return {}
