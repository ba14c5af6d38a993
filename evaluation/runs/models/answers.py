"""The answers of both models of a run, and the calls that were made for them."""

from datetime import datetime
from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from evaluation.registry.models import Endpoint, ModelVersion
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models.runs import Comparison, EvaluationRun


class AnswerQuerySet(models.QuerySet["Answer"]):
    """Questions about answers."""

    def wanted(self) -> Self:
        """Answers that a run still asks for: it generates, and the comparison is in it."""
        return self.filter(
            run__state=RunState.GENERATING,
            run__paused=False,
            comparison__state=Comparison.State.OPEN,
        )

    def pending(self) -> Self:
        """Answers that are neither there nor given up, in comparisons that are in their run."""
        return self.filter(
            status__in=[Answer.Status.WAITING, Answer.Status.RUNNING],
            comparison__state=Comparison.State.OPEN,
        )

    def failed(self) -> Self:
        """Answers that were given up, in comparisons that are in their run."""
        return self.filter(status=Answer.Status.FAILED, comparison__state=Comparison.State.OPEN)

    def lost(self, *, before: datetime) -> Self:
        """Answers whose worker was last heard of before this time."""
        return self.filter(status=Answer.Status.RUNNING, heartbeat_at__lt=before)

    def due(self, *, now: datetime) -> Self:
        """Waiting answers whose time to be asked has come."""
        return self.filter(status=Answer.Status.WAITING).filter(
            Q(run_after__isnull=True) | Q(run_after__lte=now)
        )


class Answer(models.Model):
    """What one model said to one prompt of a run; also the job that gets it."""

    # Whose answer to what; the rest of it is fixed once its run is open for votes.
    fixed_columns: ClassVar[tuple[str, ...]] = ("comparison", "run", "model_version")

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    # The unique pair of comparison and model serves as index of both.
    comparison = models.ForeignKey(
        Comparison, on_delete=models.PROTECT, related_name="answers", db_index=False
    )
    run = models.ForeignKey(EvaluationRun, on_delete=models.PROTECT, related_name="answers")
    model_version = models.ForeignKey(
        ModelVersion, on_delete=models.PROTECT, related_name="answers", db_index=False
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    claim = models.UUIDField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    run_after = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    text = models.TextField(blank=True)
    # Kinds of marks in the text (providers/answer_marks.py); empty once a lead took them off.
    marks = ArrayField(models.CharField(max_length=12), default=list, db_default=[], blank=True)
    # What the model said, where `text` is what a lead left of it.
    original_text = models.TextField(blank=True, db_default="")
    finish_reason = models.CharField(max_length=30, blank=True)
    response_model = models.CharField(max_length=200, blank=True)
    request_id = models.CharField(max_length=200, blank=True)
    latency_ms = models.PositiveIntegerField(null=True, blank=True)
    prompt_tokens = models.PositiveIntegerField(null=True, blank=True)
    completion_tokens = models.PositiveIntegerField(null=True, blank=True)
    cost_usd = models.DecimalField(max_digits=14, decimal_places=8, null=True, blank=True)
    is_refusal = models.BooleanField(default=False)
    error_code = models.CharField(max_length=80, blank=True)
    error = models.CharField(max_length=500, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = AnswerQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["run", "id"],
                name="answer_to_get",
                condition=Q(status__in=["waiting", "running"]),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["comparison", "model_version"], name="answer_once_for_each_model"
            ),
            models.CheckConstraint(
                name="answer_status_known",
                condition=Q(status__in=["waiting", "running", "done", "failed"]),
            ),
            models.CheckConstraint(
                name="answer_running_is_claimed",
                condition=~Q(status="running") | Q(claim__isnull=False, heartbeat_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Answer {self.pk}"


class ProviderCallQuerySet(models.QuerySet["ProviderCall"]):
    """Questions about calls."""

    def live(self, *, since: datetime) -> Self:
        """Calls that run, as far as anybody knows."""
        return self.filter(finished_at__isnull=True, started_at__gte=since)


class ProviderCall(models.Model):
    """One request to an endpoint: what the shared limits count, and what a call came to."""

    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="calls")
    answer = models.ForeignKey(Answer, on_delete=models.PROTECT, related_name="calls")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=80, blank=True, help_text="ok, or the error code")

    objects = ProviderCallQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["endpoint", "-started_at"], name="provider_call_recent")]

    def __str__(self) -> str:
        return f"Call for answer {self.answer_id}"
