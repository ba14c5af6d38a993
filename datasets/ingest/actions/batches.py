"""The life of an import batch: waiting, claimed by one worker, done or failed."""

from pathlib import PurePath

from django.db import transaction
from django.db.models import F

from datasets.curation.models import GoldenExample, Intent
from datasets.ingest.files.source import Source
from datasets.ingest.models import ImportBatch
from datasets.ingest.signals import import_failed
from reviewapp.core.lookalikes import lookalikes
from reviewapp.core.messages import Message, message
from reviewapp.jobs.actions import ClaimLost, cancel_job, claim_job, fail_job, finish_job
from reviewapp.people.models import Project, ProjectEvent, User
from reviewapp.people.permissions import Permission, require_permission

MAX_NAME_LENGTH, MAX_SOURCE_LENGTH, MAX_REASON_LENGTH = 255, 120, 300
INTERRUPTED = "interrupted"


@transaction.atomic
def create_batch(  # noqa: PLR0913 what a file is and where it goes
    *,
    project: Project,
    file: Source,
    name: str,
    source: str = "",
    stored_path: str = "",
    is_trial: bool = False,
    actor: User | None,
) -> ImportBatch:
    """Create the import of a file. `actor` None is the system (a command).

    Args:
        project: the project that gets the examples.
        file: the opened file, with the mapping that it was opened with.
        name: the file's name as shown to people.
        source: the source of the examples; the file's name if empty.
        stored_path: where a worker finds the bytes, below the data folder; empty for a command.
        is_trial: only look at the file.
        actor: the person who imports.

    Raises:
        PermissionDeniedError: the actor is neither annotator nor lead.
    """
    require_permission(actor, project, Permission.CURATE)
    name, source = _as_text(PurePath(name).name), _as_text(source)
    batch = ImportBatch.objects.create(
        project=project,
        file_name=name[:MAX_NAME_LENGTH],
        stored_path=stored_path,
        format=file.format,
        source=(source or name)[:MAX_SOURCE_LENGTH],
        bytes_total=file.size,
        unread=_unread(file),
        notes=dict(file.notes),
        mapping=dict(file.mapping),
        shape=file.shape,
        table_header=file.header,
        is_trial=is_trial,
        created_by=actor,
    )
    ProjectEvent.objects.create(
        project=project,
        actor=actor,
        action="look_at_file" if is_trial else "import_file",
        after=batch.file_name[:200],
        detail={"batch": batch.pk, "bytes": file.size},
    )
    return batch


def set_choices(batch: ImportBatch, *, near_duplicates: str, labels: str) -> None:
    """Store what an import that has not begun does with near-duplicates and with labels."""
    batch.near_duplicates, batch.labels = near_duplicates, labels
    batch.save(update_fields=["near_duplicates", "labels"])


def _as_text(name: str) -> str:
    """Return a name without the bytes that are not text, which a disk allows."""
    return name.encode(errors="replace").decode()


def _unread(file: Source) -> dict[str, int]:
    """Return the columns that are not read, named before a row is made; rows are counted later."""
    return dict.fromkeys((name[:80] for name in file.unread[:50]), 0)


def record_format(*, batch: ImportBatch, file: Source) -> None:
    """Store what the whole file turned out to be, where its beginning did not tell."""
    found = {
        "format": file.format,
        "bytes_total": file.size,
        "table_header": file.header,
        "shape": file.shape,
    }
    if not batch.read:
        found |= {"unread": _unread(file), "notes": dict(file.notes)}
    for name, value in found.items():
        setattr(batch, name, value)
    ImportBatch.objects.filter(pk=batch.pk, claim=batch.claim).update(**found)


def claim_batch(*, batch_id: int) -> ImportBatch | None:
    """Take an import to work on; None if it is finished, given up, or another worker holds it."""
    return claim_job(ImportBatch, batch_id)


@transaction.atomic
def cancel_batch(*, batch_id: int, actor: User) -> bool:
    """Stop an import that waits or runs; return whether it was still to be stopped.

    The worker notices with its next chunk. What was imported stays.

    Raises:
        PermissionDeniedError: the actor is neither annotator nor lead.
    """
    batch = ImportBatch.objects.select_for_update(of=("self",)).select_related("project")
    row = batch.get(pk=batch_id)
    require_permission(actor, row.project, Permission.CURATE)
    sentence = "ingest.cancelled_look" if row.is_trial else "ingest.cancelled"
    if not cancel_job(row, error=message(sentence, member=str(actor))):
        return False
    ProjectEvent.objects.create(
        project=row.project,
        actor=actor,
        action="cancel_import",
        after=row.file_name[:200],
        detail={"batch": row.pk, "read": row.read},
    )
    return True


def similar_intents(batch: ImportBatch) -> list[list[str]]:
    """Return the project's intents that differ only in spelling from one in this import."""
    used = set(
        GoldenExample.objects.filter(batch=batch, intent__isnull=False)
        .order_by()
        .values_list("intent__name", flat=True)
        .distinct()
    )
    names = Intent.objects.filter(project=batch.project_id).values_list("name", flat=True)
    return [group for group in lookalikes(names) if used.intersection(group)]


def finish_batch(*, batch: ImportBatch) -> ImportBatch:
    """Write down that every row of the file was read.

    Raises:
        ClaimLost: another worker holds it.
    """
    if not finish_job(batch, bytes_read=F("bytes_total")):
        raise ClaimLost
    batch.refresh_from_db()
    return batch


def fail_batch(*, batch: ImportBatch, code: str, error: Message) -> None:
    """Record why an import ended early, if this worker still holds it. Stored rows are kept."""
    if fail_job(batch, code, error):
        import_failed.send(sender=ImportBatch, batch=batch)


def first_line(error: Exception) -> str:
    """Return what an error of the database or the system says, without its details."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].rstrip(".")[:MAX_REASON_LENGTH]
