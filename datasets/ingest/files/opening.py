"""Opens a file or folder of any kind that can be imported; unpacks it first where necessary."""

import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import orjson

from datasets.ingest.files.columnar import write_columnar
from datasets.ingest.files.columns import checked_columns
from datasets.ingest.files.folders import data_files
from datasets.ingest.files.mapping import NO_MAPPING, MissingKeys
from datasets.ingest.files.packed import (
    GZIP,
    PARQUET,
    ZIP,
    archive,
    is_workbook,
    members_of,
    unpack_gzip,
    unpack_member,
)
from datasets.ingest.files.raw import RawRow, UnreadableFile
from datasets.ingest.files.source import (
    BEGINNING_BYTES,
    Format,
    Reading,
    Source,
    check_has_columns,
    check_text_beginning,
    open_text,
)
from datasets.ingest.files.spool import Spool
from datasets.ingest.files.table import COMMA_SEPARATED, record_of
from datasets.ingest.files.workbooks import check_size, sheet_rows

SIGNATURE_LENGTH = 4


def open_source(
    path: Path,
    *,
    format_: str = Format.AUTO,
    name: str = "",
    mapping: Mapping[str, str] = NO_MAPPING,
) -> Source:
    """Check a file before anything is stored; a packed one is unpacked into a temporary file.

    Args:
        path: the file, or the folder of a data set.
        format_: one of Format.
        name: the name to show, if it differs from the name on the disk.
        mapping: the columns and keys that a person mapped, with their targets.

    Raises:
        UnreadableFile: there is no such file, it is not UTF-8, not JSON lines, empty, ...
    """
    return _open(path, Reading(format_, mapping), name or path.name or str(path))


def _open(path: Path, reading: Reading, name: str) -> Source:
    if path.is_dir():
        return _folder(path, reading, name)
    beginning = _beginning(path)
    if beginning.startswith(GZIP):
        spool = unpack_gzip(path, name)
        return _open_spool(spool, reading, name.removesuffix(".gz"))
    if beginning.startswith(ZIP):
        with archive(path, name) as opened:
            if is_workbook(opened):
                check_size(opened, name)
                return _workbook(path, reading, name)
            return _archive(opened, path.stat().st_size, reading, name)
    if beginning.startswith(PARQUET):
        return _columnar(path, reading, name, is_parquet=True)
    return open_text(path, reading, name)


def check_beginning(
    path: Path,
    *,
    format_: str = Format.AUTO,
    name: str = "",
    mapping: Mapping[str, str] = NO_MAPPING,
) -> Source:
    """Check the beginning of a file; return what `open_source` may find, as far as it shows.

    A packed file of at most 1 MB is unpacked; a larger one is left to `open_source`.

    Raises:
        UnreadableFile: `open_source` would reject the file because of its beginning.
    """
    name = name or path.name or str(path)
    reading = Reading(format_, mapping)
    if not _beginning(path).startswith((GZIP, ZIP, PARQUET)):
        return check_text_beginning(path, reading, name)
    size = path.stat().st_size
    if size <= BEGINNING_BYTES:
        return _open(path, reading, name)
    return Source(path, size, Format(format_), mapping=mapping)


def _beginning(path: Path) -> bytes:
    """Return the signature of a file; empty if it cannot be read, which `open_text` reports."""
    try:
        if not path.is_file():
            return b""
        with path.open("rb") as file:
            return file.read(SIGNATURE_LENGTH)
    except OSError:
        return b""


def _open_spool(spool: Spool, reading: Reading, name: str) -> Source:
    return replace(open_text(spool.path, reading, name), spool=spool)


def _columnar(path: Path, reading: Reading, name: str, *, is_parquet: bool) -> Source:
    spool = write_columnar(path, name, is_parquet=is_parquet)
    if reading.format == Format.CSV:
        reading = replace(reading, format=Format.AUTO)
    return _open_spool(spool, reading, name)


def _archive(opened: zipfile.ZipFile, size: int, reading: Reading, name: str) -> Source:
    members, left_out = members_of(opened, name)
    notes = {"files_left_out": left_out} if left_out else {}
    part = replace(reading, is_part=len(members) > 1)
    parts = (
        (_open_spool(unpack_member(opened, member, size), part, f"{name}/{member.filename}"), "")
        for member in members
    )
    if len(members) == 1:
        source, _split = next(parts)
        return replace(source, notes={**source.notes, **notes})
    return replace(_joined(parts, reading, name, size), notes=notes)


def _folder(path: Path, reading: Reading, name: str) -> Source:
    files = data_files(path, name)
    size = sum(file.path.stat().st_size for file in files)
    part = replace(reading, is_part=True)
    parts = (
        (_open_part(file.path, part, f"{name}/{file.path.name}"), file.split) for file in files
    )
    return _joined(parts, reading, name, size)


def _open_part(path: Path, reading: Reading, name: str) -> Source:
    if path.suffix == ".arrow":
        return _columnar(path, reading, name, is_parquet=False)
    return _open(path, reading, name)


def _joined(
    parts: Iterable[tuple[Source, str]], reading: Reading, name: str, packed_bytes: int
) -> Source:
    """Return several files as one: their rows, with lines counted through all of them."""
    spool = Spool(name, packed_bytes)
    before, formats, shapes, tables = 0, set(), [], set()
    missing = MissingKeys(reading.mapping)
    unread: dict[str, None] = {}
    for source, split in parts:
        line = 0
        for row in source.rows():
            line = row.line
            missing.see(row)
            spool.add(_with_split(replace(row, line=before + line), split))
        before += line
        formats.add(source.format)
        shapes.append(source.shape)
        tables.add((source.columns, source.dialect))
        unread |= dict.fromkeys(source.unread)
    missing.check(name)
    columns, dialect = tables.pop() if len(tables) == 1 else ((), COMMA_SEPARATED)
    return Source(
        path=spool.path,
        size=spool.size,
        mapping=reading.mapping,
        columns=columns,
        dialect=dialect,
        format=formats.pop() if len(formats) == 1 else Format.AUTO,
        unread=tuple(unread),
        shape=next(filter(None, shapes), ""),
        spool=spool.finish(),
        is_spooled=True,
    )


def _with_split(row: RawRow, split: str) -> RawRow:
    """Return a row with the split of its file, if it names none itself."""
    if not split or row.error:
        return row
    if row.cells is not None:
        return replace(row, cells={"split": split, **row.cells})
    try:
        value = orjson.loads(row.raw)
    except ValueError:
        return row
    if not isinstance(value, dict) or value.get("split"):
        return row
    return replace(row, raw=orjson.dumps({**value, "split": split}))


def _workbook(path: Path, reading: Reading, name: str) -> Source:
    rows, left_out = sheet_rows(path, name)
    spool = Spool(name, path.stat().st_size)
    _, header = next(rows)
    while header and not header[-1].strip():
        header.pop()
    columns = [cell.strip().lower() for cell in header]
    check_has_columns(columns, reading, name)
    unread, shape = checked_columns(columns, name, reading.mapping)
    count = 0
    for number, cells in rows:
        spool.add(record_of(number, columns, cells))
        count += 1
    if not count:
        raise UnreadableFile("ingest.workbook.empty", name=name)
    return Source(
        path=spool.path,
        size=spool.size,
        format=Format.CSV,
        mapping=reading.mapping,
        columns=tuple(columns),
        unread=unread,
        shape=shape,
        notes={"sheets_left_out": left_out} if left_out else {},
        spool=spool.finish(),
        is_spooled=True,
    )
