"""Rows of a reject file: each holds a rejected row, to be read again once corrected. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import orjson

from datasets.ingest.files.raw import RawRow
from datasets.ingest.files.table import Dialect, record_in

# How each line of a reject file begins, also after other programs wrote it.
MARK = b'{"line"'
KEYS = {"line", "code", "message", "row"}


@dataclass(frozen=True)
class TableHeader:
    """The columns of a table and what separates its cells: what one of its rows is read by."""

    columns: tuple[str, ...]
    dialect: Dialect

    def as_json(self) -> dict[str, Any]:
        """Return it as the keys that a line of a reject file has besides the others."""
        space = " " if self.dialect.is_padded else ""
        return {"columns": list(self.columns), "separator": self.dialect.delimiter + space}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self | None:
        """Return the header that a line of a reject file or a stored import names; None without."""
        columns, separator = value.get("columns"), value.get("separator")
        if not isinstance(columns, list) or not all(isinstance(name, str) for name in columns):
            return None
        if not isinstance(separator, str) or not separator:
            return None
        return cls(tuple(columns), Dialect(separator[0], is_padded=len(separator) > 1))


def unwrapped(raw: RawRow) -> RawRow:
    """Return the row that a line of a reject file holds; any other row unchanged."""
    if raw.error or raw.cells is not None or not raw.raw.startswith(MARK):
        return raw
    try:
        value = orjson.loads(raw.raw)
    except ValueError:
        return raw
    if not isinstance(value, dict) or not value.keys() >= KEYS:
        return raw
    row = value["row"]
    header = TableHeader.from_json(value)
    if isinstance(row, str):
        return replace(row_in(row, header), line=raw.line, end=raw.end)
    return replace(raw, raw=orjson.dumps(row))


def row_in(text: str, header: TableHeader | None) -> RawRow:
    """Return the row that the text of a rejected one holds; `header` is that of its table."""
    if header is None:
        return RawRow(1, 0, text.strip().encode())
    if text.lstrip().startswith("{") and (cells := _cells(text)) is not None:
        return RawRow(1, 0, text.encode(), cells, header=header.as_json())
    found = record_in(text, list(header.columns), header.dialect)
    return replace(found, header=header.as_json())


def _cells(text: str) -> dict[str, str] | None:
    """Return the cells of a row of a workbook, which reject files hold as an object."""
    try:
        value = orjson.loads(text)
    except ValueError:
        return None
    is_text = isinstance(value, dict) and all(isinstance(cell, str) for cell in value.values())
    return value if is_text else None
