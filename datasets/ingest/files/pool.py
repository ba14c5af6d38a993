"""Prepares rows in helper processes, in order, with few chunks in flight.

`python -m datasets.ingest.files.helper` loads its tables once and forks the helpers, which share
that memory. Each helper has its own socket: it reads chunks, answers, and ends when the socket is
closed, also when this process is killed. The helpers are not forks of this process, so they share
no database connection with it.
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
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import IO, Self, cast

from datasets.ingest.files.prepare import Reading, prepare_chunk
from datasets.ingest.files.raw import Outcome, RawRow

ROOT = Path(__file__).resolve().parents[3]
MAX_PROCESSES = 4
# Starting a process and loading its tables takes about a second, longer than importing a small
# file.
MIN_POOL_BYTES = 4 * 1024 * 1024


class WorkerLost(OSError):
    """A helper process ended while it worked, most likely because of a lack of memory."""


class Worker:
    """The connection to one helper process of an import."""

    def __init__(self, line: socket.socket) -> None:
        self._requests = line.makefile("wb")
        self._answers = line.makefile("rb")
        # The two file objects keep the socket open.
        line.close()

    def close(self) -> None:
        """Close the connection, so that the helper ends."""
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
            reason = "A helper process of the import ended early."  # not translated: log
            raise WorkerLost(reason) from error
        return outcomes


class WorkerPool:
    """The helpers of one import: a group of processes that ends with the `with` block."""

    def __init__(
        self,
        count: int,
        reading: Reading,
    ) -> None:
        lines = [socket.socketpair() for _ in range(count)]
        theirs = [their.fileno() for _our, their in lines]
        # In a session of its own, so that Ctrl-C reaches only the parent, which stops after a whole
        # chunk.
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
        # If it has died already, the first chunk fails.
        with suppress(BrokenPipeError), cast("IO[bytes]", self._process.stdin) as told:
            pickle.dump(replace(reading, mapping={**reading.mapping}), told)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            # A thread may still wait for an answer that is no longer needed.
            self.kill()
        for helper in self.each:
            helper.close()
        self._process.wait()

    def kill(self) -> None:
        """Kill all helpers immediately."""
        # Raised if all have ended already; macOS reports that as a missing permission.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)


def processes_for(size_bytes: int) -> int:
    """Return the number of helpers for a file of this size; 0 for none.

    It is the number of processors: the helpers use what this process and the database leave idle.
    """
    if size_bytes < MIN_POOL_BYTES:
        return 0
    return min(MAX_PROCESSES, os.cpu_count() or 1)


def prepared(
    chunks: Iterable[list[RawRow]], reading: Reading, *, processes: int
) -> Generator[list[Outcome], None, None]:
    """Yield the outcomes of each chunk, in the order of the chunks.

    Raises:
        WorkerLost: a helper process ended early.
    """
    if processes == 0:
        for chunk in chunks:
            yield prepare_chunk(chunk, reading)
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
        # The pool is left first, so that a thread does not wait forever for a helper's answer.
        for helper in stack.enter_context(WorkerPool(processes, reading)).each:
            idle.put(helper)
        waiting: deque[Future[list[Outcome]]] = deque()
        for chunk in chunks:
            waiting.append(threads.submit(work, chunk))
            if len(waiting) > 2 * processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
