"""The life of an import batch: waiting, claimed by one worker, done or failed."""

from datetime import timedelta
from pathlib import PurePath
from uuid import uuid4

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from datasets.curation.models import GoldenExample, Intent
from datasets.ingest.files.source import Source
from datasets.ingest.models import MAX_ATTEMPTS, ImportBatch
from reviewapp.core.errors import PermissionDeniedError
from reviewapp.core.lookalikes import lookalikes
from reviewapp.people.models import Project, ProjectEvent, User
from reviewapp.people.permissions import Permission, permission_denied_reason

MAX_NAME_LENGTH, MAX_SOURCE_LENGTH, MAX_PROBLEM_LENGTH = 255, 120, 500


class ClaimLost(Exception):
    """Another worker holds this import by now; this one writes nothing more."""


@transaction.atomic
def create_batch(
    *,
    project: Project,
    file: Source,
    name: str,
    source: str = "",
    stored_path: str = "",
    actor: User | None,
) -> ImportBatch:
    """Create the import of a file. `actor` None is the system (a command).

    Args:
        project: the project that gets the examples.
        file: the opened file.
        name: the file's name as shown to people.
        source: the source of the examples; the file's name if empty.
        stored_path: where a worker finds the bytes, below the data folder; empty for a command.
        actor: the person who imports.

    Raises:
        PermissionDeniedError: the actor is neither annotator nor lead.
    """
    if actor is not None and (
        denied_reason := permission_denied_reason(actor, project, Permission.CURATE)
    ):
        raise PermissionDeniedError(denied_reason)
    name, source = _as_text(PurePath(name).name), _as_text(source)
    batch = ImportBatch.objects.create(
        project=project,
        file_name=name[:MAX_NAME_LENGTH],
        stored_path=stored_path,
        format=file.format,
        source=(source or name)[:MAX_SOURCE_LENGTH],
        bytes_total=file.size,
        # Named before a row is made; the rows are counted as they come.
        unread=dict.fromkeys((name[:80] for name in file.unread[:50]), 0),
        created_by=actor,
    )
    ProjectEvent.objects.create(
        project=project,
        actor=actor,
        action="import_file",
        after=batch.file_name[:200],
        detail={"batch": batch.pk, "bytes": file.size},
    )
    return batch


def _as_text(name: str) -> str:
    """Return a name without the bytes that are not text, which a disk allows."""
    return name.encode(errors="replace").decode()


def claim_batch(*, batch_id: int) -> ImportBatch | None:
    """Take an import to work on; None if it is finished, given up, or another worker holds it."""
    now, claim = timezone.now(), uuid4()
    fail_lost_uploads(batch_id=batch_id)
    waiting = ImportBatch.objects.claimable(now).filter(pk=batch_id)
    taken = waiting.update(
        state=ImportBatch.State.RUNNING, claim=claim, heartbeat_at=now, attempts=F("attempts") + 1
    )
    if not taken:
        return None
    ImportBatch.objects.filter(pk=batch_id, started_at=None).update(started_at=now)
    return ImportBatch.objects.select_related("project", "created_by").filter(claim=claim).first()


def renew_claim(*, batch: ImportBatch) -> bool:
    """Renew the claim of an import that is still being read; return whether it is still held."""
    mine = ImportBatch.objects.filter(
        pk=batch.pk, claim=batch.claim, state=ImportBatch.State.RUNNING
    )
    return bool(mine.update(heartbeat_at=timezone.now()))


def fail_lost_uploads(*, batch_id: int | None = None) -> int:
    """Mark imports whose worker was lost too often at the same place as failed; return how many."""
    lost = ImportBatch.objects.claimable(timezone.now()).exhausted()
    if batch_id is not None:
        lost = lost.filter(pk=batch_id)
    given_up = 0
    for batch in lost.only("pk", "claim", "read", "stored_path"):
        same = ImportBatch.objects.filter(pk=batch.pk, claim=batch.claim)
        changed = same.filter(state=ImportBatch.State.RUNNING).update(
            state=ImportBatch.State.FAILED,
            problem=(
                f"It was given up: {MAX_ATTEMPTS} workers were lost after row {batch.read:,}. "
                "What was imported stays. Split the file after that row and import the parts."
            ),
            finished_at=timezone.now(),
            claim=None,
        )
        if changed and batch.stored_path:
            default_storage.delete(batch.stored_path)
        given_up += changed
    return given_up


@transaction.atomic
def cancel_batch(*, batch_id: int, actor: User) -> bool:
    """Stop an import that waits or runs; return whether it was still to be stopped.

    The worker notices with its next chunk. What was imported stays.

    Raises:
        PermissionDeniedError: the actor is neither annotator nor lead.
    """
    batch = ImportBatch.objects.select_for_update(of=("self",)).select_related("project")
    row = batch.get(pk=batch_id)
    if denied_reason := permission_denied_reason(actor, row.project, Permission.CURATE):
        raise PermissionDeniedError(denied_reason)
    if row.state not in {ImportBatch.State.WAITING, ImportBatch.State.RUNNING}:
        return False
    row.state, row.claim, row.finished_at = ImportBatch.State.FAILED, None, timezone.now()
    row.problem = f"Cancelled by {actor}. What was imported until then stays."[:MAX_PROBLEM_LENGTH]
    row.save(update_fields=["state", "claim", "finished_at", "problem"])
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


def held(batch: ImportBatch) -> ImportBatch:
    """Lock an import's row and return it as it stands.

    Raises:
        ClaimLost: it was given to another worker, or given up.
    """
    mine = ImportBatch.objects.select_for_update().filter(
        pk=batch.pk, claim=batch.claim, state=ImportBatch.State.RUNNING
    )
    row = mine.first()
    if row is None:
        raise ClaimLost
    return row


@transaction.atomic
def finish_batch(*, batch: ImportBatch) -> ImportBatch:
    """Write down that every row of the file was read.

    Raises:
        ClaimLost: another worker holds it.
    """
    row = held(batch)
    row.state = ImportBatch.State.DONE
    row.bytes_read, row.finished_at = row.bytes_total, timezone.now()
    row.claim = None
    row.save(update_fields=["state", "bytes_read", "finished_at", "claim"])
    return row


@transaction.atomic
def fail_batch(*, batch: ImportBatch, problem: str) -> None:
    """Write down why an import ended early, if this worker still holds it. What is stored stays."""
    ImportBatch.objects.filter(
        pk=batch.pk, claim=batch.claim, state=ImportBatch.State.RUNNING
    ).update(
        state=ImportBatch.State.FAILED,
        problem=problem[:MAX_PROBLEM_LENGTH],
        finished_at=timezone.now(),
        claim=None,
    )


def fail_lost_commands() -> int:
    """Mark imports whose command was killed as failed; return how many. Nobody else can go on."""
    lost = timezone.now() - timedelta(seconds=settings.IMPORT_LEASE_SECONDS)
    running = ImportBatch.objects.filter(
        state=ImportBatch.State.RUNNING, stored_path="", heartbeat_at__lt=lost
    )
    return running.update(
        state=ImportBatch.State.FAILED,
        problem="The command was killed. Run it again: rows that are there count as unchanged.",
        finished_at=timezone.now(),
        claim=None,
    )
