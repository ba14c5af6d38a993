"""Archetype prompts of a project, shadow checks of models, their answers, and what people said."""

from decimal import Decimal
from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from datasets.curation.models import GoldenExample, Revision
from evaluation.judge.models import usd_for
from evaluation.registry.models import CallPurpose, ModelVersion, ProviderCall, ProviderCallQuerySet
from reviewapp.core.audit.models import AuditEvent
from reviewapp.core.db.constraints import known_choice
from reviewapp.core.fields import MessageField
from reviewapp.jobs.models import Job, JobState
from reviewapp.people.models import Project, User


class StyleRule(models.TextChoices):
    """A rule of style that the answers of a project keep, checked by `signals.py`."""

    NO_MARKDOWN = "no_markdown", _("No Markdown: no headings, lists or bold text")
    NO_EMOJI = "no_emoji", _("No emoji")
    NO_EXCLAMATION = "no_exclamation", _("No exclamation marks")


class ShadowSettings(models.Model):
    """What a project decides for its shadow checks; one without a row has the defaults."""

    project = models.OneToOneField(
        Project, on_delete=models.PROTECT, related_name="shadow_settings"
    )
    # Instead of the system message of each prompt; empty keeps that.
    system_prompt = models.TextField(blank=True)
    # A regular expression that an answer must contain; empty for none.
    citation_pattern = models.CharField(max_length=200, blank=True)
    forbidden_words = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    style_rules = ArrayField(
        models.CharField(max_length=20, choices=StyleRule), default=list, blank=True
    )
    max_words = models.PositiveIntegerField(null=True, blank=True)
    # Whether the set is asked of a tuned model as soon as its training has succeeded.
    checks_tuned_models = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"Shadow checks of {self.project}"


