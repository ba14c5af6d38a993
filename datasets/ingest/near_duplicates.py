"""Reads the rows of an import that were near-duplicates of other examples."""

from django.db.models import Q, QuerySet

from datasets.curation.models import GoldenExample
from datasets.curation.visibility import readable_by
from datasets.ingest.models import ImportBatch, ImportNearDuplicate
from reviewapp.people.models import User

MAX_SHOWN = 100


def near_duplicates_of(batch: ImportBatch, user: User) -> list[ImportNearDuplicate]:
    """Return the first rows whose examples exist and may be read by the user."""
    if not batch.similar:
        return []
    readable = GoldenExample.objects.filter(readable_by(user, batch.project), project=batch.project)
    return [*present_rows(batch, readable)[:MAX_SHOWN]]


def present_rows(
    batch: ImportBatch, readable: QuerySet[GoldenExample] | None = None
) -> QuerySet[ImportNearDuplicate]:
    """Return the rows whose examples exist, by line; only readable ones if these are given."""
    examples = GoldenExample.objects.filter(project=batch.project) if readable is None else readable
    present = examples.values("pk")
    return batch.near_duplicate_rows.filter(
        Q(example=None) | Q(example__in=present), other__in=present
    )
