"""The bundle of a training: its token, what it reported, the files that it uploads."""

from enum import StrEnum
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from evaluation.training.models import TrainingRun
from reviewapp.core.db.constraints import known_choice

MAX_NAME_LENGTH = 200
MAX_KEY_LENGTH = 64


class Wanted(StrEnum):
    """What the trainer shall do; the answer to each of its reports says so."""

    RUN = "run"
    PAUSE = "pause"
    CANCEL = "cancel"


class Bundle(models.Model):
    """The bundle of one training; its row exists as soon as the training waits for it.

    Attributes:
        token_digest: SHA-256 of the token in the bundle that was downloaded last; earlier ones are
            no longer valid.
        cancelled_at: when a training was cancelled whose bundle did not report.
    """

    training = models.OneToOneField(TrainingRun, on_delete=models.PROTECT, related_name="bundle")
    token_digest = models.CharField(max_length=64, unique=True, null=True, blank=True)
    token_expires_at = models.DateTimeField(null=True, blank=True)
    downloaded_at = models.DateTimeField(null=True, blank=True)
    wanted = models.CharField(max_length=6, default=Wanted.RUN.value)
    last_report_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            known_choice("bundle_wanted_known", "wanted", Wanted),
            models.CheckConstraint(
                name="bundle_token_expires",
                condition=Q(token_digest__isnull=True) | Q(token_expires_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Bundle of {self.training}"


class BundleLog(models.Model):
    """The file of events of one folder in which a bundle was unpacked and started.

    Attributes:
        key: made by the reporter with the file; empty for the log of a reporter that sends none.
        received: so many events from the first one are stored without a gap.
    """

    fixed_columns: ClassVar[tuple[str, ...]] = ("bundle", "key")

    # The unique pair serves as its index.
    bundle = models.ForeignKey(
        Bundle, on_delete=models.PROTECT, related_name="logs", db_index=False
    )
    key = models.CharField(max_length=MAX_KEY_LENGTH, blank=True)
    received = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("bundle", "pk")
        constraints = [
            models.UniqueConstraint(fields=["bundle", "key"], name="bundle_log_once"),
        ]

    def __str__(self) -> str:
        return self.key


class BundleEvent(models.Model):
    """An event of the trainer in a bundle; `number` counts from 1, as the lines of its log."""

    append_only: ClassVar[bool] = True

    # The unique pair serves as its index.
    log = models.ForeignKey(
        BundleLog, on_delete=models.PROTECT, related_name="events", db_index=False
    )
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=20)
    at = models.DateTimeField()
    values = models.JSONField(default=dict)

    class Meta:
        ordering = ("log", "number")
        constraints = [
            models.UniqueConstraint(fields=["log", "number"], name="bundle_event_once"),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.kind}"


class BundleFile(models.Model):
    """A file of a kept adapter: uploaded in parts, and whole once `completed_at` is set.

    Attributes:
        name: path in the folder of the job, such as `adapters/epoch-1/adapter.gguf`.
        offset: bytes that have arrived.
    """

    bundle = models.ForeignKey(
        Bundle, on_delete=models.PROTECT, related_name="files", db_index=False
    )
    name = models.CharField(max_length=MAX_NAME_LENGTH)
    step = models.PositiveIntegerField()
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    offset = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())
    completed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("bundle", "pk")
        constraints = [
            models.UniqueConstraint(fields=["bundle", "name", "sha256"], name="bundle_file_once"),
            models.CheckConstraint(
                name="bundle_file_complete_is_whole",
                condition=Q(completed_at__isnull=True) | Q(offset=models.F("size")),
            ),
        ]

    def __str__(self) -> str:
        return self.name
