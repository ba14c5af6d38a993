"""Batches of answers that a provider generates within a day."""

from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from evaluation.registry.models import Endpoint, ModelVersion
from evaluation.runs.models import EvaluationRun
from evaluation.training.models import PaidJob
from reviewapp.core.db.constraints import known_choice
from reviewapp.jobs.models import Job


class BatchStage(models.TextChoices):
    """The stage of a batch. The state of its job only shows whether a worker holds it."""

    QUEUED = "queued", pgettext_lazy("batch", "queued")
    AT_PROVIDER = "at_provider", pgettext_lazy("batch", "at the provider")
    # The provider has ended it; its results are stored and its files deleted.
    COLLECTING = "collecting", pgettext_lazy("batch", "being collected")
    ENDED = "ended", pgettext_lazy("batch", "ended")


class Fallback(models.TextChoices):
    """What becomes of the answers that a batch has not brought when it ends."""

    DIRECT = "direct", _("Ask for them one by one, at the full price")
    BATCH = "batch", _("Send them as another batch")


class AnswerBatch(PaidJob):
    """One batch at a provider. This row is the truth; the provider's batch is found by `key`.

    Attributes:
        key: in the metadata of the provider's batch and the name of its file.
        round: 1, and one more for a batch of what an earlier one has not brought.
        provider_state: the provider's own word for the state of its batch, as it is.
        upload_tries, create_tries, create_tried_at: what was asked of the provider; an answer of
            it may have been lost.
        file_ids: files at the provider that are deleted at the end: "input", "output", "error".
        failures: calls that failed in a row; the waits grow with it.
    """

    fixed_columns: ClassVar[tuple[str, ...]] = (
        *("key", "run", "model_version", "endpoint", "fallback", "round", "answer_count"),
        "created_at",
    )

    run = models.ForeignKey(EvaluationRun, on_delete=models.PROTECT, related_name="batches")
    model_version = models.ForeignKey(
        ModelVersion, on_delete=models.PROTECT, related_name="batches", db_index=False
    )
    endpoint = models.ForeignKey(
        Endpoint, on_delete=models.PROTECT, related_name="batches", db_index=False
    )
    key = models.UUIDField(default=uuid4, unique=True)
    fallback = models.CharField(max_length=8, choices=Fallback, default=Fallback.DIRECT)
    round = models.PositiveSmallIntegerField(default=1)
    answer_count = models.PositiveIntegerField()
    stage = models.CharField(max_length=12, choices=BatchStage, default=BatchStage.QUEUED)
    is_cancelled = models.BooleanField(default=False)
    provider_state = models.CharField(max_length=80, blank=True)
    provider_batch_id = models.CharField(max_length=200, blank=True)
    file_ids = models.JSONField(default=dict, blank=True)
    upload_tries = models.PositiveSmallIntegerField(default=0)
    create_tries = models.PositiveSmallIntegerField(default=0)
    create_tried_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    # As the provider counts its lines.
    lines_done = models.PositiveIntegerField(default=0)
    lines_failed = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())

    class Meta(Job.Meta):
        abstract = False
        ordering = ("run", "pk")
        constraints = [
            *Job.Meta.constraints,
            known_choice("answer_batch_stage_known", "stage", BatchStage),
            known_choice("answer_batch_fallback_known", "fallback", Fallback),
            models.UniqueConstraint(
                fields=["endpoint", "provider_batch_id"],
                name="answer_batch_once_at_provider",
                condition=~Q(provider_batch_id=""),
            ),
            models.CheckConstraint(
                name="answer_batch_at_provider_has_id",
                condition=~Q(stage="at_provider") | ~Q(provider_batch_id=""),
            ),
        ]

    def __str__(self) -> str:
        return f"Batch {self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether the provider may still bring answers."""
        return self.stage in {BatchStage.QUEUED, BatchStage.AT_PROVIDER}
