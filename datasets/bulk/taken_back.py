"""What the page of an import shows about taking it back."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from datasets.bulk.models import BulkAction, BulkKind, Stage
from datasets.curation.models import GoldenExample
from datasets.ingest.models import ImportBatch
from reviewapp.jobs.models import JobState
from reviewapp.people.models import User
from reviewapp.people.permissions import Permission


def take_back_facts(
    batch: ImportBatch, user: User, permissions: frozenset[Permission]
) -> dict[str, Any]:
    """Return the confirmed bulk actions that took an import back, and whether the user may.

    `label_changes` is as of `label_changes_of`.
    """
    confirmed = BulkAction.objects.filter(
        batch=batch, kind=BulkKind.TAKE_BACK, stage=Stage.CHANGING
    )
    is_own = batch.created_by_id == user.pk or Permission.LEAD in permissions
    return {
        "take_backs": confirmed.select_related("created_by").order_by("-pk"),
        "label_changes": label_changes_of(batch),
        "may_take_back": batch.is_over
        and is_own
        and GoldenExample.objects.filter(batch=batch).exists(),
    }


def label_changes_of(batch: ImportBatch) -> int | None:
    """Return the id of the bulk action that records the labels an import changed; None without."""
    if not batch.labels_changed:
        return None
    found = BulkAction.objects.filter(batch=batch, kind=BulkKind.IMPORT_LABELS)
    return found.values_list("pk", flat=True).first()


def with_taken_back(batches: QuerySet[ImportBatch]) -> QuerySet[ImportBatch]:
    """Give each import `is_taken_back`: whether it was taken back and that was not undone."""
    undone = BulkAction.objects.filter(undoes=OuterRef("pk"), stage=Stage.CHANGING)
    taken = BulkAction.objects.filter(
        ~Exists(undone),
        kind=BulkKind.TAKE_BACK,
        batch=OuterRef("pk"),
        stage=Stage.CHANGING,
        state=JobState.DONE,
    )
    return batches.annotate(is_taken_back=Exists(taken))
