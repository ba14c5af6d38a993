"""Training runs with what their provider reports: events, figures, checkpoints, result files."""

from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from datasets.versions.models import DatasetVersion
from evaluation.preferences.models import PreferenceSet
from evaluation.registry.models import Endpoint, ModelVersion
from evaluation.training.naming import DEFAULT_PATTERN, MAX_PATTERN_LENGTH
from reviewapp.core.audit.models import AuditEvent
from reviewapp.core.db.constraints import known_choice
from reviewapp.core.fields import MessageField
from reviewapp.jobs.models import Job
from reviewapp.people.models import Project, User

FIGURES = (
    *("train_loss", "train_accuracy", "valid_loss", "valid_accuracy"),
    *("full_valid_loss", "full_valid_accuracy"),
)
"""Columns of what is measured at a step: losses, and the share of tokens that were right."""

MIN_WAIT_SECONDS, MAX_WAIT_SECONDS = 5, 1800


def growing_wait(failures: int) -> timedelta:
    """Return the wait after so many failures in a row: 5 s, doubled up to half an hour."""
    doublings = min(max(failures, 1) - 1, 10)
    return timedelta(seconds=min(MIN_WAIT_SECONDS * 2**doublings, MAX_WAIT_SECONDS))


class PaidJob(Job):
    """A job that a provider may be paid for: another worker always takes over from a lost one."""

    class Meta:
        abstract = True

    @classmethod
    def lease_seconds(cls) -> float:
        """Return how many seconds a worker may be silent; a long step renews its claim."""
        return settings.TRAINING_LEASE_SECONDS

    @property
    def can_resume(self) -> bool:
        """Always: what the provider may be paid for must not be left alone."""
        return True

    def on_lost(self) -> Mapping[str, object]:
        """Return when another worker continues: later each time, in case a step kills it."""
        return {"run_after": timezone.now() + growing_wait(self.attempts)}


class Stage(models.TextChoices):
    """The stage of a training. The state of its job only shows whether a worker holds it."""

    QUEUED = "queued", pgettext_lazy("training", "queued")
    PREPARING = "preparing", pgettext_lazy("training", "preparing")
    UPLOADING = "uploading", pgettext_lazy("training", "uploading")
    VALIDATING = "validating", pgettext_lazy("training", "validating")
    RUNNING = "running", pgettext_lazy("training", "running")
    PAUSED = "paused", pgettext_lazy("training", "paused")
    SUCCEEDED = "succeeded", pgettext_lazy("training", "succeeded")
    FAILED = "failed", pgettext_lazy("training", "failed")
    CANCELLED = "cancelled", pgettext_lazy("training", "cancelled")


WITHOUT_ENDPOINT = ("local", "bundle")
"""Kinds of providers that are no service with an address."""
ENDED = (Stage.SUCCEEDED, Stage.FAILED, Stage.CANCELLED)
AT_PROVIDER = (Stage.RUNNING, Stage.PAUSED, Stage.SUCCEEDED)
"""Stages that only a job of the provider can be in."""


class Method(models.TextChoices):
    """What a training learns from."""

    SFT = "sft", _("Supervised: the answers of the version")
    DPO = "dpo", _("Preferences: pairs out of votes (DPO)")


class Ask(models.TextChoices):
    """What a lead asked for and the worker has not carried out yet."""

    NOTHING = "", ""
    CANCEL = "cancel", _("Cancel")
    PAUSE = "pause", _("Pause")
    RESUME = "resume", _("Resume")


