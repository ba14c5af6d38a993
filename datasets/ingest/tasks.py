"""Couriers of imports: ids in, claim, read, store. The batch knows how far it is."""

from celery import shared_task
from django.utils import timezone

from datasets.ingest import actions as imports
from datasets.ingest.models import ImportBatch


@shared_task(name="datasets.import_upload", acks_late=True)  # type: ignore[untyped-decorator]
def import_upload(batch_id: int) -> None:
    """Import one uploaded file. Safe to deliver twice: a batch is claimed once."""
    imports.import_upload(batch_id=batch_id)


@shared_task(name="datasets.wake_imports")  # type: ignore[untyped-decorator]
def wake_imports() -> None:
    """Send imports whose message or worker was lost, and give up those that cannot go on."""
    imports.fail_lost_commands()
    imports.fail_lost_uploads()
    waiting = ImportBatch.objects.claimable(timezone.now()).uploaded()
    for batch_id in waiting.values_list("pk", flat=True):
        import_upload.delay(batch_id)
