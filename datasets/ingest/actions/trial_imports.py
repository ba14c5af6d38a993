"""Trial imports: an uploaded file is looked at first, then imported or discarded."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction

from datasets.ingest.actions.batches import finish_batch
from datasets.ingest.actions.trial import DryRunCounts, dry_run_import
from datasets.ingest.files.columns import UnmappedTable
from datasets.ingest.files.mapping import MAX_MAPPED, check_mapping
from datasets.ingest.files.opening import check_beginning
from datasets.ingest.files.source import Source
from datasets.ingest.models import UNMAPPED, ImportBatch, ImportRejection
from reviewapp.core.errors import InvalidTransition
from reviewapp.core.messages import message
from reviewapp.jobs.actions import ClaimLost, Heartbeat, continue_job, fail_job, restart_jobs
from reviewapp.jobs.models import JobState
from reviewapp.people.models import ProjectEvent, User
from reviewapp.people.permissions import Permission, require_permission

MAX_LISTED_ERRORS = 1000
# Keys of messages are named so; only those of rows can be mapped.
MESSAGE_KEYS = "messages."
SHOWN = (
    *("read", "created", "unchanged", "rejected", "findings", "relabelled"),
    *("labels_changed", "similar"),
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
            labels=batch.labels,
            on_progress=show,
        )
    with transaction.atomic():
        ImportBatch.objects.filter(pk=batch.pk).update(mappable=_mappable(counts))
        ImportRejection.objects.filter(batch=batch).delete()
        ImportRejection.objects.bulk_create(
            ImportRejection(batch=batch, line=row.line, message=row.message)
            for row in counts.errors
        )
        finish_batch(batch=batch)


def _mappable(counts: DryRunCounts) -> list[str]:
    keys = dict.fromkeys([*counts.unrecognised, *counts.unread])
    return [key for key in keys if not key.startswith(MESSAGE_KEYS)]


def record_unmapped(batch: ImportBatch, error: UnmappedTable) -> None:
    """Record why the table of a trial cannot be read, and the columns that may be mapped."""
    columns = list(error.columns[:MAX_MAPPED])
    fail_job(batch, UNMAPPED, error.message, mappable=columns)


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
    continue_job(batch, **empty, mappable=[], is_trial=False, created_by=actor)
    _record(batch, "import_file", actor)
    return True


@transaction.atomic
def map_columns(*, batch_id: int, mapping: Mapping[str, str], actor: User) -> None:
    """Look at the file of a trial import once more, with columns and keys mapped so.

    Raises:
        InvalidInput: the mapping makes no sense, or does not fit the beginning of the file.
        PermissionDeniedError: the actor is neither annotator nor lead.
        InvalidTransition: the trial is not done, or its file was deleted.
    """
    batch = _locked(batch_id, actor)
    if not batch.may_be_mapped or not default_storage.exists(batch.stored_path):
        raise InvalidTransition(message("ingest.trial_not_done"))
    check_mapping(mapping)
    path = Path(default_storage.path(batch.stored_path))
    check_beginning(path, format_=batch.format, name=batch.file_name, mapping=mapping)
    empty = {name: getattr(ImportBatch(), name) for name in SHOWN}
    columns = {**empty, "mapping": dict(mapping)}
    if not continue_job(batch, **columns):
        restart_jobs(ImportBatch.objects.filter(pk=batch.pk), **columns)
    ImportRejection.objects.filter(batch=batch).delete()
    _record(batch, "map_columns", actor, mapping=dict(mapping))


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


def _record(batch: ImportBatch, action: str, actor: User, **detail: Any) -> None:
    ProjectEvent.objects.create(
        project=batch.project,
        actor=actor,
        action=action,
        after=batch.file_name[:200],
        detail={"batch": batch.pk, "bytes": batch.bytes_total, **detail},
    )
