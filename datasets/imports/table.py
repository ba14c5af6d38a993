"""Tables separated by commas: each record with its line, quoted line breaks included."""

import csv
from collections.abc import Iterator
from pathlib import Path

from datasets.imports.lines import TOO_LONG, Line, read_lines
from datasets.imports.raw import MAX_ROW_BYTES, RawRow

DELIMITERS = ",;\t"
BAD_QUOTES = (
    "bad_quotes",
    "The quotes of this row do not match. Put a cell with quotes or line breaks in quotes, and "
    "write a quote inside it twice.",
)
csv.field_size_limit(MAX_ROW_BYTES)


class _Lines:
    """The lines as text for the csv module, remembered until their record is complete."""

    def __init__(self, path: Path) -> None:
        self._fresh = read_lines(path)
        self._again: list[Line] = []
        self.taken: list[Line] = []

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else next(self._fresh)
        self.taken.append(line)
        return line.raw.decode()

    def give_back(self) -> None:
        """Read the lines of a broken record again, without the first: they may be good rows."""
        self._again += reversed(self.taken[1:])
        self.taken = self.taken[:1]


def header_of(text: str) -> tuple[list[str], str]:
    """Return the columns of a header line, in lower case, and the delimiter it uses.

    A line that no table can begin with has no columns.
    """
    delimiter = max(DELIMITERS, key=text.count)
    try:
        cells = next(csv.reader([text], delimiter=delimiter), [])
    except csv.Error:
        cells = []
    return [cell.strip().lower() for cell in cells], delimiter


def read_table(path: Path, *, delimiter: str) -> Iterator[RawRow]:
    """Yield a raw row with its cells for each record below the header; blank ones are left out."""
    lines = _Lines(path)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    columns: list[str] = []
    while True:
        lines.taken = []
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            lines.give_back()
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
            yield _row(lines.taken, refused=BAD_QUOTES)
            continue
        if not any(cell.strip() for cell in cells):
            continue
        if not columns:
            columns = [cell.strip().lower() for cell in cells]
            continue
        yield _record(lines.taken, columns, cells)


def _record(lines: list[Line], columns: list[str], cells: list[str]) -> RawRow:
    if any(line.too_long for line in lines):
        return _row(lines, refused=TOO_LONG)
    if any(cell.strip() for cell in cells[len(columns) :]):
        return _row(
            lines,
            refused=(
                "too_many_cells",
                f"The row has {len(cells)} cells, the header {len(columns)}. "
                "Put a cell that holds the separator in quotes.",
            ),
        )
    return _row(lines, cells=dict(zip(columns, cells, strict=False)))


def _row(
    lines: list[Line],
    *,
    cells: dict[str, str] | None = None,
    refused: tuple[str, str] | None = None,
) -> RawRow:
    raw = b"".join(line.raw for line in lines)
    if any(line.too_long for line in lines):
        raw = raw[:1000]
    return RawRow(lines[0].number, lines[-1].end, raw.rstrip(b"\r\n"), cells, refused)
