"""An import that only looks: what would be created, unchanged and rejected. Writes nothing."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field

from datasets.curation.actions import settings_for
from datasets.ingest.actions.storing import added, known_hashes, labels_that_differ, new_rows
from datasets.ingest.files import pool
from datasets.ingest.files.prepare import chunks
from datasets.ingest.files.raw import Outcome, Prepared, Rejected
from datasets.ingest.files.source import Source
from reviewapp.people.models import Project


@dataclass
class TrialCounts:
    """What an import would do. `errors` holds the first `most_errors` of the rejected rows."""

    most_errors: int
    read: int = 0
    created: int = 0
    unchanged: int = 0
    rejected: int = 0
    findings: int = 0
    bytes_read: int = 0
    relabelled: int = 0
    notes: dict[str, int] = field(default_factory=dict)
    unread: dict[str, int] = field(default_factory=dict)
    errors: list[Rejected] = field(default_factory=list)
    # Digests of what the file itself has said so far: 32 bytes for each new conversation.
    seen: set[bytes] = field(default_factory=set)


def try_import(
    *,
    project: Project,
    file: Source,
    most_errors: int,
    on_progress: Callable[[TrialCounts], None] | None = None,
) -> TrialCounts:
    """Count what importing a file would do. A project that is not saved yet knows nothing."""
    counts = TrialCounts(most_errors)
    outcomes = pool.prepared(
        chunks(file.rows()),
        file.format,
        settings_for(project),
        processes=pool.processes_for(file.size),
    )
    with closing(outcomes):
        for chunk in outcomes:
            _count(counts, project, chunk)
            if on_progress is not None:
                on_progress(counts)
    return counts


def _count(counts: TrialCounts, project: Project, chunk: list[Outcome]) -> None:
    prepared = [each for each in chunk if isinstance(each, Prepared)]
    rejected = [each for each in chunk if isinstance(each, Rejected)]
    known = known_hashes(project, prepared) if project.pk else set()
    known |= {
        each.content_hash for each in prepared if bytes.fromhex(each.content_hash) in counts.seen
    }
    fresh = new_rows(prepared, known)
    counts.seen.update(bytes.fromhex(each.content_hash) for each in fresh)
    counts.read += len(chunk)
    counts.created += len(fresh)
    counts.unchanged += len(prepared) - len(fresh)
    counts.rejected += len(rejected)
    counts.findings += sum(len(each.problems) for each in fresh)
    counts.bytes_read = chunk[-1].end
    counts.errors += rejected[: counts.most_errors - len(counts.errors)]
    counts.notes = added(counts.notes, (note for each in fresh for note in each.row.notes))
    counts.unread = added(counts.unread, (name for each in fresh for name in each.row.unread))
    if project.pk:
        counts.relabelled += len(labels_that_differ(project, prepared, fresh))
