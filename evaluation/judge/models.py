"""Rubrics, judge runs over the comparisons of a run, and their judgements."""

from decimal import Decimal
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from evaluation.registry.models import CallPurpose, ModelVersion, ProviderCall, ProviderCallQuerySet
from evaluation.runs.models import Comparison, EvaluationRun
from evaluation.stats.verdicts import Contender, Verdict
from reviewapp.core.audit.models import AuditEvent
from reviewapp.core.db.constraints import known_choice
from reviewapp.core.fields import MessageField
from reviewapp.jobs.models import Job, JobState
from reviewapp.people.models import Project, User

MILLION = Decimal(1_000_000)
JUDGED_STATES = (Comparison.State.OPEN, Comparison.State.CLOSED)
"""Comparisons that a judge is asked about: those that count in the run."""


class Rubric(models.Model):
    """One version of a project's rubric: what a judge weighs. An edit adds a version."""

    append_only: ClassVar[bool] = True

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="rubrics")
    number = models.PositiveIntegerField()
    text = models.TextField()
    # SHA-256 of the text.
    digest = models.CharField(max_length=64)
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("project", "-number")
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="rubric_number_unique"),
        ]

    def __str__(self) -> str:
        return f"Rubric {self.number}"


class RubricEvent(AuditEvent):
    """A new version of a rubric."""

    rubric = models.ForeignKey(Rubric, on_delete=models.PROTECT, related_name="events")

    class Meta(AuditEvent.Meta):
        abstract = False


class JudgeState(models.TextChoices):
    """The state of a judge run. A stopped one can be resumed, a cancelled one cannot."""

    RUNNING = "running", _("asking")
    STOPPED = "stopped", _("stopped")
    CANCELLED = "cancelled", _("cancelled")
    DONE = "done", _("finished")


ACTIVE_STATES = (JudgeState.RUNNING, JudgeState.STOPPED)


class JudgeRun(models.Model):
    """One model that judges all comparisons of a run by one rubric, in both orders."""

    fixed_columns: ClassVar[tuple[str, ...]] = (
        *("run", "model_version", "rubric", "sampling", "started_by", "started_at"),
        *("expected_tokens", "expected_usd"),
    )

    run = models.ForeignKey(EvaluationRun, on_delete=models.PROTECT, related_name="judge_runs")
    model_version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="+")
    rubric = models.ForeignKey(Rubric, on_delete=models.PROTECT, related_name="judge_runs")
    # evaluation.judge.terms.JudgeSampling as JSON.
    sampling = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=JudgeState, default=JudgeState.RUNNING)
    # Why it was stopped: a code for programs, the same for people.
    stop_code = models.CharField(max_length=80, blank=True)
    stop_reason = MessageField()
    # Limits at which it stops; null is none.
    usd_cap = models.DecimalField(max_digits=14, decimal_places=8, null=True, blank=True)
    token_cap = models.PositiveBigIntegerField(null=True, blank=True)
    # At most, as forecast when it started: without retries.
    expected_tokens = models.PositiveBigIntegerField(default=0)
    expected_usd = models.DecimalField(max_digits=14, decimal_places=8, null=True, blank=True)
    # Of all calls that may have been charged, also those without a verdict.
    spent_tokens = models.PositiveBigIntegerField(default=0)
    spent_usd = models.DecimalField(max_digits=14, decimal_places=8, default=Decimal(0))
    started_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("run", "-pk")
        constraints = [
            known_choice("judge_run_state_known", "state", JudgeState),
            models.UniqueConstraint(
                fields=["run"],
                name="judge_run_one_active",
                condition=Q(state__in=[state.value for state in ACTIVE_STATES]),
            ),
        ]

    def __str__(self) -> str:
        return f"Judge run {self.pk}"

    @property
    def is_active(self) -> bool:
        """Whether it asks, or can be resumed."""
        return self.state in ACTIVE_STATES

    @property
    def asked_after_close(self) -> bool:
        """Whether it was started when all votes of the run were known."""
        closed_at = self.run.closed_at
        return closed_at is not None and self.started_at > closed_at


def usd_for(model: ModelVersion, tokens_in: int, tokens_out: int) -> Decimal | None:
    """Return the price of so many tokens in US dollars; None if the prices are unknown."""
    prices = (model.usd_per_million_input_tokens, model.usd_per_million_output_tokens)
    if prices[0] is None or prices[1] is None:
        return None
    usd = (prices[0] * tokens_in + prices[1] * tokens_out) / MILLION
    return usd.quantize(Decimal("1e-8"))


