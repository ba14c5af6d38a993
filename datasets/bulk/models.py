"""Bulk actions and their examples."""

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils.translation import pgettext_lazy

from datasets.curation.models import GoldenExample, Revision
from datasets.ingest.models import ImportBatch
from reviewapp.core.fields import MessageField
from reviewapp.jobs.models import Job, JobState
from reviewapp.people.models import Project, User


class BulkKind(models.TextChoices):
    """What a bulk action does to each of its examples."""

    SUBMIT = "submit", pgettext_lazy("bulk action", "Submit for review")
    APPROVE = "approve", pgettext_lazy("bulk action", "Approve")
    REQUEST_CHANGES = "request_changes", pgettext_lazy("bulk action", "Request changes")
    LABEL = "label", pgettext_lazy("bulk action", "Change labels")
    ASSIGN = "assign", pgettext_lazy("bulk action", "Assign")
    SPLIT = "split", pgettext_lazy("bulk action", "Set the split")
    REPLACE_FINDINGS = "replace_findings", pgettext_lazy("bulk action", "Replace findings")
    REPLACE_TEXT = "replace_text", pgettext_lazy("bulk action", "Find and replace")
    REOPEN = "reopen", pgettext_lazy("bulk action", "Reopen")
    RETIRE = "retire", pgettext_lazy("bulk action", "Retire")
    DELETE = "delete", pgettext_lazy("bulk action", "Delete")
    TAKE_BACK = "take_back", pgettext_lazy("bulk action", "Take back an import")
    IMPORT_LABELS = "import_labels", pgettext_lazy("bulk action", "Labels of an import")
    UNDO = "undo", pgettext_lazy("bulk action", "Undo")


REVISING = frozenset(
    {
        BulkKind.LABEL,
        BulkKind.REPLACE_FINDINGS,
        BulkKind.REPLACE_TEXT,
        BulkKind.IMPORT_LABELS,
    }
)
"""The kinds that save a new revision, which undoes a submission and an approval."""


DELETING = frozenset({BulkKind.DELETE, BulkKind.TAKE_BACK})
"""The kinds that delete examples."""


OF_IMPORTS = frozenset({BulkKind.TAKE_BACK, BulkKind.IMPORT_LABELS})
"""The kinds that name an import: its examples are deleted, or it changed labels of others."""


class Stage(models.TextChoices):
    """How far a bulk action is: its examples are chosen, then checked, then changed."""

    SELECTED = "selected"
    CHECKING = "checking"
    CHANGING = "changing"


class Outcome(models.TextChoices):
    """What became of one example of a bulk action."""

    SELECTED = "selected"
    READY = "ready"
    REJECTED = "rejected"
    CHANGED = "changed"


class BulkActionQuerySet(models.QuerySet["BulkAction"]):
    """Queries for bulk actions."""

    def finished(self) -> Self:
        """Return those that have changed what they could."""
        return self.filter(stage=Stage.CHANGING, state=JobState.DONE)

    def with_undone(self) -> Self:
        """Annotate each with `is_undone`: whether an undo of it has finished."""
        undos = BulkAction.objects.filter(undoes=OuterRef("pk")).finished()
        return self.annotate(is_undone=Exists(undos))


