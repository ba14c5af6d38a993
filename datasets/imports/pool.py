"""Preparing rows on several processes, in order, with little in flight."""

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from threading import Thread

from datasets.imports.prepare import prepare_chunk
from datasets.imports.raw import Outcome, RawRow
from datasets.imports.source import Format
from datasets.inspections import InspectionSettings

MOST_PROCESSES = 4
# Starting a process and loading its tables takes about a second: longer than a small file.
WORTH_A_PROCESS_BYTES = 4 * 1024 * 1024


def processes_for(size_bytes: int) -> int:
    """Return how many helper processes a file of this size is worth; 0 is none.

    One processor is left to this process and the database. A process that may not have children
    (a daemonic one, such as Celery's prefork workers) does the work itself.
    """
    if size_bytes < WORTH_A_PROCESS_BYTES or multiprocessing.current_process().daemon:
        return 0
    return max(1, min(MOST_PROCESSES, (os.cpu_count() or 1) - 1))


def prepared(
    chunks: Iterable[list[RawRow]],
    format_: Format,
    settings: InspectionSettings,
    *,
    processes: int,
) -> Generator[list[Outcome], None, None]:
    """Yield the outcomes of each chunk, in the order of the chunks."""
    if processes == 0:
        for chunk in chunks:
            yield prepare_chunk(chunk, format_, settings)
        return
    # Started afresh, not forked: a fork would share this process's database connection.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_start) as pool:
        waiting: deque[Future[list[Outcome]]] = deque()
        try:
            for chunk in chunks:
                waiting.append(pool.submit(prepare_chunk, chunk, format_, settings))
                if len(waiting) > 2 * processes:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _start() -> None:
    """Leave Ctrl-C to the parent, and end with it however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
