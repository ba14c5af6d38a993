"""An import from its first row to its last, or from where a killed worker left it."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from itertools import islice

from datasets.ingest.actions.batches import finish_batch
from datasets.ingest.actions.known import reading_of
from datasets.ingest.actions.storing import store_chunk
from datasets.ingest.files import pool
from datasets.ingest.files.prepare import chunks
from datasets.ingest.files.raw import RejectedRow
from datasets.ingest.files.source import Source
from datasets.ingest.models import ImportBatch
from datasets.ingest.rejects import RejectFile
from reviewapp.jobs.actions import Heartbeat


@dataclass(frozen=True)
class ImportJob:
    """A claimed batch, its file, and where rows that are not taken go."""

    batch: ImportBatch
    file: Source
    rejects: RejectFile


def run_batch(
    job: ImportJob, *, on_progress: Callable[[ImportBatch], None] | None = None
) -> ImportBatch:
    """Read the rows that are still to be read, store them chunk by chunk, and finish the batch.

    Each chunk is a transaction that also counts its rows, so a worker that takes up a lost import
    goes on after the last committed row; a row is counted once.

    Raises:
        ClaimLost: another worker holds the import.
    """
    batch = job.batch
    rest = islice(job.file.rows(), batch.read, None)
    left = job.file.size - batch.bytes_read
    processes = pool.processes_for(left)
    reading = reading_of(batch.project, job.file, processes=processes)
    outcomes = pool.prepared(chunks(rest), reading, processes=processes)
    with closing(outcomes), Heartbeat(batch) as heartbeat:
        for chunk in outcomes:
            # Before the commit: a reject that is counted is on the disk.
            job.rejects.add(outcome for outcome in chunk if isinstance(outcome, RejectedRow))
            counted = store_chunk(batch=batch, outcomes=chunk)
            heartbeat.record_progress()
            if on_progress is not None:
                on_progress(counted)
    job.rejects.add(())
    return finish_batch(batch=batch)
