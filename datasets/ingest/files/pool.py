"""Preparing rows in helper processes, in order, with little in flight.

`python -m datasets.ingest.files.helper` loads its tables once and divides into the helpers, which
share that memory. Each takes chunks on a socket of its own, answers on it, and ends when it is
closed, which it is however this process ends. Nothing of this process is copied into them, so no
database connection is shared.
"""

import os
import pickle
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import IO, Self, cast

from datasets.ingest.files.prepare import prepare_chunk
from datasets.ingest.files.raw import Outcome, RawRow
from datasets.ingest.files.source import Format
from datasets.inspections import InspectionSettings

ROOT = Path(__file__).resolve().parents[3]
MAX_PROCESSES = 4
# Starting a process and loading its tables takes about a second: longer than a small file.
MIN_POOL_BYTES = 4 * 1024 * 1024


class WorkerLost(OSError):
    """A helper process ended in the middle of its work, most likely for want of memory."""


class Worker:
    """Our end of the line to one process that prepares chunks of one import."""

    def __init__(self, line: socket.socket) -> None:
        self._requests = line.makefile("wb")
        self._answers = line.makefile("rb")
        # The two files keep it open between them.
        line.close()

    def close(self) -> None:
        """Let the helper end."""
        with suppress(OSError):
            self._requests.close()
        self._answers.close()

    def prepare(self, chunk: list[RawRow]) -> list[Outcome]:
        """Return the outcomes of a chunk.

        Raises:
            WorkerLost: the process ended before it answered.
        """
        try:
            pickle.dump(chunk, self._requests, protocol=pickle.HIGHEST_PROTOCOL)
            self._requests.flush()
            outcomes: list[Outcome] = pickle.load(self._answers)  # noqa: S301 - our own child.
        except (EOFError, OSError) as error:
            raise WorkerLost("A helper process of the import ended early.") from error
        return outcomes


class WorkerPool:
    """The helpers of one import: a group of processes that ends with the `with`."""

    def __init__(self, count: int, format_: Format, settings: InspectionSettings) -> None:
        lines = [socket.socketpair() for _ in range(count)]
        theirs = [their.fileno() for _our, their in lines]
        # A session of its own: Ctrl-C is for the parent, which stops after a whole chunk.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "datasets.ingest.files.helper", *map(str, theirs)],
            stdin=subprocess.PIPE,
            cwd=ROOT,
            pass_fds=theirs,
            start_new_session=True,
        )
        for _our, their in lines:
            their.close()
        self.each = [Worker(our) for our, _their in lines]
        # If it has died already, the first chunk finds that out.
        with suppress(BrokenPipeError), cast("IO[bytes]", self._process.stdin) as told:
            pickle.dump((format_, settings), told)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            # A thread may still wait for an answer that nobody wants any more.
            self.kill()
        for helper in self.each:
            helper.close()
        self._process.wait()

    def kill(self) -> None:
        """End all of them at once."""
        # Where all have ended already there is nobody to tell; macOS calls that a refusal.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)


def processes_for(size_bytes: int) -> int:
    """Return how many helpers a file of this size is worth; 0 is none.

    As many as there are processors: what this process and the database leave of theirs is used.
    """
    if size_bytes < MIN_POOL_BYTES:
        return 0
    return min(MAX_PROCESSES, os.cpu_count() or 1)


def prepared(
    chunks: Iterable[list[RawRow]],
    format_: Format,
    settings: InspectionSettings,
    *,
    processes: int,
) -> Generator[list[Outcome], None, None]:
    """Yield the outcomes of each chunk, in the order of the chunks.

    Raises:
        WorkerLost: a helper process ended early.
    """
    if processes == 0:
        for chunk in chunks:
            yield prepare_chunk(chunk, format_, settings)
        return
    idle: SimpleQueue[Worker] = SimpleQueue()

    def work(chunk: list[RawRow]) -> list[Outcome]:
        helper = idle.get()
        try:
            return helper.prepare(chunk)
        finally:
            idle.put(helper)

    with ExitStack() as stack:
        threads = stack.enter_context(ThreadPoolExecutor(processes))
        # Left first, so that a thread that waits for a helper's answer does not wait for ever.
        for helper in stack.enter_context(WorkerPool(processes, format_, settings)).each:
            idle.put(helper)
        waiting: deque[Future[list[Outcome]]] = deque()
        for chunk in chunks:
            waiting.append(threads.submit(work, chunk))
            if len(waiting) > 2 * processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
