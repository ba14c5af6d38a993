"""Targets: how many approved examples a lead wants of an intent, a language, a tag or a pair."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from reviewapp.people.models import Project, User

LABELS = ("intent", "language", "tag", "policy")
"""The labels that a target may name, in the order in which they are shown."""


class CoverageTarget(models.Model):
    """How many approved examples are wanted with the labels that it names; empty ones are any.

    Intents, tags and policies are named as examples name them, so that a target may be set before
    the first example has the label.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="coverage_targets")
    intent = models.CharField(max_length=100, blank=True)
    language = models.CharField(max_length=12, blank=True)
    tag = models.CharField(max_length=60, blank=True)
    policy = models.CharField(max_length=80, blank=True)
    wanted = models.PositiveIntegerField()
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("project", "intent", "language", "tag", "policy")
        constraints = [
            models.UniqueConstraint(
                fields=["project", "intent", "language", "tag", "policy"],
                name="coverage_target_unique",
            ),
            models.CheckConstraint(
                name="coverage_target_names_a_label",
                condition=~Q(intent="", language="", tag="", policy=""),
            ),
            models.CheckConstraint(name="coverage_target_wants_some", condition=Q(wanted__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.wanted} of {'|'.join(getattr(self, label) for label in LABELS)}"
