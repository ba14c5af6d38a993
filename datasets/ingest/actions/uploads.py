"""Uploaded files: kept below the data folder until a worker has read them."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import DataError, IntegrityError, transaction

from datasets.ingest.actions.batches import (
    INTERRUPTED,
    claim_batch,
    create_batch,
    fail_batch,
    first_line,
    record_format,
    set_choices,
)
from datasets.ingest.actions.running import ImportJob, run_batch
from datasets.ingest.actions.trial_imports import record_unmapped, run_trial
from datasets.ingest.files.columns import UnmappedTable
from datasets.ingest.files.mapping import NO_MAPPING, check_mapping
from datasets.ingest.files.opening import check_beginning, open_source
from datasets.ingest.files.raw import UnreadableFile
from datasets.ingest.files.source import Format, Source
from datasets.ingest.models import ImportBatch, Labels, NearDuplicates
from datasets.ingest.rejects import RejectFile
from reviewapp.core.errors import DomainError
from reviewapp.core.messages import message
from reviewapp.jobs.actions import ClaimLost, Heartbeat
from reviewapp.people.models import Project, User

logger = logging.getLogger(__name__)

FOLDER = "imports"


def accept_upload(  # noqa: PLR0913 the fields of the form
    *,
    project: Project,
    upload: "UploadedFile[Any]",
    format_: str,
    source: str,
    near_duplicates: str = NearDuplicates.KEEP,
    labels: str = Labels.KEEP,
    mapping: Mapping[str, str] = NO_MAPPING,
    is_trial: bool = False,
    actor: User,
) -> ImportBatch:
    """Keep an uploaded file and write down that it is to be imported, or only looked at.

    Only its first MB is looked at while the sender waits; the worker that imports it checks the
    rest before it stores a row. A trial takes a table whose columns are to be mapped first. The
    name on the disk is ours: what a browser calls a file is only ever shown.

    Raises:
        UnreadableFile: the beginning says that the file cannot be read; nothing is kept.
        PermissionDeniedError: the actor is neither annotator nor lead.
    """
    stored = default_storage.save(f"{FOLDER}/{uuid4().hex}", upload)
    name = upload.name or "upload"
    try:
        file = _checked(stored, name=name, format_=format_, mapping=mapping, is_trial=is_trial)
        with transaction.atomic():
            batch = create_batch(
                project=project,
                file=file,
                name=name,
                source=source,
                stored_path=stored,
                is_trial=is_trial,
                actor=actor,
            )
            set_choices(batch, near_duplicates=near_duplicates, labels=labels)
    except DomainError as error:
        default_storage.delete(stored)
        if isinstance(error, UnreadableFile):
            error.field = "upload"
        raise
    return batch


def _checked(
    stored: str, *, name: str, format_: str, mapping: Mapping[str, str], is_trial: bool
) -> Source:
    path = Path(default_storage.path(stored))
    check_mapping(mapping)
    try:
        return check_beginning(path, format_=format_, name=name, mapping=mapping)
    except UnmappedTable:
        if not is_trial:
            raise
        return Source(path, path.stat().st_size, Format(format_), mapping=mapping)


def import_upload(*, batch_id: int) -> None:
    """Import an uploaded file, or go on with one whose worker was lost; safe to call twice."""
    batch = claim_batch(batch_id=batch_id)
    if batch is None:
        return  # Finished, or another worker holds it.
    try:
        _import(batch)
        if batch.is_trial:
            return  # The file is kept for the import itself.
    except ClaimLost:
        return
    except UnmappedTable as error:
        if batch.is_trial:
            record_unmapped(batch, error)
            return
        fail_batch(batch=batch, code="unreadable", error=error.message)
    except UnreadableFile as error:
        fail_batch(batch=batch, code="unreadable", error=error.message)
    except (DataError, IntegrityError, OSError) as error:
        logger.exception("Import %s ended early", batch.pk)
        fail_batch(
            batch=batch,
            code=INTERRUPTED,
            error=message(
                "ingest.look_failed" if batch.is_trial else "ingest.upload_failed",
                reason=first_line(error),
            ),
        )
    default_storage.delete(batch.stored_path)


def stored_reject_path(batch: ImportBatch) -> str:
    """Return where the rejected rows of an upload are, below the folder of uploads."""
    return f"{batch.stored_path}.rejected.jsonl"


def _import(batch: ImportBatch) -> None:
    path = Path(default_storage.path(batch.stored_path))
    # Unpacking a large file may take longer than the lease.
    with Heartbeat(batch):
        file = open_source(path, format_=batch.format, name=batch.file_name, mapping=batch.mapping)
    record_format(batch=batch, file=file)
    if batch.is_trial:
        run_trial(batch, file)
        return
    rejects = Path(default_storage.path(stored_reject_path(batch)))
    run_batch(ImportJob(batch, file, RejectFile(rejects, keep=batch.rejected, header=file.header)))
