"""Tables of gold checks: comparisons with an agreed answer, and those that a run mixes in."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from evaluation.runs.models.runs import Comparison, EvaluationRun
from reviewapp.core.audit.models import AuditEvent
from reviewapp.core.db.constraints import known_choice
from reviewapp.core.erased import ERASED
from reviewapp.people.models import Project, User


class GoldAnswer(models.TextChoices):
    """The agreed answer of a gold check: which of its two texts is better, or neither."""

    FIRST = "first", _("The first answer is better")
    SECOND = "second", _("The second answer is better")
    BOTH_GOOD = "both_good", _("Both are good")
    BOTH_BAD = "both_bad", _("Both are bad")


class GoldCheck(models.Model):
    """A prompt with two answers whose outcome is agreed; reviewers are measured by it.

    It has its own texts, or those of a closed comparison (`source`): then the first answer is the
    candidate's, and erasing the comparison erases them here too.
    """

    # What was agreed never changes; a check that proves wrong is retired.
    fixed_columns: ClassVar[tuple[str, ...]] = (
        *("project", "source", "prompt", "policies", "first", "second", "reading_language"),
        *("expected", "explanation", "created_by", "created_at"),
    )

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="gold_checks")
    source = models.OneToOneField(
        Comparison, null=True, blank=True, on_delete=models.PROTECT, related_name="gold_check"
    )
    prompt = models.JSONField(default=list, blank=True)
    # Slugs, as a comparison names them; a check without any would be recognised among those.
    policies = models.JSONField(default=list, blank=True, db_default=[])
    first = models.TextField(blank=True)
    second = models.TextField(blank=True)
    reading_language = models.CharField(max_length=12, blank=True)
    expected = models.CharField(max_length=10, choices=GoldAnswer)
    # Shown after the choice in a training round.
    explanation = models.TextField(blank=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("project", "-pk")
        constraints = [
            known_choice("gold_check_expected_known", "expected", GoldAnswer),
            models.CheckConstraint(
                name="gold_check_has_texts",
                condition=Q(source__isnull=False) | (~Q(first="") & ~Q(second="")),
            ),
        ]

    def __str__(self) -> str:
        return f"Gold check {self.pk}"

    @property
    def is_erased(self) -> bool:
        """Whether a lead erased its texts."""
        return self.explanation == ERASED


class RunGoldCheck(models.Model):
    """A gold check of a run, drawn when the run opened: for its training round, or mixed in."""

    frozen: ClassVar[bool] = True

    run = models.ForeignKey(EvaluationRun, on_delete=models.PROTECT, related_name="gold_checks")
    gold_check = models.ForeignKey(GoldCheck, on_delete=models.PROTECT, related_name="runs")
    is_training = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "gold_check"], name="run_gold_check_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.gold_check} in run {self.run_id}"


class GoldCheckEvent(AuditEvent):
    """A gold check added to a project, retired, or erased."""

    gold_check = models.ForeignKey(GoldCheck, on_delete=models.PROTECT, related_name="events")

    class Meta(AuditEvent.Meta):
        abstract = False