class JudgementQuerySet(models.QuerySet["Judgement"]):
    """Queries for judgements."""

    def in_run(self) -> Self:
        """Judgements on comparisons that count in their run and were not erased."""
        return self.filter(
            comparison__state__in=[state.value for state in JUDGED_STATES],
            comparison__erased_at__isnull=True,
        )

    def needed(self) -> Self:
        """Judgements to ask for: of a judge run that asks."""
        return self.in_run().filter(judge_run__state=JudgeState.RUNNING)

    def pending(self) -> Self:
        """Judgements that are neither done nor failed, on comparisons that are in their run."""
        return self.in_run().filter(state__in=[JobState.WAITING, JobState.RUNNING])

    def failed(self) -> Self:
        """Failed judgements on comparisons that are in their run."""
        return self.in_run().filter(state=JobState.FAILED)


class Judgement(Job):
    """A judge's verdict on one comparison in one order, and the job that gets it."""

    fixed_columns: ClassVar[tuple[str, ...]] = ("judge_run", "comparison", "first")

    MAX_ATTEMPTS: ClassVar[int] = 6

    # The unique triple serves as its index.
    judge_run = models.ForeignKey(
        JudgeRun, on_delete=models.PROTECT, related_name="judgements", db_index=False
    )
    comparison = models.ForeignKey(Comparison, on_delete=models.PROTECT, related_name="judgements")
    # Whose answer the judge reads as A.
    first = models.CharField(max_length=10, choices=[(c.value, c.value) for c in Contender])
    # Tokens of the request, counted with tiktoken before it is sent.
    expected_tokens = models.PositiveIntegerField(default=0)
    verdict = models.CharField(
        max_length=10, blank=True, choices=[(verdict.value, verdict.value) for verdict in Verdict]
    )
    # The last reply as it came; deleted by retention and erasure.
    reply = models.TextField(blank=True)
    invalid_replies = models.PositiveSmallIntegerField(default=0)
    response_model = models.CharField(max_length=200, blank=True)
    request_id = models.CharField(max_length=200, blank=True)
    latency_ms = models.PositiveIntegerField(null=True, blank=True)

    objects = JudgementQuerySet.as_manager()

    class Meta(Job.Meta):
        abstract = False
        indexes = [
            models.Index(
                fields=["judge_run", "id"],
                name="judgement_to_get",
                condition=Q(state__in=[JobState.WAITING.value, JobState.RUNNING.value]),
            ),
        ]
        constraints = [
            *Job.Meta.constraints,
            models.UniqueConstraint(
                fields=["judge_run", "comparison", "first"], name="judgement_once_in_each_order"
            ),
            known_choice("judgement_first_known", "first", Contender),
            models.CheckConstraint(
                name="judgement_done_with_verdict",
                condition=Q(state="done", verdict__in=[verdict.value for verdict in Verdict])
                | (~Q(state="done") & Q(verdict="")),
            ),
        ]

    def __str__(self) -> str:
        return f"Judgement {self.pk}"

    @classmethod
    def lease_seconds(cls) -> float:
        """Return how many seconds a worker may be silent: as long as a call takes."""
        return ProviderCall.lease_seconds()

    @property
    def calls(self) -> ProviderCallQuerySet:
        """The calls that were made for this judgement."""
        return ProviderCall.objects.made_for(CallPurpose.JUDGEMENT, self.pk)

    def on_lost(self) -> dict[str, object]:
        """End the call of the lost worker and count it as spent, because it may be charged."""
        if self.calls.filter(finished_at=None).exists():
            self.count_as_spent()
            self.calls.end("lost")
        return {}

    def count_as_spent(self) -> None:
        """Add the most that one call may cost to what its judge run has spent."""
        judge_run = self.judge_run
        tokens_out = judge_run.sampling.get("max_tokens") or 0
        usd = usd_for(judge_run.model_version, self.expected_tokens, tokens_out)
        JudgeRun.objects.filter(pk=judge_run.pk).update(
            spent_tokens=F("spent_tokens") + self.expected_tokens + tokens_out,
            spent_usd=F("spent_usd") + (usd or Decimal(0)),
        )
