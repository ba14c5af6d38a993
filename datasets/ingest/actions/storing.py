"""Stores a chunk of rows with their revisions, findings and events, in one transaction."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from datasets.curation.actions.revision_storage import (
    finding_values,
    inspection_settings_for,
    queue_values,
    revision_values,
    text_values,
)
from datasets.curation.lifecycle import Action, State
from datasets.curation.models import (
    ExampleEvent,
    ExampleText,
    Finding,
    GoldenExample,
    Intent,
    Revision,
)
from datasets.ingest.actions.known import known_hashes, new_rows, taken_rows
from datasets.ingest.actions.labels import (
    change_labels,
    find_label_differences,
    store_differences,
)
from datasets.ingest.actions.near_duplicates import (
    ComparedRows,
    compare_rows,
    store_near_duplicates,
)
from datasets.ingest.files.raw import Outcome, PreparedRow, RejectedRow
from datasets.ingest.models import ImportBatch, ImportRejection
from datasets.inspections import Severity
from datasets.similarity.actions import sign_new_examples
from reviewapp.core.db.copying import copy_rows, reserve_ids
from reviewapp.jobs.actions import lock_claimed
from reviewapp.people.models import Project, ProjectEvent

# Together with a project's id: the advisory lock under which its rows are compared and added.
IMPORT_LOCK = 7_401


@dataclass(frozen=True)
class NewRow:
    """A prepared row with the keys it will have."""

    prepared: PreparedRow
    example_id: int
    revision_id: int
    intent_id: int | None


@transaction.atomic
def store_chunk(*, batch: ImportBatch, outcomes: Sequence[Outcome]) -> ImportBatch:
    """Store the next rows of an import and count them; return the updated batch.

    Raises:
        ClaimLost: another worker holds this import; nothing was written.
    """
    lock_project(batch.project)
    row = lock_claimed(batch)
    rows = taken_rows(outcomes)
    rejected = [outcome for outcome in outcomes if isinstance(outcome, RejectedRow)]
    known = known_hashes(batch.project, [read.content_hash for read in rows])
    fresh = new_rows(rows, known, inspection_settings_for(batch.project))
    compared = compare_rows(batch, fresh)
    _store(batch, compared)
    ImportRejection.objects.bulk_create(
        ImportRejection(batch=batch, line=reject.line, message=reject.message)
        for reject in rejected
    )
    row.read += len(outcomes)
    taken = [reserved.prepared for reserved in compared.taken]
    row.created += len(taken)
    row.unchanged += len(rows) - len(taken)
    row.similar += len(compared.near)
    row.rejected += len(rejected)
    row.findings += sum(len(new.findings) for new in taken)
    row.notes = added(row.notes, (note for new in taken for note in new.row.notes))
    row.unread = added(row.unread, (name for new in taken for name in new.row.unread))
    differences = change_labels(batch, find_label_differences(batch.project, rows, fresh))
    store_differences(batch, differences)
    row.relabelled += len(differences)
    row.labels_changed += sum(bool(difference.changed) for difference in differences)
    row.bytes_read, row.heartbeat_at = outcomes[-1].end, timezone.now()
    row.attempts = 0
    row.save(update_fields=[*COUNTS, "notes", "unread", "bytes_read", "heartbeat_at", "attempts"])
    return row


COUNTS = (
    *("read", "created", "unchanged", "rejected", "findings"),
    *("relabelled", "labels_changed", "similar"),
)
# A file may have random keys; a page with more of them would not be read.
MAX_UNREAD_NAMES, MAX_UNREAD_NAME_LENGTH = 50, 80


def added(counts: Mapping[str, int], names: Iterable[str]) -> dict[str, int]:
    """Return the counts plus one for each name; at most MAX_UNREAD_NAMES names are kept."""
    total = dict(counts)
    for name, count in Counter(name[:MAX_UNREAD_NAME_LENGTH] for name in names).items():
        if name in total or len(total) < MAX_UNREAD_NAMES:
            total[name] = total.get(name, 0) + count
    return total


def lock_project(project: Project) -> None:
    """Allow only this import to compare and add rows of the project until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [IMPORT_LOCK, project.pk])


