"""Reads the first filled sheet of an Excel workbook: a header and a row of cells for each line."""

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from datasets.ingest.files.lines import READ_BYTES
from datasets.ingest.files.raw import UnreadableFile

# The reader holds a whole sheet in memory, so that what it unpacks to has to be bounded.
MAX_XML_BYTES = 100 * 1024**2
Cell = str | int | float | bool | date | datetime | time | timedelta


def check_size(opened: zipfile.ZipFile, name: str) -> None:
    """Check what a workbook really unpacks to; the sizes in its directory may be false.

    Raises:
        UnreadableFile: it is more than the reader may hold in memory.
    """
    left = MAX_XML_BYTES
    for member in opened.infolist():
        with opened.open(member) as file:
            while part := file.read(READ_BYTES):
                left -= len(part)
                if left < 0:
                    limit = MAX_XML_BYTES // 1024**2
                    raise UnreadableFile("ingest.workbook.too_large", name=name, limit=limit)


def sheet_rows(path: Path, name: str) -> tuple[Iterator[tuple[int, list[str]]], int]:
    """Return the filled rows of the first filled sheet, and the number of other filled sheets.

    Formulas count by their stored values, dates are written as 2026-11-28.

    Raises:
        UnreadableFile: it is damaged, protected or empty.
    """
    try:
        workbook = CalamineWorkbook.from_path(path)
        sheets = [workbook.get_sheet_by_name(sheet) for sheet in _visible(workbook)]
    except (CalamineError, OSError, ValueError) as error:
        raise UnreadableFile("ingest.packed.damaged", name=name) from error
    filled = [sheet for sheet in sheets if sheet.height]
    if not filled:
        raise UnreadableFile("ingest.workbook.empty", name=name)
    return _filled_rows(filled[0]), len(filled) - 1


def _visible(workbook: CalamineWorkbook) -> list[str]:
    return [
        sheet.name
        for sheet in workbook.sheets_metadata
        if sheet.visible is SheetVisibleEnum.Visible
    ]


def _filled_rows(sheet: CalamineSheet) -> Iterator[tuple[int, list[str]]]:
    for number, cells in enumerate(sheet.iter_rows(), start=1):
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
