"""Base models for local trainings, their jobs with what the trainer writes, and served models."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from evaluation.registry.models import ModelVersion
from reviewapp.core.db.constraints import known_choice
from reviewapp.core.fields import MessageField
from reviewapp.jobs.actions import backoff
from reviewapp.jobs.models import Job
from reviewapp.people.models import User

MAX_NAME_LENGTH = 80
KIND = "local-training"
"""The kind of job, in messages."""
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""The start of a paused job."""


class BaseModel(models.Model):
    """A model that leads may tune on this installation; an operator registers it by command.

    Attributes:
        path: below one of the allowed folders (`base_files`); shown to operators only.
        sha256: of the file; of a folder, of the names and digests of its files.
        tokens_per_second: of a training on the usual machine, to forecast the first one.
        is_offered: whether leads can choose it.
    """

    fixed_columns: ClassVar[tuple[str, ...]] = (
        *("name", "path", "sha256", "size_bytes", "context_tokens", "registered_at"),
    )

    name = models.CharField(max_length=MAX_NAME_LENGTH, unique=True)
    path = models.CharField(max_length=500)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.PositiveBigIntegerField()
    context_tokens = models.PositiveIntegerField()
    tokens_per_second = models.FloatField(null=True, blank=True)
    is_offered = models.BooleanField(default=True)
    registered_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class LocalStatus(models.TextChoices):
    """The state of a local job, also while no worker holds it."""

    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED = (LocalStatus.SUCCEEDED, LocalStatus.FAILED, LocalStatus.CANCELLED)


class LocalRequest(models.TextChoices):
    """What the trainer shall do after its running step."""

    NOTHING = "", ""
    PAUSE = "pause"
    CANCEL = "cancel"


class LocalJob(Job):
    """A training for a worker of the queue `training`, which runs the trainer.

    Attributes:
        key: that of the training run.
        values: the hyperparameters of `job.json`.
        files: SHA-256 of the frozen files by split.
        worker: the machine that has the folder of this job.
        events_read: bytes of that folder's events that are stored.
        checkpoint: SHA-256 of the last stored checkpoint, for another machine.
    """

    fixed_columns: ClassVar[tuple[str, ...]] = ("key", "base", "values", "files", "created_at")

    key = models.UUIDField(unique=True)
    base = models.ForeignKey(BaseModel, on_delete=models.PROTECT, related_name="jobs")
    values = models.JSONField(default=dict)
    files = models.JSONField(default=dict)
    status = models.CharField(max_length=10, choices=LocalStatus, default=LocalStatus.WAITING)
    asked = models.CharField(
        max_length=8, choices=LocalRequest, default=LocalRequest.NOTHING, blank=True
    )
    worker = models.CharField(max_length=200, blank=True)
    events_read = models.PositiveBigIntegerField(default=0)
    checkpoint = models.CharField(max_length=64, blank=True)
    trained_tokens = models.PositiveBigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta(Job.Meta):
        abstract = False
        ordering = ("pk",)
        constraints = [
            *Job.Meta.constraints,
            known_choice("localjob_status_known", "status", LocalStatus),
            known_choice("localjob_asked_known", "asked", LocalRequest),
        ]

    def __str__(self) -> str:
        return f"Local job {self.pk}"

    @classmethod
    def lease_seconds(cls) -> float:
        """Return how many seconds a worker may be silent."""
        return settings.TRAINING_LEASE_SECONDS

    @property
    def can_resume(self) -> bool:
        """Always: the trainer goes on from its checkpoint."""
        return True

    def on_lost(self) -> Mapping[str, object]:
        """Return when another worker continues: later each time, in case the job kills it."""
        return {
            "run_after": timezone.now() + backoff(max(1, self.attempts)),
            "status": LocalStatus.WAITING,
        }


class LocalEvent(models.Model):
    """An event of the trainer, as it wrote it."""

    append_only: ClassVar[bool] = True

    # The unique pair serves as its index.
    job = models.ForeignKey(
        LocalJob, on_delete=models.PROTECT, related_name="events", db_index=False
    )
    number = models.PositiveIntegerField()
    content = models.JSONField()

    class Meta:
        ordering = ("job", "number")
        constraints = [
            models.UniqueConstraint(fields=["job", "number"], name="local_event_once"),
        ]

    def __str__(self) -> str:
        return f"Event {self.number} of {self.job_id}"


class LocalAdapter(models.Model):
    """The adapter after an epoch; `files` has the SHA-256 of each stored file by name."""

    append_only: ClassVar[bool] = True

    job = models.ForeignKey(
        LocalJob, on_delete=models.PROTECT, related_name="adapters", db_index=False
    )
    epoch = models.PositiveIntegerField()
    step = models.PositiveIntegerField()
    files = models.JSONField()

    class Meta:
        ordering = ("job", "epoch")
        constraints = [
            models.UniqueConstraint(fields=["job", "epoch"], name="local_adapter_once"),
        ]

    def __str__(self) -> str:
        return self.model_id

    @property
    def model_id(self) -> str:
        """The id of this adapter for the registry and for servers."""
        return f"local-{self.job_id}-epoch-{self.epoch}"


class TrainingWorker(models.Model):
    """A process that serves the queue `training`, and when it was last alive."""

    name = models.CharField(max_length=200, unique=True)
    device = models.CharField(max_length=80, blank=True)
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class ServingState(models.TextChoices):
    """Whether a tuned model is served."""

    WANTED = "wanted", pgettext_lazy("served model", "starting")
    SERVED = "served", pgettext_lazy("served model", "served")
    FAILED = "failed", pgettext_lazy("served model", "failed")
    STOPPED = "stopped", pgettext_lazy("served model", "stopped")


class ServedModel(models.Model):
    """A tuned model that a worker serves with llama.cpp, or shall serve.

    Attributes:
        port: of 127.0.0.1, kept when it is served again, because the endpoint names it.
        error: why it is not served.
    """

    model_version = models.OneToOneField(
        ModelVersion, on_delete=models.PROTECT, related_name="served"
    )
    state = models.CharField(max_length=8, choices=ServingState, default=ServingState.WANTED)
    port = models.PositiveIntegerField(null=True, blank=True, unique=True)
    error = MessageField()
    asked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        constraints = [known_choice("servedmodel_state_known", "state", ServingState)]

    def __str__(self) -> str:
        return f"{self.model_version_id} on port {self.port}"
