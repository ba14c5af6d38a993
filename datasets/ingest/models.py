"""Files on their way into the curation queue, and the rows that were not taken."""

from functools import partial

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from datasets.conversations.errors import public_code
from reviewapp.core.fields import MessageField
from reviewapp.core.messages import message
from reviewapp.jobs.models import Job, JobState
from reviewapp.people.models import Project, User

UNMAPPED = "unmapped"
"""The error code of a trial import of a table whose columns are to be mapped first."""


class NearDuplicates(models.TextChoices):
    """What an import does with rows that are near-duplicates of other examples."""

    KEEP = "keep", _("Import them like other rows")
    FLAG = "flag", _("Import them with the tag near-duplicate")
    SKIP = "skip", _("Leave them out")


class Labels(models.TextChoices):
    """What an import does with the labels of examples whose conversation is in the file again."""

    KEEP = "keep", _("Leave them as they are")
    FILL = "fill", _("Fill in those that are missing")
    REPLACE = "replace", _("Replace those that differ")


class ImportBatch(Job):
    """One file on its way into the curation queue: the job of a worker, or of a command.

    `attempts` counts since a row was last stored: a worker that was lost three times at the same
    place will be lost there a fourth time.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="batches")
    file_name = models.CharField(max_length=255)
    # Where the uploaded bytes wait, below TOUCHSTONE_DATA; empty for a command's own file.
    stored_path = models.CharField(max_length=500, blank=True)
    format = models.CharField(max_length=20, default="auto")
    # The format of another tool that its first row is in (`files/foreign.py`).
    shape = models.CharField(max_length=20, blank=True)
    source = models.CharField(max_length=120, blank=True)
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
    # Of a table, what its rejected rows are read by: columns and separator.
    table_header = models.JSONField(default=dict)
    # Columns and keys that a person mapped to fields of a row: name to target.
    mapping = models.JSONField(default=dict)
    # Columns and keys of a trial import that a person may map.
    mappable = models.JSONField(default=list)
    labels = models.CharField(max_length=10, choices=Labels, default=Labels.KEEP)
    # Rows whose conversation was there already, under other labels.
    relabelled = models.PositiveIntegerField(default=0)
    # Those of them whose labels were changed.
    labels_changed = models.PositiveIntegerField(default=0)
    near_duplicates = models.CharField(
        max_length=10, choices=NearDuplicates, default=NearDuplicates.KEEP
    )
    # Rows that are near-duplicates; those that were left out count as unchanged.
    similar = models.PositiveIntegerField(default=0)
    # It only looks at the file: the counts are what an import would do, and no example is stored.
    is_trial = models.BooleanField(default=False)
    # The first rows of a trial import, as they would become examples.
    preview = models.JSONField(default=list)
    # When its rejected rows and differing labels were deleted; the counts stay.
    erased_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta(Job.Meta):
        abstract = False
        verbose_name_plural = "import batches"
        constraints = [
            *Job.Meta.constraints,
            models.CheckConstraint(
                name="import_batch_counts_add_up",
                condition=Q(read=F("created") + F("unchanged") + F("rejected")),
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    @classmethod
    def lease_seconds(cls) -> float:
        """Return how long a worker may be silent: a chunk of rows takes less."""
        return settings.IMPORT_LEASE_SECONDS

    @property
    def can_resume(self) -> bool:
        """Whether another worker goes on; the file of a command is where no worker can read it."""
        return bool(self.stored_path) and super().can_resume

    @property
    def may_be_mapped(self) -> bool:
        """Whether a person may map its columns and look again: a trial that was read."""
        is_unmapped = self.state == JobState.FAILED and self.error_code == UNMAPPED
        return self.is_trial and (self.state == JobState.DONE or is_unmapped)

    @property
    def may_be_corrected(self) -> bool:
        """Whether its rejected rows can be corrected, if their file exists.

        Those of a table need its columns, which an archive of different tables does not have.
        """
        is_kept = bool(self.stored_path and self.rejected) and self.erased_at is None
        is_readable = self.format != "csv" or bool(self.table_header)
        return is_kept and is_readable and self.is_over and not self.is_trial

    def on_lost(self) -> dict[str, object]:
        """Delete the file of an import that is given up, and return the reason."""
        if self.can_resume:
            return {}
        if not self.stored_path:
            return {"error": message("ingest.command_killed")}
        transaction.on_commit(partial(default_storage.delete, self.stored_path))
        return {"error": message("ingest.workers_lost", n=self.attempts, row=self.read)}


class ImportRejection(models.Model):
    """A rejected row of a file, with its line and the reason."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, related_name="rejections")
    line = models.PositiveIntegerField()
    message = MessageField(null=False, blank=False)
    # The import of its corrected text.
    corrected_in = models.ForeignKey(
        ImportBatch, null=True, on_delete=models.PROTECT, related_name="corrected_rejections"
    )

    class Meta:
        ordering = ("batch", "line", "pk")

    def __str__(self) -> str:
        return f"line {self.line}: {self.code}"

    @property
    def code(self) -> str:
        """The stable code of the reason (docs/import.md)."""
        return public_code(self.message)


class ImportDifference(models.Model):
    """A row whose conversation was there already under other labels.

    `labels` has for each label that differs the example's value before and the row's; `changed`
    names those that the import changed, `reason` says why it changed none though it was to.
    """

    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, related_name="differences")
    line = models.PositiveIntegerField()
    example = models.ForeignKey("GoldenExample", on_delete=models.PROTECT, related_name="+")
    labels = models.JSONField()
    changed = models.JSONField(default=list)
    reason = MessageField()

    class Meta:
        ordering = ("batch", "line", "pk")

    def __str__(self) -> str:
        return f"line {self.line}: {', '.join(self.labels)}"


class ImportNearDuplicate(models.Model):
    """A row that is a near-duplicate of another example, the most alike one.

    Without foreign key constraints, as `SimilarPair`. `example` is what became of the row, None if
    it was left out. `answer` is None where one of the two has no answer.
    """

    batch = models.ForeignKey(
        ImportBatch, on_delete=models.PROTECT, related_name="near_duplicate_rows"
    )
    line = models.PositiveIntegerField()
    example = models.ForeignKey(
        "GoldenExample",
        null=True,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    other = models.ForeignKey(
        "GoldenExample",
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    question = models.PositiveSmallIntegerField()
    answer = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        ordering = ("batch", "line", "pk")

    def __str__(self) -> str:
        return f"line {self.line}: like example {self.other_id}"
