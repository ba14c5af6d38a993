"""Checks of files that are too large for a request, each kept for its bytes and its rules."""

from typing import ClassVar

from django.db import models

from datasets.versions.models import DatasetVersion
from reviewapp.core.messages import Message
from reviewapp.jobs.models import Job


class PreflightJob(Job):
    """The check of the files of a version by the rules of a provider.

    Attributes:
        key: digest of the bytes, the rules and the tokenizer; another one is another check.
        tokenizer: the base model whose tokenizer counts.
        done_bytes: read so far, of all files together.
        errors: what the provider would reject, as messages; complete once the job is done.
    """

    fixed_columns: ClassVar[tuple[str, ...]] = (
        *("version", "provider", "key", "tokenizer", "total_bytes"),
    )

    # The unique pair serves as its index.
    version = models.ForeignKey(
        DatasetVersion, on_delete=models.PROTECT, related_name="preflights", db_index=False
    )
    provider = models.CharField(max_length=20)
    key = models.CharField(max_length=64)
    tokenizer = models.CharField(max_length=80)
    total_bytes = models.PositiveBigIntegerField()
    done_bytes = models.PositiveBigIntegerField(default=0)
    errors = models.JSONField(default=list)

    class Meta(Job.Meta):
        abstract = False
        ordering = ("version", "pk")
        constraints = [
            *Job.Meta.constraints,
            models.UniqueConstraint(fields=["version", "key"], name="preflight_job_once"),
        ]

    def __str__(self) -> str:
        return f"Preflight of {self.version} for {self.provider}"

    @classmethod
    def lease_seconds(cls) -> float:
        """Return how many seconds a worker may be silent; it renews its claim while it reads."""
        return 60.0

    @property
    def share(self) -> float:
        """How much of the bytes was read, from 0 to 1."""
        return min(1.0, self.done_bytes / self.total_bytes) if self.total_bytes else 0.0

    @property
    def found(self) -> list[Message]:
        """What the provider would reject."""
        return [Message.from_json(stored) for stored in self.errors]
