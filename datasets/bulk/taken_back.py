"""What the page of an import shows about taking it back."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from datasets.bulk.models import BulkAction, Stage
from datasets.curation.models import GoldenExample
from datasets.ingest.models import ImportBatch
from reviewapp.jobs.models import JobState
from reviewapp.people.models import User
from reviewapp.people.permissions import Permission


def take_back_facts(
    batch: ImportBatch, user: User, permissions: frozenset[Permission]
) -> dict[str, Any]:
    """Return the confirmed bulk actions that took an import back, and whether the user may."""
    confirmed = BulkAction.objects.filter(batch=batch, stage=Stage.CHANGING)
    is_own = batch.created_by_id == user.pk or Permission.LEAD in permissions
    return {
        "take_backs": confirmed.select_related("created_by").order_by("-pk"),
        "may_take_back": batch.is_over
        and is_own
        and GoldenExample.objects.filter(batch=batch).exists(),
    }


def with_taken_back(batches: QuerySet[ImportBatch]) -> QuerySet[ImportBatch]:
    """Give each import `is_taken_back`: whether it was taken back and that was not undone."""
    undone = BulkAction.objects.filter(undoes=OuterRef("pk"), stage=Stage.CHANGING)
    taken = BulkAction.objects.filter(
        ~Exists(undone), batch=OuterRef("pk"), stage=Stage.CHANGING, state=JobState.DONE
    )
    return batches.annotate(is_taken_back=Exists(taken))
