"""The versions of a project's house voice, and the jobs that inspect its examples by them."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from reviewapp.jobs.models import Job
from reviewapp.people.models import Project, User


class VoiceRuleset(models.Model):
    """All rules of a project at one time; the one with the highest number is in force.

    Attributes:
        rules: `VoiceRule.as_json` of each, in their order on the page.
    """

    append_only: ClassVar[bool] = True

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="voice_rulesets")
    number = models.PositiveIntegerField()
    rules = models.JSONField()
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("project", "-number")
        constraints = [
            models.UniqueConstraint(
                fields=["project", "number"], name="voice_ruleset_number_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"House voice {self.number} of {self.project}"


class VoiceInspection(Job):
    """The inspection of all examples of a project by one version of its house voice.

    Attributes:
        total, done: how many examples it began with, and how many are inspected.
        changed: examples whose findings have changed.
        cursor: the id of the last example that was inspected.
    """

    LEASE_SECONDS: ClassVar[float] = 60

    ruleset = models.ForeignKey(VoiceRuleset, on_delete=models.PROTECT, related_name="inspections")
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    cursor = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())

    class Meta(Job.Meta):
        abstract = False

    def __str__(self) -> str:
        return f"Inspection {self.pk} by {self.ruleset}"

    @classmethod
    def lease_seconds(cls) -> float:
        """Return how long a worker may be silent: a chunk of examples takes less."""
        return cls.LEASE_SECONDS
