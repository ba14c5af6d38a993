"""Reads the first filled sheet of an Excel workbook: a header and a row of cells for each line."""

import re
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from xml.parsers import expat

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from datasets.ingest.files.lines import READ_BYTES
from datasets.ingest.files.raw import UnreadableFile

# The reader holds whole sheets in memory, with a place for each cell between the first and the last
# one: both have to be bounded. Two cells in far corners are a file of 1 KB.
MAX_XML_BYTES = 100 * 1024**2
MAX_CELLS = 5_000_000
# Several sheets may share a file, and each of them is read.
MAX_READ_CELLS = 20 * MAX_CELLS
# What the reader would take for a workbook of another kind, of which nothing is checked here.
OTHER_KINDS = frozenset({"content.xml", "xl/workbook.bin"})
RELATIONS = "xl/_rels/workbook.xml.rels"
CELL_PLACE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")
Cell = str | int | float | bool | date | datetime | time | timedelta


def check_size(opened: zipfile.ZipFile, name: str) -> None:
    """Check what a workbook really unpacks to; the sizes in its directory may be false.

    Raises:
        UnreadableFile: it is more than the reader may hold in memory, or a sheet is damaged.
    """
    left, parts = MAX_XML_BYTES, {}
    for member in opened.infolist():
        parts[member.filename] = part = _Part()
        with opened.open(member) as file:
            while read := file.read(READ_BYTES):
                left -= len(read)
                if left < 0:
                    limit = MAX_XML_BYTES // 1024**2
                    raise UnreadableFile("ingest.workbook.too_large", name=name, limit=limit)
                part.feed(read)
    relations = parts.get(RELATIONS, _Part())
    used = {_file_name(target) for target in relations.targets}
    unchecked = [
        part for path, part in parts.items() if part.is_broken and _file_name(path) in used
    ]
    if unchecked or relations.is_broken or OTHER_KINDS.intersection(parts):
        raise UnreadableFile("ingest.packed.damaged", name=name)
    most = max(part.cells for part in parts.values())
    if most > MAX_CELLS or most * sum(part.sheets for part in parts.values()) > MAX_READ_CELLS:
        raise UnreadableFile("ingest.workbook.too_wide", name=name, limit=MAX_CELLS)


def _file_name(path: str) -> str:
    return path.rpartition("/")[2].casefold()


class _Part:
    """Reads a file of a workbook: around how many places the filled cells of a sheet are.

    Attributes:
        targets: of a list of relations.
        sheets: how many a list of sheets has.
        is_broken: it is no XML, as a picture is.
    """

    def __init__(self) -> None:
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartElementHandler = self._element
        self.targets: list[str] = []
        self.sheets = 0
        self.is_broken = False
        self._row = self._column = 0
        # Of the filled cells.
        self._rows: tuple[int, int] | None = None
        self._columns: tuple[int, int] | None = None

    @property
    def cells(self) -> int:
        """The number of places; 0 where no cell is filled."""
        if self._rows is None or self._columns is None:
            return 0
        (top, bottom), (left, right) = self._rows, self._columns
        return (bottom - top + 1) * (right - left + 1)

    def feed(self, read: bytes) -> None:
        """Read bytes."""
        if self.is_broken:
            return
        try:
            self._parser.Parse(read)
        except (expat.ExpatError, LookupError, ValueError):
            self.is_broken = True

    def _element(self, name: str, attributes: Mapping[str, str]) -> None:
        local = _local(name)
        if local == "row":
            stated = attributes.get("r", "")
            self._row = int(stated) if stated.isdecimal() else self._row + 1
            self._column = 0
        elif local == "c":
            place = CELL_PLACE.fullmatch(attributes.get("r", ""))
            self._column = _column_number(place[1]) if place else self._column + 1
            self._row = int(place[2]) if place else self._row
        elif local in {"v", "t"} and self._column:
            self._rows = _around(self._rows, self._row)
            self._columns = _around(self._columns, self._column)
        elif local == "Relationship":
            self.targets.append(attributes.get("Target", ""))
        elif local == "sheet":
            self.sheets += 1


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = 26 * number + ord(letter) - ord("A") + 1
    return number


def _around(bounds: tuple[int, int] | None, number: int) -> tuple[int, int]:
    first, last = bounds or (number, number)
    return min(first, number), max(last, number)


def sheet_rows(path: Path, name: str) -> tuple[Iterator[tuple[int, list[str]]], int]:
    """Return the filled rows of the first filled sheet, and the number of other filled sheets.

    Formulas count by their stored values, dates are written as 2026-11-28.

    Raises:
        UnreadableFile: it is damaged, protected or empty.
    """
    first, others = None, 0
    try:
        workbook = CalamineWorkbook.from_path(path)
        for title in _visible(workbook):
            sheet = workbook.get_sheet_by_name(title)
            if sheet.height and first is None:
                first = sheet
            elif sheet.height:
                others += 1
    except (CalamineError, OSError, ValueError) as error:
        raise UnreadableFile("ingest.packed.damaged", name=name) from error
    if first is None:
        raise UnreadableFile("ingest.workbook.empty", name=name)
    return _filled_rows(first), others


def _visible(workbook: CalamineWorkbook) -> list[str]:
    return [
        sheet.name
        for sheet in workbook.sheets_metadata
        if sheet.visible is SheetVisibleEnum.Visible
    ]


def _filled_rows(sheet: CalamineSheet) -> Iterator[tuple[int, list[str]]]:
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        if set(cells) == {""}:
            continue  # Fast: far cells make many of them.
        texts = [_text(cell) for cell in cells]
        if any(text.strip() for text in texts):
            yield number, texts


def _text(cell: Cell) -> str:
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat(sep=" ") if isinstance(cell, datetime) else cell.isoformat()
    # Excel writes characters that XML does not allow, and line ends, as escapes.
    return str(cell).replace("_x000D_\n", "\n").replace("_x000D_", "\n")
