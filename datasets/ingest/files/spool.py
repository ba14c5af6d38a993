"""Temporary files with what was unpacked, of a bounded size, deleted when nothing uses them."""

import os
import pickle
import tempfile
import weakref
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO

from datasets.ingest.files.raw import RawRow, UnreadableFile

# What a file may become. Text shrinks to a tenth; a bomb to a thousandth.
MAX_UNPACKED_BYTES = 4 * 1024**3
MAX_RATIO = 200
ALWAYS_ALLOWED_BYTES = 64 * 1024**2


class Spool:
    """A temporary file that is deleted with this object.

    Args:
        name: the name of the packed file, for the sentence that refuses it.
        packed_bytes: its size, which bounds what is written.
    """

    def __init__(self, name: str, packed_bytes: int) -> None:
        descriptor, path = tempfile.mkstemp(prefix="touchstone-import-")
        self.path = Path(path)
        self._file = os.fdopen(descriptor, "wb")
        weakref.finalize(self, _discard, self._file, self.path)
        self._name = name
        self._limit = min(MAX_UNPACKED_BYTES, max(ALWAYS_ALLOWED_BYTES, MAX_RATIO * packed_bytes))
        self.size = 0

    def write(self, part: bytes) -> None:
        """Append bytes.

        Raises:
            UnreadableFile: there are more than the packed file may become, or than the disk takes.
        """
        self.size += len(part)
        if self.size > self._limit:
            limit = self._limit // 1024**2
            raise UnreadableFile("ingest.packed.too_large", name=self._name, limit=limit)
        try:
            self._file.write(part)
        except OSError as error:
            reason = error.strerror or str(error)
            raise UnreadableFile("ingest.file.denied", name=self._name, reason=reason) from error

    def add(self, row: RawRow) -> None:
        """Append a raw row, for `rows`."""
        self.write(pickle.dumps(row, protocol=pickle.HIGHEST_PROTOCOL))

    def finish(self) -> "Spool":
        """Write what is buffered; return this spool."""
        self._file.close()
        return self

    def rows(self) -> Iterator[RawRow]:
        """Yield the raw rows; the end of each is its end in this file."""
        with self.path.open("rb") as file:
            while file.tell() < self.size:
                row: RawRow = pickle.load(file)  # noqa: S301 - written by this process.
                yield replace(row, end=file.tell(), is_element=False)


def _discard(file: IO[bytes], path: Path) -> None:
    file.close()
    path.unlink(missing_ok=True)
