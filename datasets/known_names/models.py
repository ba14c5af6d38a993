"""The jobs that take away suggested names which the settings of a project rule out."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from reviewapp.jobs.models import Job
from reviewapp.people.models import Project, User


class NameRemoval(Job):
    """The removal of the open suggestions that the settings of a project rule out at its start.

    Attributes:
        total, done: how many examples with findings it began with, and how many it has read.
        findings, examples: how many suggestions it has taken away, and of how many examples.
        cursor: the id of the last example that was read.
    """

    LEASE_SECONDS: ClassVar[float] = 60

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="name_removals")
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    findings = models.PositiveIntegerField(default=0)
    examples = models.PositiveIntegerField(default=0)
    cursor = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())

    class Meta(Job.Meta):
        abstract = False

    def __str__(self) -> str:
        return f"Removal {self.pk} of names in {self.project}"

    @classmethod
    def lease_seconds(cls) -> float:
        """Return how long a worker may be silent: a chunk of examples takes less."""
        return cls.LEASE_SECONDS
