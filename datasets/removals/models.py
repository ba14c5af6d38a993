"""The jobs that take away findings which the settings of a project rule out."""

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from reviewapp.jobs.models import Job
from reviewapp.people.models import Project, ProjectEvent, User


class Subject(models.TextChoices):
    """What the findings are about; the value ends the code of the event."""

    NAMES = "names"
    MISSING_SYSTEM = "missing_system"


class FindingRemoval(Job):
    """The removal of the open findings that the settings of a project rule out at its start.

    Attributes:
        total, done: how many examples with findings it began with, and how many it has read.
        findings, examples: how many findings it has taken away, and of how many examples.
        cursor: the id of the last example that was read.
    """

    LEASE_SECONDS: ClassVar[float] = 60

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="finding_removals")
    subject = models.CharField(max_length=20, choices=Subject, default=Subject.NAMES)
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    findings = models.PositiveIntegerField(default=0)
    examples = models.PositiveIntegerField(default=0)
    cursor = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())

    class Meta(Job.Meta):
        abstract = False
        constraints = [
            *Job.Meta.constraints,
            models.CheckConstraint(
                name="finding_removal_subject_known", condition=Q(subject__in=Subject.values)
            ),
        ]

    def __str__(self) -> str:
        return f"Removal {self.pk} of findings in {self.project}"

    @classmethod
    def lease_seconds(cls) -> float:
        """Return how long a worker may be silent: a chunk of examples takes less."""
        return cls.LEASE_SECONDS

    def on_lost(self) -> Mapping[str, object]:
        """Record what was done, where no other worker goes on; write no further columns."""
        if not self.can_resume:
            self.record()
        return {}

    def record(self) -> None:
        """Record what it has taken away, if anything, at its end."""
        if self.findings:
            ProjectEvent.objects.create(
                project=self.project,
                actor=self.created_by,
                action=f"take_away_{self.subject}",
                detail={"findings": self.findings, "examples": self.examples},
            )
