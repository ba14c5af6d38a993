"""What the page of an import shows about taking it back."""

from typing import Any

from datasets.bulk.models import BulkAction, Stage
from datasets.curation.models import GoldenExample
from datasets.ingest.models import ImportBatch
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