class TrainingRun(PaidJob):
    """One training on a version. This row is the truth; the provider's job is found by its `key`.

    Attributes:
        key: in the metadata of the provider's job and the names of its files.
        stage: of the training; once it has ended, the job goes on until results are fetched and the
            uploaded files are deleted.
        provider_state: the provider's own word for the state of its job, as it is.
        files: by split, the SHA-256 of what is sent, how often that was tried, and the provider's
            id of the file once it is known.
        create_tried_at, create_tries: when the provider was last asked for the job, and how often;
            an answer may have been lost.
        asked: what the worker shall do at its next step.
        failures: calls that failed in a row; the waits grow with it.
        expected_seconds: None while no training of this base model has finished.
    """

    fixed_columns: ClassVar[tuple[str, ...]] = (
        *("key", "project", "version", "endpoint", "provider", "base_model", "continues"),
        "preference_set",
        *("method", "hyperparameters", "seed", "suffix", "note", "started_by", "created_at"),
        *("expected_tokens", "expected_usd", "expected_seconds", "usd_per_million_tokens"),
        *("price_as_of", "price_is_listed"),
    )

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="trainings")
    key = models.UUIDField(default=uuid4, unique=True)
    version = models.ForeignKey(DatasetVersion, on_delete=models.PROTECT, related_name="trainings")
    # What it learns from by the method DPO, in place of the files of the version, on which the
    # model that it continues was trained.
    preference_set = models.ForeignKey(
        PreferenceSet, null=True, blank=True, on_delete=models.PROTECT, related_name="trainings"
    )
    # Null for the providers without an address.
    endpoint = models.ForeignKey(
        Endpoint, null=True, blank=True, on_delete=models.PROTECT, related_name="trainings"
    )
    provider = models.CharField(max_length=20)
    base_model = models.CharField(max_length=200)
    # The registered model whose training this continues.
    continues = models.ForeignKey(
        ModelVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="continued_by"
    )
    method = models.CharField(max_length=10, choices=Method, default=Method.SFT)
    # As asked for; what is missing is left to the provider.
    hyperparameters = models.JSONField(default=dict, blank=True)
    # As the provider reports them.
    used_hyperparameters = models.JSONField(default=dict, blank=True)
    seed = models.PositiveIntegerField(null=True, blank=True)
    suffix = models.CharField(max_length=64, blank=True)
    note = models.TextField(blank=True)

    stage = models.CharField(max_length=12, choices=Stage, default=Stage.QUEUED)
    # It begins only while a time window of the project is open; `run_after` is the next opening.
    starts_in_window = models.BooleanField(default=False)
    asked = models.CharField(max_length=8, choices=Ask, default=Ask.NOTHING, blank=True)
    provider_state = models.CharField(max_length=80, blank=True)
    provider_job_id = models.CharField(max_length=200, blank=True)
    files = models.JSONField(default=dict, blank=True)
    create_tried_at = models.DateTimeField(null=True, blank=True)
    create_tries = models.PositiveSmallIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0)
    # Of the last answer of the provider about its job.
    reported_at = models.DateTimeField(null=True, blank=True)
    estimated_finish = models.DateTimeField(null=True, blank=True)
    # What it estimated before its last pause: the same again says nothing of the end.
    finish_before_pause = models.DateTimeField(null=True, blank=True)
    # When the provider was asked to resume, until it reports the attempt that began with it.
    resumed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    results_at = models.DateTimeField(null=True, blank=True)
    # What could not be fetched or deleted after the end.
    remark = MessageField()

    expected_tokens = models.PositiveBigIntegerField()
    expected_usd = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    expected_seconds = models.PositiveIntegerField(null=True, blank=True)
    usd_per_million_tokens = models.DecimalField(
        max_digits=10, decimal_places=4, null=True, blank=True
    )
    price_as_of = models.DateField(null=True, blank=True)
    price_is_listed = models.BooleanField(default=False)
    # As the provider's events name them.
    total_steps = models.PositiveIntegerField(null=True, blank=True)
    trained_tokens = models.PositiveBigIntegerField(null=True, blank=True)
    cost_usd = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    tuned_model = models.CharField(max_length=200, blank=True)
    started_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta(Job.Meta):
        abstract = False
        ordering = ("project", "-pk")
        constraints = [
            *Job.Meta.constraints,
            known_choice("training_stage_known", "stage", Stage),
            known_choice("training_method_known", "method", Method),
            known_choice("training_asked_known", "asked", Ask),
            models.CheckConstraint(
                name="training_dpo_has_preferences",
                condition=Q(method=Method.DPO.value, preference_set__isnull=False)
                | (~Q(method=Method.DPO.value) & Q(preference_set__isnull=True)),
            ),
            models.UniqueConstraint(
                fields=["endpoint", "provider_job_id"],
                name="training_one_for_each_provider_job",
                condition=~Q(provider_job_id=""),
            ),
            models.CheckConstraint(
                name="training_service_has_endpoint",
                condition=Q(provider__in=WITHOUT_ENDPOINT, endpoint__isnull=True)
                | (~Q(provider__in=WITHOUT_ENDPOINT) & Q(endpoint__isnull=False)),
            ),
            models.CheckConstraint(
                name="training_at_provider_has_job",
                condition=~Q(stage__in=[str(stage) for stage in AT_PROVIDER])
                | ~Q(provider_job_id=""),
            ),
            models.CheckConstraint(
                name="training_job_ends_after_stage",
                condition=(~Q(state="done") | Q(stage=Stage.SUCCEEDED.value))
                & (~Q(state="failed") | Q(stage__in=[Stage.FAILED.value, Stage.CANCELLED.value])),
            ),
            models.CheckConstraint(
                name="training_ended_has_time",
                condition=Q(stage__in=[str(stage) for stage in ENDED], ended_at__isnull=False)
                | (~Q(stage__in=[str(stage) for stage in ENDED]) & Q(ended_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="training_price_has_day",
                condition=Q(usd_per_million_tokens__isnull=True) | Q(price_as_of__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Training {self.pk}"

    @property
    def has_ended(self) -> bool:
        """Whether nothing more is trained; results may still be fetched."""
        return self.stage in ENDED


class TrainingSettings(models.Model):
    """What a project decides for all its trainings; a project without a row has the defaults."""

    project = models.OneToOneField(
        Project, on_delete=models.PROTECT, related_name="training_settings"
    )
    # US dollars that the trainings of a month may cost; null is no limit.
    monthly_budget_usd = models.PositiveIntegerField(null=True, blank=True)
    # Names of tuned models, with the placeholders of naming.py.
    name_pattern = models.CharField(max_length=MAX_PATTERN_LENGTH, default=DEFAULT_PATTERN)

    def __str__(self) -> str:
        return f"Trainings of {self.project}"


class TrainingEvent(AuditEvent):
    """A start, an end, or what a lead asked for."""

    training = models.ForeignKey(TrainingRun, on_delete=models.PROTECT, related_name="audit")

    class Meta(AuditEvent.Meta):
        abstract = False


class ProviderEvent(models.Model):
    """A line of the log of a provider's job: in its words, or a message of our own trainer."""

    append_only: ClassVar[bool] = True

    # The unique pair serves as its index.
    training = models.ForeignKey(
        TrainingRun, on_delete=models.PROTECT, related_name="events", db_index=False
    )
    event_id = models.CharField(max_length=200)
    level = models.CharField(max_length=20, blank=True)
    kind = models.CharField(max_length=40, blank=True)
    text = models.TextField(blank=True)
    message = MessageField()
    at = models.DateTimeField()

    class Meta:
        ordering = ("training", "at", "pk")
        constraints = [
            models.UniqueConstraint(fields=["training", "event_id"], name="provider_event_once"),
        ]

    def __str__(self) -> str:
        return self.text


class MeasuredStep(models.Model):
    """What was measured at one step of a training; None where it was not measured."""

    step = models.PositiveIntegerField()
    train_loss = models.FloatField(null=True, blank=True)
    train_accuracy = models.FloatField(null=True, blank=True)
    valid_loss = models.FloatField(null=True, blank=True)
    valid_accuracy = models.FloatField(null=True, blank=True)
    full_valid_loss = models.FloatField(null=True, blank=True)
    full_valid_accuracy = models.FloatField(null=True, blank=True)

    class Meta:
        abstract = True


class TrainingMetric(MeasuredStep):
    """The figures of a step, from events and from the result file."""

    # The unique pair serves as its index.
    training = models.ForeignKey(
        TrainingRun, on_delete=models.PROTECT, related_name="metrics", db_index=False
    )

    class Meta:
        ordering = ("training", "step")
        constraints = [
            models.UniqueConstraint(fields=["training", "step"], name="training_metric_once"),
        ]

    def __str__(self) -> str:
        return f"{self.training} at step {self.step}"


class TrainingCheckpoint(MeasuredStep):
    """A model that the provider kept: the final one, and those of earlier steps.

    It is stored when the provider names it, so that a training that fails has those until then.
    """

    training = models.ForeignKey(
        TrainingRun, on_delete=models.PROTECT, related_name="checkpoints", db_index=False
    )
    # What the service calls the model.
    model_id = models.CharField(max_length=200)
    is_final = models.BooleanField(default=False)
    # Whether the provider still has it; some keep the last ones only.
    is_kept = models.BooleanField(default=True)
    # The SHA-256 of its files by name, where they are stored here.
    files = models.JSONField(default=dict, blank=True)
    model_version = models.OneToOneField(
        ModelVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="checkpoint"
    )

    class Meta:
        ordering = ("training", "step", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["training", "model_id"], name="training_checkpoint_once"
            ),
        ]

    def __str__(self) -> str:
        return self.model_id


class TrainingResult(models.Model):
    """A result file as the provider sent it."""

    append_only: ClassVar[bool] = True

    training = models.ForeignKey(
        TrainingRun, on_delete=models.PROTECT, related_name="results", db_index=False
    )
    file_id = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()

    class Meta:
        ordering = ("training", "pk")
        constraints = [
            models.UniqueConstraint(fields=["training", "file_id"], name="training_result_once"),
        ]

    def __str__(self) -> str:
        return self.file_id
