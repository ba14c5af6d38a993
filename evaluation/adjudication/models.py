"""Table of adjudications: what leads decided on comparisons that raters disagree on."""

from typing import ClassVar, Final

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from evaluation.runs.models import Comparison
from evaluation.stats.verdicts import Choice, Contender, Verdict
from evaluation.voting.models import VERDICT_IS_ITS_CHOICE
from reviewapp.people.models import User

ADJUDICATE: Final = "adjudicate"
"""The action of the event; it does not name the verdict."""
IMPORT_OUTCOMES: Final = "import_outcomes"
"""The action of the event for outcomes that were imported with a run."""


class Adjudication(models.Model):
    """The decision of a lead on one comparison; the newest of a comparison is its outcome.

    It is no vote: no tally, interval or gate reads this table.
    """

    # Only an erasure replaces a note.
    fixed_columns: ClassVar[tuple[str, ...]] = (
        *("comparison", "actor", "decided_elsewhere_by", "left", "choice", "verdict", "note"),
        "at",
    )

    comparison = models.ForeignKey(
        Comparison, on_delete=models.PROTECT, related_name="adjudications"
    )
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    # The name that came with an imported outcome, instead of the actor.
    decided_elsewhere_by = models.CharField(max_length=150, default="", blank=True)
    # Which model's answer was shown on the left.
    left = models.CharField(max_length=10)
    choice = models.CharField(max_length=10)
    verdict = models.CharField(max_length=10)
    note = models.TextField(blank=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("comparison", "pk")
        constraints = [
            models.CheckConstraint(
                name="adjudication_values_valid",
                condition=Q(
                    left__in=[contender.value for contender in Contender],
                    choice__in=[choice.value for choice in Choice],
                    verdict__in=[verdict.value for verdict in Verdict],
                ),
            ),
            models.CheckConstraint(
                name="adjudication_has_one_adjudicator",
                condition=Q(actor__isnull=True) ^ Q(decided_elsewhere_by=""),
            ),
            models.CheckConstraint(
                name="adjudication_verdict_is_its_choice",
                condition=VERDICT_IS_ITS_CHOICE,
            ),
        ]

    def __str__(self) -> str:
        return f"Adjudication {self.pk}"

    @property
    def adjudicator(self) -> str:
        """Name of the lead who decided, here or where the outcome was imported from."""
        return self.actor.get_full_name() if self.actor else self.decided_elsewhere_by
