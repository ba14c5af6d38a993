"""Splits tables (CSV) into records, each with its line, with line breaks inside quotes.

The csv module does not report where a broken record should have ended, and continuing from its
second line would read the rest of the file again for each broken line. Here each line is scanned at
most twice: once as the beginning of a record, once as the inside of a quoted cell.
"""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from itertools import islice
from pathlib import Path

import orjson

from datasets.ingest.files.lines import MAX_SHOWN_BYTES, TOO_LONG, Line, read_lines
from datasets.ingest.files.raw import MAX_ROW_BYTES, RawRow
from reviewapp.core.messages import Message, message

DELIMITERS = ",;\t|"
MAX_RECORD_LINES = 10_000
BAD_QUOTES = message("ingest.bad_quotes")
UNCLOSED_QUOTE = message(
    "ingest.bad_quotes.not_closed", megabytes=MAX_ROW_BYTES // 1024**2, lines=MAX_RECORD_LINES
)
# The line with which Excel names the separator of a file.
SEPARATOR_LINE = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
OPENING_QUOTE = re.compile(r' *"')
# Possessive quantifiers, so that a cell of megabytes causes no backtracking.
QUOTED_TEXT = re.compile(r'(?:[^"]+|"")*+')
SPACES = re.compile(r" *")


@dataclass(frozen=True)
class Dialect:
    """The format of a table. `is_padded`: spaces beside separators are not part of the cells."""

    delimiter: str = ","
    is_padded: bool = False


COMMA_SEPARATED = Dialect()


class End(Enum):
    """How a line ends: with its record, inside a quoted cell, or as an error."""

    RECORD = auto()
    OPEN = auto()
    BROKEN = auto()


@dataclass(frozen=True)
class Scan:
    """The cells of a line; if it began inside a quoted cell, the first continues that cell."""

    end: End
    cells: list[str]


BROKEN = Scan(End.BROKEN, [])


def scan_line(text: str, dialect: Dialect, *, is_quoted: bool) -> Scan:
    """Split a line into cells. `is_quoted`: it begins inside a quoted cell.

    Spaces around a quoted cell are left out; a quoted cell that the line does not close keeps its
    line ending.
    """
    cells: list[str] = []
    body = text.rstrip("\r\n")
    at = 0
    while True:
        opening = None if is_quoted else OPENING_QUOTE.match(body, at)
        if opening or is_quoted:
            at = opening.end() if opening else at
            end = _end_of(QUOTED_TEXT, body, at)
            if end == len(body):
                cells.append((body[at:] + text[end:]).replace('""', '"'))
                return Scan(End.OPEN, cells)
            cells.append(body[at:end].replace('""', '"'))
            end = _end_of(SPACES, body, end + 1)
            if end < len(body) and body[end] != dialect.delimiter:
                return BROKEN
        else:
            end = body.find(dialect.delimiter, at)
            end = len(body) if end < 0 else end
            cells.append(body[at:end].strip(" ") if dialect.is_padded else body[at:end])
            if "\r" in cells[-1]:
                return BROKEN
        if end == len(body):
            return Scan(End.RECORD, cells)
        at, is_quoted = end + 1, False


def _end_of(pattern: re.Pattern[str], text: str, start: int) -> int:
    match = pattern.match(text, start)
    return match.end() if match else start


class _Window:
    """The lines from the first of a record to the last one read: limited in number and size."""

    def __init__(self, lines: Iterator[Line], dialect: Dialect) -> None:
        self._fresh = lines
        self._dialect = dialect
        self._lines: deque[Line] = deque()
        # Scans of the lines after the first as the inside of a quoted cell, as far as they were
        # needed.
        self._inside: deque[Scan] = deque()
        # Which of all lines end a quoted cell or cannot be the inside of one.
        self._stops: deque[int] = deque()
        self._first = self._size = 0

    def next_record(self) -> tuple[list[Line], list[str] | Message] | None:
        """Return the lines of the next record with its cells, or with the reason why it has none.

        A broken record is its first line alone: the lines after it may be good rows.
        """
        first = self._line(0)
        if first is None:
            return None
        if first.too_long:
            return self._take(1), TOO_LONG
        scan = scan_line(first.raw.decode(), self._dialect, is_quoted=False)
        count = 1
        if scan.end is End.OPEN:
            stop = self._stop()
            if stop is None:
                return self._take(1), UNCLOSED_QUOTE
            count += stop - self._first
            if self._inside[count - 2].end is End.BROKEN:
                return self._take(1), BAD_QUOTES
        if scan.end is End.BROKEN:
            return self._take(1), BAD_QUOTES
        cells = _joined([scan, *islice(self._inside, count - 1)])
        return self._take(count), cells

    def _line(self, index: int) -> Line | None:
        while len(self._lines) <= index:
            line = next(self._fresh, None)
            if line is None:
                return None
            self._lines.append(line)
            self._size += len(line.raw)
        return self._lines[index]

    def _stop(self) -> int | None:
        """Return the line that ends a cell left open by the first one; None beyond a limit."""
        while self._stops and self._stops[0] <= self._first:
            self._stops.popleft()
        while not self._stops:
            at = len(self._inside) + 1
            is_full = at >= MAX_RECORD_LINES or self._size > MAX_ROW_BYTES
            line = None if is_full else self._line(at)
            if line is None:
                return None
            scan = BROKEN if line.too_long else self._scan_inside(line)
            self._inside.append(scan)
            if scan.end is not End.OPEN:
                self._stops.append(self._first + at)
        return self._stops[0]

    def _scan_inside(self, line: Line) -> Scan:
        return scan_line(line.raw.decode(), self._dialect, is_quoted=True)

    def _take(self, count: int) -> list[Line]:
        taken = [self._lines.popleft() for _ in range(count)]
        for _ in range(min(count, len(self._inside))):
            self._inside.popleft()
        self._first += count
        self._size -= sum(len(line.raw) for line in taken)
        return taken