class Archetype(models.Model):
    """A golden example that is typical of many: its prompt is asked in every shadow check."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="archetypes")
    example = models.ForeignKey(GoldenExample, on_delete=models.PROTECT, related_name="archetypes")
    position = models.PositiveIntegerField()
    added_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("project", "position", "pk")
        constraints = [
            models.UniqueConstraint(fields=["project", "example"], name="archetype_once"),
        ]

    def __str__(self) -> str:
        return f"Archetype {self.position} of {self.project}"


class CheckState(models.TextChoices):
    """The state of a shadow check. A stopped one can be resumed, a cancelled one cannot."""

    RUNNING = "running", pgettext_lazy("shadow check", "asking")
    STOPPED = "stopped", pgettext_lazy("shadow check", "stopped")
    CANCELLED = "cancelled", pgettext_lazy("shadow check", "cancelled")
    DONE = "done", pgettext_lazy("shadow check", "answered")


class ShadowCheck(models.Model):
    """One model asked about all archetype prompts, with the rules of that moment.

    Attributes:
        prompts_digest: SHA-256 over the hashes of the examples, in their order, and the system
            prompt: "the same set".
        rules: `rules.ShadowRules` as JSON.
        started_by: None where a training started it.
    """

    fixed_columns: ClassVar[tuple[str, ...]] = (
        *("project", "model_version", "prompts_digest", "rules", "max_tokens", "usd_cap"),
        *("expected_tokens", "expected_usd", "prices_as_of", "started_by", "started_at"),
    )

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="shadow_checks")
    model_version = models.ForeignKey(
        ModelVersion, on_delete=models.PROTECT, related_name="shadow_checks"
    )
    prompts_digest = models.CharField(max_length=64)
    rules = models.JSONField(default=dict)
    # Of each answer.
    max_tokens = models.PositiveIntegerField()
    usd_cap = models.DecimalField(max_digits=14, decimal_places=8, null=True, blank=True)
    # At most, as forecast when it started: without retries.
    expected_tokens = models.PositiveBigIntegerField()
    expected_usd = models.DecimalField(max_digits=14, decimal_places=8, null=True, blank=True)
    prices_as_of = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=CheckState, default=CheckState.RUNNING)
    stop_code = models.CharField(max_length=80, blank=True)
    stop_reason = MessageField()
    spent_tokens = models.PositiveBigIntegerField(default=0)
    spent_usd = models.DecimalField(max_digits=14, decimal_places=8, default=Decimal(0))
    started_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("project", "-pk")
        constraints = [
            known_choice("shadow_check_state_known", "state", CheckState),
            models.UniqueConstraint(
                fields=["model_version"],
                name="shadow_check_one_active",
                condition=Q(state__in=["running", "stopped"]),
            ),
        ]

    def __str__(self) -> str:
        return f"Shadow check {self.pk}"

    @property
    def is_active(self) -> bool:
        """Whether it asks, or can be resumed."""
        return self.state in {CheckState.RUNNING, CheckState.STOPPED}


class ShadowEvent(AuditEvent):
    """A start, a stop or an end of a shadow check, or a rating of its answers."""

    shadow_check = models.ForeignKey(ShadowCheck, on_delete=models.PROTECT, related_name="events")

    class Meta(AuditEvent.Meta):
        abstract = False


class ShadowAnswerQuerySet(models.QuerySet["ShadowAnswer"]):
    """Queries for the answers of shadow checks."""

    def needed(self) -> Self:
        """Answers to ask for: of a check that asks, and not erased."""
        return self.filter(shadow_check__state=CheckState.RUNNING, erased_at=None)

    def pending(self) -> Self:
        """Answers that are neither there nor failed."""
        return self.filter(state__in=[JobState.WAITING, JobState.RUNNING], erased_at=None)


class ShadowAnswer(Job):
    """What a model answered to one archetype prompt, and the job that gets it.

    Prompt and golden answer are those of the revision; no copy of them is stored.
    """

    fixed_columns: ClassVar[tuple[str, ...]] = (
        *("shadow_check", "revision", "position", "expected_tokens"),
    )
    MAX_ATTEMPTS: ClassVar[int] = 6

    shadow_check = models.ForeignKey(
        ShadowCheck, on_delete=models.PROTECT, related_name="answers", db_index=False
    )
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="shadow_answers")
    position = models.PositiveIntegerField()
    # Tokens of the request, counted with tiktoken before it is sent.
    expected_tokens = models.PositiveIntegerField()
    text = models.TextField(blank=True)
    # [{"signal", "state", "reason"}]; the reason is a message as JSON (signals.py).
    signals = models.JSONField(default=list, blank=True)
    response_model = models.CharField(max_length=200, blank=True)
    request_id = models.CharField(max_length=200, blank=True)
    latency_ms = models.PositiveIntegerField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    objects = ShadowAnswerQuerySet.as_manager()

    class Meta(Job.Meta):
        abstract = False
        ordering = ("shadow_check", "position")
        constraints = [
            *Job.Meta.constraints,
            models.UniqueConstraint(fields=["shadow_check", "position"], name="shadow_answer_once"),
            models.CheckConstraint(
                name="shadow_answer_done_has_text",
                condition=~Q(state="done") | ~Q(text="") | Q(erased_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Shadow answer {self.pk}"

    @classmethod
    def lease_seconds(cls) -> float:
        """Return how many seconds a worker may be silent: as long as a call takes."""
        return ProviderCall.lease_seconds()

    @property
    def calls(self) -> ProviderCallQuerySet:
        """The calls that were made for this answer."""
        return ProviderCall.objects.made_for(CallPurpose.SHADOW, self.pk)

    def on_lost(self) -> dict[str, object]:
        """End the call of the lost worker and count it as spent, because it may be charged."""
        if self.calls.filter(finished_at=None).exists():
            self.count_as_spent()
            self.calls.end("lost")
        return {}

    def count_as_spent(self, tokens: int | None = None, usd: Decimal | None = None) -> None:
        """Add what a call cost to what its check has spent; without figures the most it may."""
        found = self.shadow_check
        if tokens is None:
            tokens = self.expected_tokens + found.max_tokens
            usd = usd_for(found.model_version, self.expected_tokens, found.max_tokens)
        ShadowCheck.objects.filter(pk=found.pk).update(
            spent_tokens=F("spent_tokens") + tokens,
            spent_usd=F("spent_usd") + (usd or Decimal(0)),
        )


class ShadowRating(models.Model):
    """What one person said about one answer. A later rating by the same person replaces it."""

    append_only: ClassVar[bool] = True

    answer = models.ForeignKey(ShadowAnswer, on_delete=models.PROTECT, related_name="ratings")
    rated_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    concise = models.BooleanField()
    consistent = models.BooleanField()
    in_tone = models.BooleanField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("answer", "pk")

    def __str__(self) -> str:
        return f"Rating {self.pk} of {self.answer_id}"
