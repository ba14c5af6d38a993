"""Table of the decisions of runs; rows never change."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from evaluation.runs.models import EvaluationRun

DECISIONS = ["promote", "keep_voting", "reject", "invalid"]


class RunDecision(models.Model):
    """A change of the decision that follows from the gates; the newest row is the current one.

    Without a row the decision is to keep voting. A decision to promote is valid until an alarm, or
    until a rater is removed, because it used their votes.
    """

    append_only: ClassVar[bool] = True

    run = models.ForeignKey(EvaluationRun, on_delete=models.PROTECT, related_name="decisions")
    decision = models.CharField(max_length=12)
    # evaluation.gates.DecisionReason.
    reason = models.CharField(max_length=20)
    # Counted examples of the main queue, and raters removed, when the decision was made.
    counted = models.PositiveIntegerField()
    removed_raters = models.PositiveIntegerField(default=0)
    # [{"gate", "subject", "state", "reason"}] of that moment; the reason is a message as JSON.
    gates = models.JSONField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("run", "pk")
        constraints = [
            models.CheckConstraint(name="run_decision_known", condition=Q(decision__in=DECISIONS)),
            models.CheckConstraint(
                name="run_decision_rests_on_examples",
                condition=~Q(decision="promote") | Q(counted__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.decision} at example {self.counted}"
