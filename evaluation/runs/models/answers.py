"""The answers of both models of a run."""

from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from evaluation.registry.models import CallPurpose, ModelVersion, ProviderCall, ProviderCallQuerySet
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models.runs import Comparison, EvaluationRun
from reviewapp.jobs.models import Job, JobState

# Letters and digits of the usual scripts. A text with none of them is looked at by `has_words`;
# the database does not know which characters show anything.
_USUAL_LETTER = (
    "[A-Za-z0-9\u00c0-\u024f\u0391-\u03c9\u0410-\u044f\u05d0-\u05ea\u0621-\u063a\u0905-\u0939"
    "\u0e01-\u0e30\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3]"
)
WITHOUT_USUAL_LETTER = ~Q(text__regex=_USUAL_LETTER)
"""The condition of an index: of a text it is decided once, when it is stored."""


class AnswerQuerySet(models.QuerySet["Answer"]):
    """Queries for answers."""

    def needed(self) -> Self:
        """Return the answers to ask for now: the run generates, no batch is to bring them."""
        return self.filter(
            run__state=RunState.GENERATING,
            run__paused=False,
            batch=None,
            comparison__state=Comparison.State.OPEN,
        )

    def pending(self) -> Self:
        """Return answers that are neither done nor failed, in comparisons that are in their run."""
        return self.filter(
            state__in=[JobState.WAITING, JobState.RUNNING],
            comparison__state=Comparison.State.OPEN,
        )

    def failed(self) -> Self:
        """Return the failed answers of comparisons that are in their run."""
        return self.filter(state=JobState.FAILED, comparison__state=Comparison.State.OPEN)


class Answer(Job):
    """The reply of one model to one prompt of a run; also the job that gets it."""

    # Its model, prompt and origin; the other columns are fixed once its run is open for votes.
    fixed_columns: ClassVar[tuple[str, ...]] = (
        *("comparison", "run", "model_version", "reused_from"),
    )

    MAX_ATTEMPTS: ClassVar[int] = 6

    # The unique pair of comparison and model serves as index of both.
    comparison = models.ForeignKey(
        Comparison, on_delete=models.PROTECT, related_name="answers", db_index=False
    )
    run = models.ForeignKey(EvaluationRun, on_delete=models.PROTECT, related_name="answers")
    model_version = models.ForeignKey(
        ModelVersion, on_delete=models.PROTECT, related_name="answers", db_index=False
    )
    text = models.TextField(blank=True)
    # Kinds of marks in the text (providers/answer_marks.py); empty once a lead removed them.
    marks = ArrayField(models.CharField(max_length=12), default=list, db_default=[], blank=True)
    # The reply of the model, if marks were removed from `text`.
    original_text = models.TextField(blank=True, db_default="")
    finish_reason = models.CharField(max_length=30, blank=True)
    response_model = models.CharField(max_length=200, blank=True)
    request_id = models.CharField(max_length=200, blank=True)
    latency_ms = models.PositiveIntegerField(null=True, blank=True)
    prompt_tokens = models.PositiveIntegerField(null=True, blank=True)
    completion_tokens = models.PositiveIntegerField(null=True, blank=True)
    cost_usd = models.DecimalField(max_digits=14, decimal_places=8, null=True, blank=True)
    is_refusal = models.BooleanField(default=False)  # words: ok, a refusal of the model
    # Of messages and settings (requests.py), of an answer that was generated here; emptied with
    # the text, and when provider data expires: then the answer is not reused any more.
    request_hash = models.CharField(max_length=64, blank=True, default="", db_default="")
    # The answer of another run that this one is a copy of; never itself a copy.
    reused_from = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="reused_by"
    )

    # The batch that brought it or is to bring it; null if it is asked for directly.
    batch = models.ForeignKey(
        "evaluation.AnswerBatch",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="answers",
    )

    objects = AnswerQuerySet.as_manager()

    class Meta(Job.Meta):
        abstract = False
        indexes = [
            models.Index(
                fields=["run", "id"],
                name="answer_to_get",
                condition=Q(state__in=[JobState.WAITING.value, JobState.RUNNING.value]),
            ),
            models.Index(
                fields=["model_version", "request_hash"],
                name="answer_to_reuse",
                condition=~Q(request_hash=""),
            ),
            models.Index(
                fields=["run"], name="answer_without_letter", condition=WITHOUT_USUAL_LETTER
            ),
        ]
        constraints = [
            *Job.Meta.constraints,
            models.UniqueConstraint(
                fields=["comparison", "model_version"], name="answer_once_for_each_model"
            ),
        ]

    def __str__(self) -> str:
        return f"Answer {self.pk}"

    @classmethod
    def lease_seconds(cls) -> float:
        """Return how many seconds a worker may be silent: as long as a call takes."""
        return ProviderCall.lease_seconds()

    @property
    def calls(self) -> ProviderCallQuerySet:
        """The calls that were made for this answer."""
        return ProviderCall.objects.made_for(CallPurpose.ANSWER, self.pk)

    def on_lost(self) -> dict[str, object]:
        """End the call of the lost worker; no further columns are written."""
        self.calls.end("lost")
        return {}
