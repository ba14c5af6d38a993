"""Dataset versions: frozen, numbered sets of approved revisions, and what training them costs."""

from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils.functional import cached_property

from datasets.conversations.split import Split
from datasets.conversations.texts import SPLIT_LABELS
from datasets.curation.models import Review, Revision
from reviewapp.core.audit.models import AuditEvent
from reviewapp.core.db.constraints import known_choice
from reviewapp.core.messages import Message
from reviewapp.people.models import Project, User


class DatasetVersion(models.Model):
    """A frozen set of approved revisions. The same content has the same digest."""

    append_only: ClassVar[bool] = True

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    changelog = models.TextField()
    digest = models.CharField(max_length=64, help_text="SHA-256 over the digests of its files")
    # The requested shares in percent: {"train": 80, "validation": 10, "test": 10}.
    shares = models.JSONField()
    # Counts by intent, language and tag, and why approved examples were left out.
    summary = models.JSONField(default=dict)
    # Of a mini-batch: the version whose changes it holds and whose test file it keeps; the share
    # of the unchanged examples that it replays (mini_batches/).
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="mini_batches"
    )
    replay_percent = models.PositiveSmallIntegerField(null=True, blank=True)
    replay_seed = models.PositiveIntegerField(null=True, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("project", "-number")
        constraints = [
            models.UniqueConstraint(
                fields=["project", "number"], name="dataset_version_number_unique"
            ),
            models.CheckConstraint(
                name="dataset_version_says_what_changed", condition=~Q(changelog="")
            ),
            models.CheckConstraint(
                name="dataset_version_mini_batch_complete",
                condition=Q(
                    parent__isnull=True, replay_percent__isnull=True, replay_seed__isnull=True
                )
                | Q(parent__isnull=False, replay_percent__lte=100, replay_seed__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project.slug} v{self.number}"

    @property
    def is_redacted(self) -> bool:
        """Whether lines of its files were erased, so that they no longer give its digest."""
        return any(file.redaction for file in self.files.all())


class DatasetItemQuerySet(models.QuerySet["DatasetItem"]):
    """Queries of items; those about another version compare by the example."""

    def absent_from(self, other: DatasetVersion) -> Self:
        """Select items whose example is not in the other version."""
        return self.filter(~Exists(_same_example(other)))

    def reworded_since(self, earlier: DatasetVersion) -> Self:
        """Select items whose example had another wording in the earlier version."""
        return self.filter(
            Exists(_same_example(earlier).exclude(revision=OuterRef("revision"))),
        )

    def moved_since(self, earlier: DatasetVersion) -> Self:
        """Select items whose wording was in another split of the earlier version."""
        same = DatasetItem.objects.filter(version=earlier, revision=OuterRef("revision"))
        return self.filter(Exists(same.exclude(split=OuterRef("split"))))


class DatasetItem(models.Model):
    """A member of a dataset version: one revision, its split and the review that approved it."""

    append_only: ClassVar[bool] = True

    version = models.ForeignKey(DatasetVersion, on_delete=models.PROTECT, related_name="items")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="items")
    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="items")
    split = models.CharField(max_length=12, choices=SPLIT_LABELS)
    # Line number in the file of its split, from 1.
    position = models.PositiveIntegerField()

    objects = DatasetItemQuerySet.as_manager()

    class Meta:
        ordering = ("version", "split", "position")
        constraints = [
            models.UniqueConstraint(fields=["version", "revision"], name="dataset_item_once"),
            models.UniqueConstraint(
                fields=["version", "split", "position"], name="dataset_item_position_unique"
            ),
            known_choice("dataset_item_split_known", "split", Split),
        ]

    def __str__(self) -> str:
        return f"{self.revision} in {self.version}"


def _same_example(version: DatasetVersion) -> models.QuerySet[DatasetItem]:
    return DatasetItem.objects.filter(
        version=version, revision__example=OuterRef("revision__example")
    )


class DatasetFile(models.Model):
    """One file of a version. Its bytes are in the storage under `sha256` (storage.py)."""

    append_only: ClassVar[bool] = True

    version = models.ForeignKey(DatasetVersion, on_delete=models.PROTECT, related_name="files")
    split = models.CharField(max_length=12, choices=SPLIT_LABELS)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.PositiveBigIntegerField()
    examples = models.PositiveIntegerField()
    tokens = models.PositiveBigIntegerField()
    # Results of the preflight: {"errors": [], "warnings": []}, both lists of messages.
    preflight = models.JSONField(default=dict)

    class Meta:
        ordering = ("version", "pk")
        constraints = [
            models.UniqueConstraint(fields=["version", "split"], name="dataset_file_one_a_split"),
        ]

    def __str__(self) -> str:
        return f"{self.version} {self.split}"

    @property
    def preflight_errors(self) -> list[Message]:
        """What a provider would reject, cut off or cannot learn from."""
        return [Message.from_json(stored) for stored in self.preflight["errors"]]

    @property
    def preflight_warnings(self) -> list[Message]:
        """What deserves a look before training."""
        return [Message.from_json(stored) for stored in self.preflight["warnings"]]

    @cached_property
    def redaction(self) -> "FileRedaction | None":
        """The last redaction, which holds all earlier ones; None while it is as it was frozen."""
        return max(self.redactions.all(), key=lambda redaction: redaction.pk, default=None)

    @property
    def stored_sha256(self) -> str:
        """The digest of the bytes that are currently exported."""
        return self.redaction.sha256 if self.redaction else self.sha256

    @property
    def stored_examples(self) -> int:
        """The number of lines that are currently exported."""
        return self.examples - (len(self.redaction.positions) if self.redaction else 0)

    @property
    def stored_bytes(self) -> int:
        """The size of the bytes that are currently exported."""
        return self.redaction.size_bytes if self.redaction else self.size_bytes


class FileRedaction(models.Model):
    """Lines taken out of a frozen file because their examples were erased (docs/erasure.md).

    `sha256` and `size_bytes` are those of what is left. `positions` are the numbers of all lines of
    the frozen file that are gone by now.
    """

    append_only: ClassVar[bool] = True

    file = models.ForeignKey(DatasetFile, on_delete=models.PROTECT, related_name="redactions")
    positions = ArrayField(models.PositiveIntegerField())
    sha256 = models.CharField(max_length=64)
    size_bytes = models.PositiveBigIntegerField()
    redacted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("file", "pk")

    def __str__(self) -> str:
        return f"{self.file} without {len(self.positions)} lines"


class TrainingPrice(models.Model):
    """The price of a provider for a million training tokens, with the day on which it was read."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="training_prices")
    base_model = models.CharField(max_length=100)
    usd_per_million_tokens = models.DecimalField(max_digits=10, decimal_places=4)
    epochs = models.PositiveSmallIntegerField(default=3)
    as_of = models.DateField()
    set_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("-as_of", "-pk")

    def __str__(self) -> str:
        return f"{self.base_model}: {self.usd_per_million_tokens} USD as of {self.as_of}"


class VersionEvent(AuditEvent):
    """A freeze or an export of a dataset version."""

    version = models.ForeignKey(DatasetVersion, on_delete=models.PROTECT, related_name="events")

    class Meta(AuditEvent.Meta):
        abstract = False
