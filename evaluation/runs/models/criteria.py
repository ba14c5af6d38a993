"""The table of the criteria of runs."""

from django.db import models
from django.db.models import Q

from evaluation.runs.criteria import (
    MAX_CRITERIA,
    MAX_CRITERION_NAME,
    MAX_QUESTION,
    StandardCriterion,
)
from evaluation.runs.models.runs import EvaluationRun
from reviewapp.core.db.constraints import known_choice


class RunCriterion(models.Model):
    """What a run asks after the overall choice: a standard criterion, or an own one.

    A trigger fixes the criteria when the run opens.
    """

    run = models.ForeignKey(
        EvaluationRun, on_delete=models.PROTECT, related_name="criteria", db_index=False
    )
    position = models.PositiveSmallIntegerField()
    # evaluation.runs.criteria.StandardCriterion; empty for an own criterion.
    code = models.CharField(max_length=40, blank=True)
    name = models.CharField(max_length=MAX_CRITERION_NAME, blank=True)
    question = models.CharField(max_length=MAX_QUESTION, blank=True)
    gated = models.BooleanField(default=False)

    class Meta:
        ordering = ("run", "position")
        constraints = [
            models.UniqueConstraint(fields=["run", "position"], name="run_criterion_position"),
            models.UniqueConstraint(
                fields=["run", "code"], name="run_criterion_code_once", condition=~Q(code="")
            ),
            models.UniqueConstraint(
                fields=["run", "name"], name="run_criterion_name_once", condition=~Q(name="")
            ),
            models.CheckConstraint(
                name="run_criterion_position_in_range",
                condition=Q(position__gte=1, position__lte=MAX_CRITERIA),
            ),
            known_choice("run_criterion_code_known", "code", ["", *StandardCriterion]),
            models.CheckConstraint(
                name="run_criterion_standard_or_own",
                condition=(Q(code="") & ~Q(name="") & ~Q(question=""))
                | (~Q(code="") & Q(name="", question="")),
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def key(self) -> str:
        """What identifies it in the run, its files and the API: its code, or its own name."""
        return self.code or self.name
