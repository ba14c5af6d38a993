"""Makes small Excel workbooks, as other programs write them."""

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
Rows = Mapping[int, Sequence[str | float | None]]


def write_workbook(path: Path, sheets: Mapping[str, Rows]) -> Path:
    """Write sheets by name, each with its rows by number, and return the path.

    None is no cell. A cell that begins with `=` is a formula with the stored value 42.
    """
    names = [*sheets]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", _content_types(len(names)))
        archive.writestr("_rels/.rels", _relations({"R1": ("officeDocument", "xl/workbook.xml")}))
        listed = "".join(
            f'<sheet name="{name}" sheetId="{number}" r:id="R{number}"/>'
            for number, name in enumerate(names, start=1)
        )
        workbook = (
            f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{listed}</sheets></workbook>'
        )
        archive.writestr("xl/workbook.xml", workbook)
        parts = {
            f"R{number}": ("worksheet", f"worksheets/sheet{number}.xml")
            for number in range(1, len(names) + 1)
        }
        archive.writestr("xl/_rels/workbook.xml.rels", _relations(parts))
        for number, rows in enumerate(sheets.values(), start=1):
            archive.writestr(f"xl/worksheets/sheet{number}.xml", _sheet(rows))
    return path


def _content_types(sheets: int) -> str:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = "".join(
        f'<Override PartName="/xl/worksheets/sheet{number}.xml" '
        f'ContentType="{kind}.worksheet+xml"/>'
        for number in range(1, sheets + 1)
    )
    return (
        f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f"{parts}</Types>"
    )


def _relations(parts: Mapping[str, tuple[str, str]]) -> str:
    listed = "".join(
        f'<Relationship Id="{key}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for key, (kind, target) in parts.items()
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{listed}</Relationships>'


def _sheet(rows: Rows) -> str:
    body = "".join(
        f'<row r="{number}">{_cells(number, cells)}</row>' for number, cells in rows.items()
    )
    return f'<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData></worksheet>'


def _cells(row: int, cells: Sequence[str | float | None]) -> str:
    return "".join(
        _cell(column, row, cell) for column, cell in enumerate(cells) if cell is not None
    )


def _cell(column: int, row: int, cell: str | float) -> str:
    place = f"{_letters(column)}{row}"
    if isinstance(cell, str) and cell.startswith("="):
        return f'<c r="{place}"><f>{escape(cell[1:])}</f><v>42</v></c>'
    if isinstance(cell, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
    return f'<c r="{place}"><v>{cell}</v></c>'


def _letters(column: int) -> str:
    more, last = divmod(column, 26)
    return (_letters(more - 1) if more else "") + chr(ord("A") + last)
