"""Files on their way into the curation queue, and the rows that were not taken."""

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from reviewapp.people.models import Project, User

# A worker that was lost three times at the same place will be lost there a fourth time.
MAX_ATTEMPTS = 3


class ImportBatchQuerySet(models.QuerySet["ImportBatch"]):
    """Questions about imports."""

    def claimable(self, now: datetime) -> Self:
        """Imports that wait, or whose worker has not been heard of for one lease."""
        lost = now - timedelta(seconds=settings.IMPORT_LEASE_SECONDS)
        states = ImportBatch.State
        return self.filter(Q(state=states.WAITING) | Q(state=states.RUNNING, heartbeat_at__lt=lost))

    def uploaded(self) -> Self:
        """Imports that a worker does; those of a command have their worker with them."""
        return self.exclude(stored_path="")

    def exhausted(self) -> Self:
        """Imports that were tried as often as they are going to be without storing a row."""
        return self.filter(attempts__gte=MAX_ATTEMPTS)


class ImportBatch(models.Model):
    """One file on its way into the curation queue: a job whose row is the truth."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="batches")
    file_name = models.CharField(max_length=255)
    # Where the uploaded bytes wait, below TOUCHSTONE_DATA; empty for a command's own file.
    stored_path = models.CharField(max_length=500, blank=True)
    format = models.CharField(max_length=20, default="auto")
    source = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    bytes_total = models.BigIntegerField(default=0)
    bytes_read = models.BigIntegerField(default=0)
    read = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    findings = models.PositiveIntegerField(default=0)
    # How many rows had something changed on the way in, by code.
    notes = models.JSONField(default=dict)
    # Keys or columns outside the format, which went into the metadata: name to rows.
    unread = models.JSONField(default=dict)
    # Rows whose conversation was there already, under other labels.
    relabelled = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=500, blank=True)
    claim = models.UUIDField(null=True, blank=True)
    # How often a worker took it up since a row was last stored.
    attempts = models.PositiveSmallIntegerField(default=0)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ImportBatchQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "import batches"
        constraints = [
            models.CheckConstraint(
                name="import_batch_state_known",
                condition=Q(state__in=["waiting", "running", "done", "failed"]),
            ),
            models.CheckConstraint(
                name="import_batch_counts_add_up",
                condition=Q(read=F("created") + F("unchanged") + F("rejected")),
            ),
        ]

    def __str__(self) -> str:
        return self.file_name


class ImportRejection(models.Model):
    """A row of a file that was not taken, with its line and the reason."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, related_name="rejections")
    line = models.PositiveIntegerField()
    code = models.CharField(max_length=40)
    message = models.CharField(max_length=500)

    class Meta:
        ordering = ("batch", "line", "pk")

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"


class ImportDifference(models.Model):
    """A row whose conversation was there already under other labels, which it did not change.

    `labels` has for each label that differs the example's value and the row's.
    """

    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, related_name="differences")
    line = models.PositiveIntegerField()
    example = models.ForeignKey("GoldenExample", on_delete=models.PROTECT, related_name="+")
    labels = models.JSONField()

    class Meta:
        ordering = ("batch", "line", "pk")

    def __str__(self) -> str:
        return f"line {self.line}: {', '.join(self.labels)}"
