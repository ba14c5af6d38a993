"""Models that can answer: where they are asked, what they are for, what they were tuned on."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from datasets.versions.models import DatasetVersion
from reviewapp.core.audit.models import AuditEvent
from reviewapp.people.models import Project, User


class Endpoint(models.Model):
    """One service that answers, with the limits that all workers share.

    The key is named, never stored: its value is read from the environment when a call is made.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="endpoints")
    base_url = models.URLField(max_length=500)
    api_key_name = models.CharField(
        max_length=80, blank=True, help_text="environment variable, such as OPENAI_API_KEY"
    )
    max_concurrent = models.PositiveSmallIntegerField(default=2)
    requests_per_minute = models.PositiveIntegerField(default=60)
    # Set when the provider said that further calls are useless (no quota, bad key).
    blocked_reason = models.CharField(max_length=300, blank=True)
    # The provider asked for patience: nobody calls before this time.
    wait_until = models.DateTimeField(null=True, blank=True)
    # Since when it only asks for patience; null as soon as it answers.
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
    """A model that can answer, with its provenance. `name` is never shown to voting reviewers."""

    class Provider(models.TextChoices):
        COMPATIBLE = "compatible", "OpenAI-compatible endpoint"
        OPENAI = "openai", "OpenAI"
        IMPORTED = "imported", "Answers imported from a file"

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="model_versions")
    name = models.CharField(max_length=100)
    provider = models.CharField(max_length=12, choices=Provider, default=Provider.COMPATIBLE)
    endpoint = models.ForeignKey(
        Endpoint, null=True, blank=True, on_delete=models.PROTECT, related_name="model_versions"
    )
    model_id = models.CharField(max_length=200, blank=True, help_text="what the service calls it")
    base_model = models.CharField(max_length=200, blank=True)
    dataset_version = models.ForeignKey(
        DatasetVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="trained"
    )
    hyperparameters = models.JSONField(default=dict, blank=True)
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
                name="model_version_provider_known",
                condition=Q(provider__in=["compatible", "openai", "imported"]),
            ),
            models.CheckConstraint(
                name="model_version_can_be_asked_or_is_imported",
                condition=Q(provider="imported") | (Q(endpoint__isnull=False) & ~Q(model_id="")),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ModelEvent(AuditEvent):
    """A registration or a change of a model version's description."""

    model_version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="events")

    class Meta(AuditEvent.Meta):
        abstract = False


class ModelTrial(models.Model):
    """The last try of a model: the job of asking it one tiny question, and what came of it."""

    model_version = models.OneToOneField(
        ModelVersion, on_delete=models.CASCADE, related_name="trial"
    )
    asked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    # Set while a worker asks; the row is the job, and whoever holds the claim finishes it.
    claim = models.UUIDField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=500, blank=True)
    text = models.TextField(blank=True)
    # What is true of the answer besides: cut at its limit, or with thoughts in it.
    note = models.CharField(max_length=500, blank=True)
    latency_ms = models.PositiveIntegerField(null=True, blank=True)
    response_model = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="model_trial_running_is_claimed",
                condition=Q(started_at__isnull=True)
                | Q(finished_at__isnull=False)
                | Q(claim__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Trial of {self.model_version_id}"
