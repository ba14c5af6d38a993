"""Reviews of revisions of golden examples."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import pgettext_lazy

from datasets.curation.lifecycle import Action
from datasets.curation.models.examples import Revision
from reviewapp.people.models import User


class ReviewDecision(models.TextChoices):
    """A decision of a reviewer."""

    APPROVE = Action.APPROVE.value, pgettext_lazy("decision of a reviewer", "Approved")
    REQUEST_CHANGES = (
        Action.REQUEST_CHANGES.value,
        pgettext_lazy("decision of a reviewer", "Changes requested"),
    )


class Review(models.Model):
    """A reviewer's decision on one revision. The runtime role cannot update or delete reviews."""

    append_only: ClassVar[bool] = True

    Decision = ReviewDecision

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="reviews")
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="reviews")
    decision = models.CharField(max_length=16, choices=Decision)
    comment = models.TextField(blank=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("at", "pk")
        constraints = [
            models.CheckConstraint(
                name="review_decision_known",
                condition=Q(decision__in=ReviewDecision.values),
            ),
            models.CheckConstraint(
                name="review_requesting_changes_has_comment",
                condition=Q(decision=ReviewDecision.APPROVE) | ~Q(comment=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.decision} by {self.reviewer}"
