"""Records what an import changed as a bulk action, which can then be undone like any other."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from datasets.bulk.actions.targets import latest_events
from datasets.bulk.models import BulkAction, BulkItem, BulkKind, Outcome, Stage
from datasets.ingest.models import ImportBatch
from datasets.ingest.signals import Relabelled
from reviewapp.jobs.models import JobState


@transaction.atomic
def on_labels_changed(*, batch: ImportBatch, relabelled: Sequence[Relabelled], **_: object) -> None:
    """Add the examples whose labels an import has just changed to the record of the import.

    An example that a file changes twice is undone to what it was before the first time.
    """
    action, _created = BulkAction.objects.get_or_create(
        kind=BulkKind.IMPORT_LABELS,
        batch=batch,
        defaults={
            "project": batch.project,
            "stage": Stage.CHANGING,
            "state": JobState.DONE,
            "created_by": batch.created_by,
        },
    )
    events = latest_events([before.example_id for before in relabelled])
    BulkItem.objects.bulk_create(
        (
            BulkItem(
                action=action,
                example_id=before.example_id,
                revision_id=before.revision_id,
                was_state=before.state,
                was_approved_id=before.approved_id,
                was_split=before.split,
                outcome=Outcome.CHANGED,
                event=events[before.example_id],
            )
            for before in relabelled
        ),
        update_conflicts=True,
        unique_fields=["action", "example"],
        update_fields=["event"],
    )
    changed = action.items.count()
    BulkAction.objects.filter(pk=action.pk).update(
        expected=changed, selected=changed, total=changed, done=changed, finished_at=timezone.now()
    )
