"""An import that only looks: what would be created, unchanged and rejected. Writes nothing."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field

from datasets.curation.actions import inspection_settings_for
from datasets.ingest.actions.storing import added, find_label_differences, known_hashes, new_rows
from datasets.ingest.files import pool
from datasets.ingest.files.prepare import chunks
from datasets.ingest.files.raw import Outcome, PreparedRow, RejectedRow
from datasets.ingest.files.source import Source
from reviewapp.people.models import Project


@dataclass
class DryRunCounts:
    """What an import would do. `errors` holds the first `max_errors` of the rejected rows."""

    max_errors: int
    read: int = 0
    created: int = 0
    unchanged: int = 0
    rejected: int = 0
    findings: int = 0
    bytes_read: int = 0
    relabelled: int = 0
    notes: dict[str, int] = field(default_factory=dict)
    unread: dict[str, int] = field(default_factory=dict)
    errors: list[RejectedRow] = field(default_factory=list)
    # Digests of what the file itself has said so far: 32 bytes for each new conversation.
    seen: set[bytes] = field(default_factory=set)


def dry_run_import(
    *,
    project: Project,
    file: Source,
    max_errors: int,
    on_progress: Callable[[DryRunCounts], None] | None = None,
) -> DryRunCounts:
    """Count what importing a file would do. A project that is not saved yet knows nothing."""
    counts = DryRunCounts(max_errors, notes=dict(file.notes))
    outcomes = pool.prepared(
        chunks(file.rows()),
        file.format,
        inspection_settings_for(project),
        processes=pool.processes_for(file.size),
    )
    with closing(outcomes):
        for chunk in outcomes:
            _count(counts, project, chunk)
            if on_progress is not None:
                on_progress(counts)
    return counts


def _count(counts: DryRunCounts, project: Project, chunk: list[Outcome]) -> None:
    prepared = [outcome for outcome in chunk if isinstance(outcome, PreparedRow)]
    rejected = [outcome for outcome in chunk if isinstance(outcome, RejectedRow)]
    known = known_hashes(project, prepared) if project.pk else set()
    known |= {
        row.content_hash for row in prepared if bytes.fromhex(row.content_hash) in counts.seen
    }
    fresh = new_rows(prepared, known)
    counts.seen.update(bytes.fromhex(new.content_hash) for new in fresh)
    counts.read += len(chunk)
    counts.created += len(fresh)
    counts.unchanged += len(prepared) - len(fresh)
    counts.rejected += len(rejected)
    counts.findings += sum(len(new.findings) for new in fresh)
    counts.bytes_read = chunk[-1].end
    counts.errors += rejected[: counts.max_errors - len(counts.errors)]
    counts.notes = added(counts.notes, (note for new in fresh for note in new.row.notes))
    counts.unread = added(counts.unread, (name for new in fresh for name in new.row.unread))
    if project.pk:
        counts.relabelled += len(find_label_differences(project, prepared, fresh))
