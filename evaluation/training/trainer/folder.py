"""The folder of a training job: its events, the requests of others, files that are never half.

The trainer only appends to `events.jsonl`. The process that watches it makes `pause` or `cancel`.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

EVENTS_FILE = "events.jsonl"
CHECKPOINT_FILE = "checkpoint.pt"
LOCK_FILE = "trainer.lock"
ADAPTERS_FOLDER = "adapters"
GGUF_FILE = "adapter.gguf"
"""In the folder of each kept adapter, for llama.cpp."""
REQUESTS = ("cancel", "pause")


class FolderInUseError(Exception):
    """Another trainer works in the folder."""


class JobFolder:
    """The files of one job."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold the lock of the folder; the system releases it when this process is killed.

        Raises FolderInUseError.
        """
        from filelock import FileLock, Timeout  # noqa: PLC0415 - it comes with torch.

        lock = FileLock(self.path / LOCK_FILE, timeout=0)
        try:
            lock.acquire()
        except Timeout as error:
            raise FolderInUseError(str(self.path)) from error
        try:
            self._end_last_line()
            yield
        finally:
            lock.release()

    def add_event(self, kind: str, **values: Any) -> None:
        """Append an event with the time (UTC)."""
        event = {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "kind": kind, **values}
        with (self.path / EVENTS_FILE).open("a", encoding="utf-8") as events:
            events.write(json.dumps(event) + "\n")

    def request(self) -> str:
        """Return "cancel" or "pause" if it was requested, or nothing."""
        return next((name for name in REQUESTS if (self.path / name).exists()), "")

    def write_file(self, name: str, write: Callable[[Path], object]) -> None:
        """Replace a file at once by what `write` puts into a temporary one."""
        unfinished = self.path / f"{name}.unfinished"
        write(unfinished)
        with unfinished.open("rb") as written:
            os.fsync(written.fileno())
        unfinished.replace(self.path / name)

    def write_folder(self, name: str, write: Callable[[Path], object]) -> Path:
        """Replace a folder by what `write` puts into a temporary one; return its path."""
        target = self.path / name
        unfinished = target.with_name(f"{target.name}.unfinished")
        for stale in (unfinished, target):
            shutil.rmtree(stale, ignore_errors=True)
        unfinished.mkdir(parents=True)
        write(unfinished)
        unfinished.rename(target)
        return target

    def _end_last_line(self) -> None:
        """Remove the half line that a killed trainer left."""
        with suppress(FileNotFoundError), (self.path / EVENTS_FILE).open("r+b") as events:
            content = events.read()
            events.truncate(content.rfind(b"\n") + 1)