class BulkAction(Job):
    """One action on many examples: a preview, then the job that changes them.

    `attempts` counts since an example was last finished.

    Attributes:
        params: what the kind needs: a reason, labels, a finding's code.
        query: the filter by which all matching examples were selected; empty if picked one by one.
        expected: how many examples the user saw; more or fewer may have matched. 0 where the user
            saw no exact number.
        selected: the examples it has.
        total, done: how many examples the present stage has, and how many of these are finished.
        undoes: the bulk action whose changes this one restores.
        batch: the import that is taken back, or that changed labels.
        created_by: None for an import by a command, which only records what it changed.
    """

    Kind, Stage = BulkKind, Stage
    LEASE_SECONDS: ClassVar[float] = 60

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="bulk_actions")
    kind = models.CharField(max_length=20, choices=BulkKind)
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.SELECTED)
    params = models.JSONField(default=dict)
    query = models.CharField(max_length=3000, blank=True)
    expected = models.PositiveIntegerField(default=0)
    selected = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    undoes = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="undone_by"
    )
    batch = models.ForeignKey(
        ImportBatch, null=True, blank=True, on_delete=models.PROTECT, related_name="take_backs"
    )
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    objects = BulkActionQuerySet.as_manager()

    class Meta(Job.Meta):
        abstract = False
        indexes = [models.Index(fields=["project", "-id"], name="bulk_action_project")]
        constraints = [
            *Job.Meta.constraints,
            models.CheckConstraint(
                name="bulk_action_kind_known",
                condition=Q(kind__in=BulkKind.values, stage__in=Stage.values),
            ),
            models.CheckConstraint(
                name="bulk_action_undo_names_its_action",
                condition=Q(kind=BulkKind.UNDO, undoes__isnull=False)
                | (~Q(kind=BulkKind.UNDO) & Q(undoes=None)),
            ),
            models.CheckConstraint(
                name="bulk_action_of_import_names_it",
                condition=Q(kind__in=sorted(OF_IMPORTS), batch__isnull=False)
                | (~Q(kind__in=sorted(OF_IMPORTS)) & Q(batch=None)),
            ),
            models.CheckConstraint(
                name="bulk_action_has_member_or_is_of_command",
                condition=Q(created_by__isnull=False) | Q(kind=BulkKind.IMPORT_LABELS),
            ),
            models.UniqueConstraint(
                name="bulk_action_labels_once_for_import",
                fields=["batch"],
                condition=Q(kind=BulkKind.IMPORT_LABELS),
            ),
            models.CheckConstraint(
                name="bulk_action_done_within_total", condition=Q(done__lte=models.F("total"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.pk})"

    @classmethod
    def lease_seconds(cls) -> float:
        """Return how long a worker may be silent: a chunk of examples takes less."""
        return cls.LEASE_SECONDS

    @property
    def member(self) -> User:
        """The member who started it; only a record of what a command changed has none."""
        if self.created_by is None:
            raise LookupError(f"{self} was recorded by a command.")
        return self.created_by

    def finished_undos(self) -> BulkActionQuerySet:
        """Return the undos of it that have finished."""
        return BulkAction.objects.filter(undoes=self).finished()

    def may_be_repeated(self) -> bool:
        """Return whether it was undone and its examples and parameters are all it needs."""
        is_own_kind = self.kind not in OF_IMPORTS | {BulkKind.UNDO}
        return is_own_kind and self.finished_undos().exists()

    @property
    def is_checked(self) -> bool:
        """Whether its preview is complete and nothing was changed yet."""
        return self.stage == Stage.CHECKING and self.state == JobState.DONE

    @property
    def is_deleting(self) -> bool:
        """Whether it deletes examples."""
        return self.kind in DELETING

    @property
    def has_changed(self) -> bool:
        """Whether it has changed what it could, or was stopped while it did."""
        return self.stage == Stage.CHANGING and self.is_over


class BulkItem(models.Model):
    """One example of a bulk action, as it was when it was selected, and what became of it.

    Attributes:
        revision: its latest revision when it was selected; a later one is not changed.
        was_state, was_approved, was_split: the columns that an undo restores.
        assignee: who gets it, of an assignment; None for nobody.
        reason: why it was rejected.
        event: the id of the example's event of the change; a later event prevents the undo.
    """

    action = models.ForeignKey(BulkAction, on_delete=models.CASCADE, related_name="items")
    example = models.ForeignKey(GoldenExample, on_delete=models.PROTECT, related_name="+")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="+")
    was_state = models.CharField(max_length=20)
    was_approved = models.ForeignKey(
        Revision, null=True, on_delete=models.PROTECT, related_name="+"
    )
    was_split = models.CharField(max_length=12, blank=True)
    assignee = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.SELECTED)
    reason = MessageField()
    event = models.BigIntegerField(null=True)

    class Meta:
        ordering = ("action", "example")
        constraints = [
            models.UniqueConstraint(fields=["action", "example"], name="bulk_item_unique"),
            models.CheckConstraint(
                name="bulk_item_outcome_known", condition=Q(outcome__in=Outcome.values)
            ),
            models.CheckConstraint(
                name="bulk_item_changed_names_its_event",
                condition=~Q(outcome=Outcome.CHANGED) | Q(event__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["action", "outcome", "example"], name="bulk_item_outcome")]

    def __str__(self) -> str:
        return f"example {self.example_id} of bulk action {self.action_id}"


Params = dict[str, Any]
