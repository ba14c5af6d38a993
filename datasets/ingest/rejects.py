"""The file of rejected rows: each with its line, the reason, and its content."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson

from datasets.conversations.texts import error_columns
from datasets.ingest.files.raw import RejectedRow


class RejectFile:
    """A file of JSON lines, created with its first row.

    The first `keep` rows stay when an interrupted import continues; later rows are written again.
    `header` is added to each row of a table: without it, the row could not be read again.
    """

    def __init__(
        self, path: Path, *, keep: int = 0, header: Mapping[str, Any] | None = None
    ) -> None:
        self.path = path
        self._header = header or {}
        self._keep = keep
        self._started = False

    def add(self, rows: Iterable[RejectedRow]) -> None:
        """Append rows and flush them to the disk, before their batch is committed."""
        rows = list(rows)
        if not rows and self._started:
            return
        self._start()
        if rows:
            with self.path.open("ab") as file:
                file.writelines(_line(row, self._header) for row in rows)

    def _start(self) -> None:
        if self._started:
            return
        self._started = True
        kept: list[bytes] = []
        if self.path.exists():
            with self.path.open("rb") as file:
                kept = [line for _, line in zip(range(self._keep), file, strict=False)]
            self.path.unlink()
        if kept:
            self.path.write_bytes(b"".join(kept))


def reject_path(file: Path, *, fallback: Path) -> Path:
    """Return the path for rejected rows: beside the file, or else in the folder `fallback`."""
    name = f"{file.name}.rejected.jsonl"
    if os.access(file.parent, os.W_OK):
        return file.with_name(name)
    fallback.mkdir(parents=True, exist_ok=True)
    return fallback / name


def _line(row: RejectedRow, header: Mapping[str, Any]) -> bytes:
    rejected = {
        **error_columns(row.line, row.message),
        "row": row.raw.decode(errors="replace"),
        **(row.header or header),
    }
    return orjson.dumps(rejected, option=orjson.OPT_APPEND_NEWLINE)
