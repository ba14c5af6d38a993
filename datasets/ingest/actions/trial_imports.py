"""Trial imports: an uploaded file is looked at first, then imported or discarded."""

from functools import partial

from django.core.files.storage import default_storage
from django.db import transaction

from datasets.ingest.actions.batches import finish_batch
from datasets.ingest.actions.trial import DryRunCounts, dry_run_import
from datasets.ingest.files.source import Source
from datasets.ingest.models import ImportBatch, ImportRejection
from reviewapp.core.errors import InvalidTransition
from reviewapp.core.messages import message
from reviewapp.jobs.actions import ClaimLost, Heartbeat, continue_job
from reviewapp.jobs.models import JobState
from reviewapp.people.models import ProjectEvent, User
from reviewapp.people.permissions import Permission, require_permission

MAX_LISTED_ERRORS = 1000
SHOWN = (
    *("read", "created", "unchanged", "rejected", "findings", "relabelled", "similar"),
    *("notes", "unread", "bytes_read", "preview"),
)


def run_trial(batch: ImportBatch, file: Source) -> None:
    """Read the whole file, and store on the batch what importing it would do.

    Raises:
        ClaimLost: another worker holds it, or it was cancelled.
    """
    with Heartbeat(batch) as heartbeat:

        def show(counts: DryRunCounts) -> None:
            heartbeat.record_progress()
            _show(batch, counts)

        counts = dry_run_import(
            project=batch.project,
            file=file,
            max_errors=MAX_LISTED_ERRORS,
            batch=batch,
            on_progress=show,
        )
    with transaction.atomic():
        ImportRejection.objects.filter(batch=batch).delete()
        ImportRejection.objects.bulk_create(
            ImportRejection(batch=batch, line=row.line, message=row.message)
            for row in counts.errors
        )
        finish_batch(batch=batch)


def _show(batch: ImportBatch, counts: DryRunCounts) -> None:
    mine = ImportBatch.objects.filter(pk=batch.pk, claim=batch.claim, state=JobState.RUNNING)
    if not mine.update(**{name: getattr(counts, name) for name in SHOWN}):
        raise ClaimLost


@transaction.atomic
def import_looked_at(*, batch_id: int, actor: User) -> bool:
    """Import the file of a trial import; return False if that was started already.

    Raises:
        PermissionDeniedError: the actor is neither annotator nor lead.
        InvalidTransition: the trial is not done, or its file was deleted.
    """
    batch = _locked(batch_id, actor)
    if not batch.is_trial:
        return False
    if batch.state != JobState.DONE or not default_storage.exists(batch.stored_path):
        raise InvalidTransition(message("ingest.trial_not_done"))
    ImportRejection.objects.filter(batch=batch).delete()
    empty = {name: getattr(ImportBatch(), name) for name in SHOWN}
    continue_job(batch, **empty, is_trial=False, created_by=actor)
    _record(batch, "import_file", actor)
    return True


@transaction.atomic
def discard_trial(*, batch_id: int, actor: User) -> None:
    """Delete a trial import with its file.

    Raises:
        PermissionDeniedError: the actor is neither annotator nor lead.
        InvalidTransition: it is being read, or is an import by now.
    """
    batch = _locked(batch_id, actor)
    if not batch.is_trial or not batch.is_over:
        raise InvalidTransition(message("ingest.trial_not_done"))
    _record(batch, "discard_file", actor)
    delete_trial(batch)


def delete_trial(batch: ImportBatch) -> None:
    """Delete a trial import with its listed rows and its file, after the commit."""
    ImportRejection.objects.filter(batch=batch).delete()
    transaction.on_commit(partial(default_storage.delete, batch.stored_path))
    batch.delete()


def _locked(batch_id: int, actor: User) -> ImportBatch:
    rows = ImportBatch.objects.select_for_update(of=("self",)).select_related("project")
    batch = rows.get(pk=batch_id)
    require_permission(actor, batch.project, Permission.CURATE)
    return batch


def _record(batch: ImportBatch, action: str, actor: User) -> None:
    ProjectEvent.objects.create(
        project=batch.project,
        actor=actor,
        action=action,
        after=batch.file_name[:200],
        detail={"batch": batch.pk, "bytes": batch.bytes_total},
    )
