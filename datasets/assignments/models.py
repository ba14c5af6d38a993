"""The assignee of an example, and the due date."""

from django.db import models
from django.db.models.functions import Now

from datasets.curation.models import GoldenExample
from reviewapp.people.models import User


class Assignment(models.Model):
    """The one member who works on an example; no row where nobody does.

    Attributes:
        due_on: the last day; None for no date.
    """

    example = models.OneToOneField(
        GoldenExample, on_delete=models.CASCADE, related_name="assignment", primary_key=True
    )
    assignee = models.ForeignKey(User, on_delete=models.PROTECT, related_name="assignments")
    assigned_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField(db_default=Now())
    due_on = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return f"example {self.example_id} for {self.assignee}"