def _joined(scans: list[Scan]) -> list[str]:
    """Return the cells of a record whose lines, except for the last, end inside quoted cells."""
    cells: list[str] = []
    open_cell: list[str] = []
    for scan in scans:
        *whole, last = scan.cells
        if whole:
            cells += ["".join([*open_cell, whole[0]]), *whole[1:]]
            open_cell = []
        open_cell.append(last)
    return [*cells, "".join(open_cell)]


def header_of(text: str, *, delimiter: str = "") -> tuple[list[str], Dialect]:
    """Return the columns of a header line, in lower case, and the format of the table.

    A line that cannot begin a table has no columns.

    Args:
        text: the line.
        delimiter: the separator of the cells, if a line before it named one.
    """
    delimiter = delimiter or max(DELIMITERS, key=text.count)
    scan = scan_line(text, Dialect(delimiter), is_quoted=False)
    cells = scan.cells if scan.end is End.RECORD else []
    padded = text.count(f"{delimiter} ")
    is_padded = len(cells) > 1 and padded >= len(cells) - 1
    return [cell.strip().lower() for cell in cells], Dialect(delimiter, is_padded)


def read_table(path: Path, *, dialect: Dialect) -> Iterator[RawRow]:
    """Yield a raw row with its cells for each record below the header, without blank ones."""
    window = _Window(read_lines(path), dialect)
    columns: list[str] = []
    while (record := window.next_record()) is not None:
        lines, cells = record
        if isinstance(cells, Message):
            yield _row(lines, error=cells)
        elif not any(cell.strip() for cell in cells):
            continue
        elif columns:
            yield _record(lines, columns, cells)
        elif not separator_line(lines[0].raw.decode()):
            columns = [cell.strip().lower() for cell in cells]


def separator_line(text: str) -> str:
    """Return the separator that a line such as sep=; names; "" for any other line."""
    match = SEPARATOR_LINE.fullmatch(text.strip("\r\n "))
    return match[1] if match else ""


def record_of(number: int, columns: list[str], cells: list[str]) -> RawRow:
    """Return the raw row of a record that was not in a text; `number` counts as its line."""
    named = dict(zip(columns, cells, strict=False))
    raw = orjson.dumps({column: cell for column, cell in named.items() if cell})
    if any(cell.strip() for cell in cells[len(columns) :]):
        error = message("ingest.too_many_cells", n=len(cells), columns=len(columns))
        return RawRow(number, 0, raw, error=error)
    if len(raw) > MAX_ROW_BYTES:
        return RawRow(number, 0, raw[:MAX_SHOWN_BYTES], error=TOO_LONG)
    return RawRow(number, 0, raw, named)


def record_in(text: str, columns: list[str], dialect: Dialect) -> RawRow:
    """Return the raw row of a text that has to be one record of a table."""
    parts = text.split("\n")
    lines = [Line(number, 0, f"{part}\n".encode()) for number, part in enumerate(parts, start=1)]
    record = _Window(iter(lines), dialect).next_record()
    taken, cells = record or (lines, [])
    if isinstance(cells, Message):
        return _row(lines, error=cells)
    return (
        _row(lines, error=BAD_QUOTES) if len(taken) < len(lines) else _record(lines, columns, cells)
    )


def _record(lines: list[Line], columns: list[str], cells: list[str]) -> RawRow:
    if any(cell.strip() for cell in cells[len(columns) :]):
        error = message("ingest.too_many_cells", n=len(cells), columns=len(columns))
        return _row(lines, error=error)
    return _row(lines, cells=dict(zip(columns, cells, strict=False)))


def _row(
    lines: list[Line],
    *,
    cells: dict[str, str] | None = None,
    error: Message | None = None,
) -> RawRow:
    raw = b"".join(line.raw for line in lines)
    if any(line.too_long for line in lines):
        raw = raw[:MAX_SHOWN_BYTES]
    return RawRow(lines[0].number, lines[-1].end, raw.rstrip(b"\r\n"), cells, error)
