"""Job rows: a row describes the work, a message only wakes a worker."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q

from reviewapp.core.fields import MessageField


class JobState(models.TextChoices):
    """The state of a job. A cancelled job has failed with the code `cancelled`."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Job(models.Model):
    """The columns of every kind of job. Only `reviewapp.jobs.actions` writes the rows.

    Attributes:
        claim: token of the worker that holds the job; only that worker writes the result.
        heartbeat_at: the last sign of life of that worker; of a waiting job, when it was last sent.
        run_after: earliest start of a waiting job.
        attempts: how often a worker claimed it; a kind may count only attempts without progress.
        error_code: why it failed, or why it waits for a retry, for programs.
        error: the same for people.
    """

    State = JobState
    MAX_ATTEMPTS: ClassVar[int] = 3

    state = models.CharField(max_length=10, choices=JobState, default=JobState.WAITING)
    claim = models.UUIDField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    run_after = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error_code = models.CharField(max_length=80, blank=True)
    error = MessageField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(class)s_state_known", condition=Q(state__in=JobState.values)
            ),
            models.CheckConstraint(
                name="%(class)s_running_is_claimed",
                condition=~Q(state="running") | Q(claim__isnull=False, heartbeat_at__isnull=False),
            ),
        ]

    @classmethod
    def lease_seconds(cls) -> float:
        """Return the number of seconds without a heartbeat after which a worker is lost."""
        raise NotImplementedError

    @property
    def is_over(self) -> bool:
        """Whether it has finished or failed."""
        return self.state in {JobState.DONE, JobState.FAILED}

    @property
    def can_resume(self) -> bool:
        """Whether another worker continues it when this one is lost."""
        return self.attempts < self.MAX_ATTEMPTS

    def on_lost(self) -> Mapping[str, object]:
        """Clean up after a lost worker, in its transaction; return further columns to write."""
        return {}


def due(now: datetime) -> Q:
    """Select waiting jobs that may start now."""
    return Q(state=JobState.WAITING) & (Q(run_after=None) | Q(run_after__lte=now))


def lost(model: type[Job], now: datetime) -> Q:
    """Select running jobs without a heartbeat for the length of a lease."""
    before = now - timedelta(seconds=model.lease_seconds())
    return Q(state=JobState.RUNNING, heartbeat_at__lt=before)
