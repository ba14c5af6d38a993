"""An import that only looks: what would be created, unchanged and rejected. Writes nothing."""

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from datasets.ingest.actions.known import known_hashes, new_rows, reading_of, taken_rows
from datasets.ingest.actions.labels import find_label_differences, plan_labels
from datasets.ingest.actions.near_duplicates import compare_rows
from datasets.ingest.actions.storing import added
from datasets.ingest.files import pool
from datasets.ingest.files.mapping import row_keys
from datasets.ingest.files.prepare import chunks
from datasets.ingest.files.raw import Outcome, PreparedRow, RejectedRow
from datasets.ingest.files.source import Source
from datasets.ingest.models import ImportBatch, Labels
from datasets.inspections import InspectionSettings
from reviewapp.people.models import Project

UNRECOGNISED = frozenset({"no_messages", "other_format"})
"""Codes of rejected rows whose keys a person may map."""
MAX_PREVIEW_ROWS, MAX_PREVIEW_MESSAGES, MAX_PREVIEW_LENGTH = 5, 8, 600


@dataclass
class DryRunCounts:
    """What an import would do. `errors` holds the first `max_errors` of the rejected rows."""

    max_errors: int
    labels: str = Labels.KEEP
    read: int = 0
    created: int = 0
    unchanged: int = 0
    rejected: int = 0
    findings: int = 0
    bytes_read: int = 0
    relabelled: int = 0
    labels_changed: int = 0
    similar: int = 0
    notes: dict[str, int] = field(default_factory=dict)
    unread: dict[str, int] = field(default_factory=dict)
    # Keys of rows that are no conversation, which a person may map.
    unrecognised: dict[str, int] = field(default_factory=dict)
    errors: list[RejectedRow] = field(default_factory=list)
    # The first rows that would be created, for a page.
    preview: list[dict[str, Any]] = field(default_factory=list)
    # Digests of what the file itself has said so far: 32 bytes for each new conversation.
    seen: set[bytes] = field(default_factory=set)


def dry_run_import(
    *,
    project: Project,
    file: Source,
    max_errors: int,
    batch: ImportBatch | None = None,
    labels: str = Labels.KEEP,
    on_progress: Callable[[DryRunCounts], None] | None = None,
) -> DryRunCounts:
    """Count what importing a file would do. A project that is not saved yet knows nothing.

    With `batch`, near-duplicates of stored examples are counted, and left out if it says so.
    `labels` is what the import would do with labels of existing examples.
    """
    counts = DryRunCounts(max_errors, labels, notes=dict(file.notes))
    processes = pool.processes_for(file.size)
    reading = reading_of(project, file, processes=processes)
    outcomes = pool.prepared(chunks(file.rows()), reading, processes=processes)
    with closing(outcomes):
        for chunk in outcomes:
            _count(counts, project, chunk, batch, reading.settings)
            if on_progress is not None:
                on_progress(counts)
    return counts


def _count(
    counts: DryRunCounts,
    project: Project,
    chunk: list[Outcome],
    batch: ImportBatch | None,
    settings: InspectionSettings,
) -> None:
    rows = taken_rows(chunk)
    rejected = [outcome for outcome in chunk if isinstance(outcome, RejectedRow)]
    known = known_hashes(project, [row.content_hash for row in rows])
    known |= {row.content_hash for row in rows if bytes.fromhex(row.content_hash) in counts.seen}
    fresh = new_rows(rows, known, settings)
    counts.seen.update(bytes.fromhex(new.content_hash) for new in fresh)
    taken = fresh
    if batch is not None:
        compared = compare_rows(batch, fresh)
        counts.similar += len(compared.near)
        taken = [reserved.prepared for reserved in compared.taken]
    counts.preview += [_shown(row) for row in taken[: MAX_PREVIEW_ROWS - len(counts.preview)]]
    counts.read += len(chunk)
    counts.created += len(taken)
    counts.unchanged += len(rows) - len(taken)
    counts.rejected += len(rejected)
    counts.findings += sum(len(new.findings) for new in taken)
    counts.bytes_read = chunk[-1].end
    counts.errors += rejected[: counts.max_errors - len(counts.errors)]
    counts.notes = added(counts.notes, (note for new in taken for note in new.row.notes))
    counts.unread = added(counts.unread, (name for new in taken for name in new.row.unread))
    unrecognised = (row for row in rejected if row.code in UNRECOGNISED)
    counts.unrecognised = added(
        counts.unrecognised, (key for row in unrecognised for key in row_keys(row.raw))
    )
    if project.pk:
        found = find_label_differences(project, rows, fresh)
        actor = batch.created_by if batch else None
        planned = plan_labels(project, found, choice=counts.labels, actor=actor)
        counts.relabelled += len(found)
        counts.labels_changed += sum(bool(difference.changed) for difference in planned)


def _shown(prepared: PreparedRow) -> dict[str, Any]:
    """Return what a page shows of a row: the beginning of its messages, and its labels."""
    row, content = prepared.row, prepared.row.content
    labels = {
        "intent": content.intent,
        "tags": ", ".join(content.tags),
        "language": content.language,
        "policies": ", ".join(content.policies),
        "external_id": row.external_id,
        "split": row.split,
        "metadata": ", ".join(map(str, [*_own(row.metadata), *row.unread])),
    }
    return {
        "line": prepared.line,
        "messages": [
            {"role": turn["role"], "text": str(turn["content"] or "")[:MAX_PREVIEW_LENGTH]}
            for turn in content.messages[:MAX_PREVIEW_MESSAGES]
        ],
        "more": max(0, len(content.messages) - MAX_PREVIEW_MESSAGES),
        "labels": {name: value for name, value in labels.items() if value},
    }


def _own(metadata: Mapping[str, Any]) -> list[str]:
    """Return the keys of metadata but that under which other keys are kept."""
    return [key for key in metadata if key != "unknown"]
