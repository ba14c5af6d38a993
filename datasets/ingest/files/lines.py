"""The lines of a file with number and position; what is beyond the maximum length is skipped."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from datasets.ingest.files.raw import MAX_ROW_BYTES, RawRow
from reviewapp.core.messages import message

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
READ_BYTES = 1024 * 1024
# How much of a row that is too long is kept.
MAX_SHOWN_BYTES = 1000


@dataclass(frozen=True)
class Line:
    """One line with its ending; with `too_long`, `raw` is only its beginning."""

    number: int
    end: int
    raw: bytes
    too_long: bool = False


def read_lines(path: Path) -> Iterator[Line]:
    """Yield the lines of a file, without a byte order mark at its beginning."""
    with path.open("rb") as file:
        yield from lines_of(file)


def texts_of(path: Path) -> Iterator[str]:
    """Yield the lines of a file that are not blank, as text without their ends."""
    texts = (line.raw.decode(errors="replace").strip("\r\n") for line in read_lines(path))
    return (text for text in texts if text.strip())


def lines_of(file: IO[bytes] | Any) -> Iterator[Line]:
    """Yield the lines of an open file, as `read_lines` does."""
    end = number = 0
    while raw := file.readline(MAX_ROW_BYTES + 1):
        number += 1
        end += len(raw)
        too_long = len(raw) > MAX_ROW_BYTES and not raw.endswith(b"\n")
        while too_long and (rest := file.readline(READ_BYTES)):
            end += len(rest)
            if rest.endswith(b"\n"):
                break
        yield Line(number, end, raw.removeprefix(BYTE_ORDER_MARK) if number == 1 else raw, too_long)


def json_lines_of(file: IO[bytes] | Any) -> Iterator[RawRow]:
    """Yield a raw row for each line of an open file that is not blank."""
    for line in lines_of(file):
        raw = line.raw.strip()
        if line.too_long:
            yield RawRow(line.number, line.end, raw[:MAX_SHOWN_BYTES], error=TOO_LONG)
        elif raw:
            yield RawRow(line.number, line.end, raw)


TOO_LONG = message("ingest.row_too_long", limit=MAX_ROW_BYTES // 1024**2)
