"""Preparing rows in helper processes, in order, with little in flight.

A helper is `python -m datasets.imports.helper`: it takes chunks on its standard input, answers on
its standard output, and ends when its input ends, which it does however this process ends. Nothing
of this process is copied into it, so no database connection is shared.
"""

import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import IO, Self, cast

from datasets.imports.prepare import prepare_chunk
from datasets.imports.raw import Outcome, RawRow
from datasets.imports.source import Format
from datasets.inspections import InspectionSettings

ROOT = Path(__file__).resolve().parent.parent.parent
MOST_PROCESSES = 4
# Starting a process and loading its tables takes about a second: longer than a small file.
WORTH_A_PROCESS_BYTES = 4 * 1024 * 1024


class HelperLost(OSError):
    """A helper process ended in the middle of its work, most likely for want of memory."""


class Helper:
    """One process that prepares chunks of one import."""

    def __init__(self, format_: Format, settings: InspectionSettings) -> None:
        # A session of its own: Ctrl-C is for the parent, which stops after a whole chunk.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "datasets.imports.helper"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            start_new_session=True,
        )
        self._requests = cast("IO[bytes]", self._process.stdin)
        self._answers = cast("IO[bytes]", self._process.stdout)
        self._send((format_, settings))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def prepare(self, chunk: list[RawRow]) -> list[Outcome]:
        """Return the outcomes of a chunk.

        Raises:
            HelperLost: the process ended before it answered.
        """
        try:
            self._send(chunk)
            outcomes: list[Outcome] = pickle.load(self._answers)  # noqa: S301 - our own child.
        except (EOFError, OSError) as error:
            raise HelperLost("A helper process of the import ended early.") from error
        return outcomes

    def _send(self, value: object) -> None:
        pickle.dump(value, self._requests, protocol=pickle.HIGHEST_PROTOCOL)
        self._requests.flush()


def processes_for(size_bytes: int) -> int:
    """Return how many helpers a file of this size is worth; 0 is none.

    One processor is left to this process and the database.
    """
    if size_bytes < WORTH_A_PROCESS_BYTES:
        return 0
    return max(1, min(MOST_PROCESSES, (os.cpu_count() or 1) - 1))


def prepared(
    chunks: Iterable[list[RawRow]],
    format_: Format,
    settings: InspectionSettings,
    *,
    processes: int,
) -> Generator[list[Outcome], None, None]:
    """Yield the outcomes of each chunk, in the order of the chunks.

    Raises:
        HelperLost: a helper process ended early.
    """
    if processes == 0:
        for chunk in chunks:
            yield prepare_chunk(chunk, format_, settings)
        return
    idle: SimpleQueue[Helper] = SimpleQueue()

    def work(chunk: list[RawRow]) -> list[Outcome]:
        helper = idle.get()
        try:
            return helper.prepare(chunk)
        finally:
            idle.put(helper)

    with ExitStack() as stack:
        threads = stack.enter_context(ThreadPoolExecutor(processes))
        # Left first, so that a thread that waits for a helper's answer does not wait for ever.
        for _ in range(processes):
            idle.put(stack.enter_context(Helper(format_, settings)))
        waiting: deque[Future[list[Outcome]]] = deque()
        for chunk in chunks:
            waiting.append(threads.submit(work, chunk))
            if len(waiting) > 2 * processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
