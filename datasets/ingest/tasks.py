"""The job of importing an uploaded file."""

from datasets.ingest import actions as imports
from datasets.ingest.models import ImportBatch
from reviewapp.jobs.actions import jobs_to_send
from reviewapp.jobs.tasks import register_job


def _run(batch_id: int) -> None:
    imports.import_upload(batch_id=batch_id)


def _to_send() -> list[int]:
    # A command does its own imports.
    return jobs_to_send(ImportBatch.objects.exclude(stored_path=""))


IMPORTS = register_job("import", ImportBatch, run=_run, to_send=_to_send)