def _store(batch: ImportBatch, compared: ComparedRows) -> None:
    store_near_duplicates(batch, compared)
    rows = compared.taken
    if not rows:
        return
    intents = _intents(batch, {row.prepared.row.content.intent for row in rows} - {""})
    new = [
        NewRow(
            row.prepared,
            row.example_id,
            revision_id,
            intents.get(row.prepared.row.content.intent),
        )
        for row, revision_id in zip(rows, reserve_ids(Revision, len(rows)), strict=True)
    ]
    copy_rows(GoldenExample, (_example(batch, row) for row in new))
    copy_rows(ExampleText, (_text(batch, row) for row in new))
    copy_rows(Revision, (_revision(batch, row) for row in new))
    copy_rows(Finding, (finding for row in new for finding in _findings(row)))
    copy_rows(ExampleEvent, (_event(batch, row) for row in new))
    sign_new_examples(batch.project_id, compared.signed, compared.like)


def _intents(batch: ImportBatch, names: set[str]) -> dict[str, int]:
    """Return the ids of the project's intents by name; create those that are missing."""
    intents = Intent.objects.filter(project=batch.project, name__in=names)
    found = dict(intents.values_list("name", "pk"))
    missing = sorted(names - found.keys())
    if not missing:
        return found
    # A member may create the same intent on a page at this moment.
    Intent.objects.bulk_create(
        (Intent(project=batch.project, name=name) for name in missing), ignore_conflicts=True
    )
    ProjectEvent.objects.bulk_create(
        ProjectEvent(
            project=batch.project, actor=batch.created_by, action="create_intent", after=name
        )
        for name in missing
    )
    return dict(intents.values_list("name", "pk"))


def _example(batch: ImportBatch, new: NewRow) -> dict[str, Any]:
    prepared, row = new.prepared, new.prepared.row
    blocking = sum(finding.severity is Severity.BLOCKING for finding in prepared.findings)
    return {
        "id": new.example_id,
        "project_id": batch.project_id,
        "state": State.DRAFT.value,
        "batch_id": batch.pk,
        "created_by_id": batch.created_by_id,
        "source": batch.source,
        "external_id": row.external_id,
        "imported_split": row.split,
        "metadata": row.metadata,
        "open_findings": len(prepared.findings),
        "blocking_findings": blocking,
        "authors": [] if batch.created_by_id is None else [batch.created_by_id],
        "intent_id": new.intent_id,
        **queue_values(
            row.content, tokens=prepared.tokens.total, content_hash=prepared.content_hash
        ),
    }


def _text(batch: ImportBatch, new: NewRow) -> dict[str, Any]:
    row = new.prepared.row
    return {
        "example_id": new.example_id,
        "project_id": batch.project_id,
        **text_values(row.content, row.external_id),
    }


def _revision(batch: ImportBatch, new: NewRow) -> dict[str, Any]:
    prepared, content = new.prepared, new.prepared.row.content
    return {
        "id": new.revision_id,
        "example_id": new.example_id,
        "number": 1,
        "author_id": batch.created_by_id,
        "intent_id": new.intent_id,
        **revision_values(content, prepared.tokens, prepared.content_hash),
    }


def _findings(new: NewRow) -> Iterable[dict[str, Any]]:
    for finding in new.prepared.findings:
        yield {"revision_id": new.revision_id, **finding_values(finding)}


def _event(batch: ImportBatch, new: NewRow) -> dict[str, Any]:
    return {
        "project_id": batch.project_id,
        "example_id": new.example_id,
        "actor_id": batch.created_by_id,
        "action": Action.CREATE.value,
        "after": State.DRAFT.value,
        "revision_number": 1,
        "detail": {
            "findings": len(new.prepared.findings),
            "source": batch.source,
            "batch": batch.pk,
            "line": new.prepared.line,
        },
    }
