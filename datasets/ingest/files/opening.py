"""Opens a file or folder of any kind that can be imported; unpacks it first where necessary."""

import zipfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import orjson

from datasets.ingest.files.columnar import write_columnar
from datasets.ingest.files.folders import data_files
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
    Source,
    check_text_beginning,
    checked_columns,
    open_text,
)
from datasets.ingest.files.spool import Spool
from datasets.ingest.files.table import record_of
from datasets.ingest.files.workbooks import check_size, sheet_rows

SIGNATURE_LENGTH = 4


def open_source(path: Path, *, format_: str = Format.AUTO, name: str = "") -> Source:
    """Check a file before anything is stored; a packed one is unpacked into a temporary file.

    Args:
        path: the file, or the folder of a data set.
        format_: one of Format.
        name: the name to show, if it differs from the name on the disk.

    Raises:
        UnreadableFile: there is no such file, it is not UTF-8, not JSON lines, empty, ...
    """
    name = name or path.name or str(path)
    if path.is_dir():
        return _folder(path, format_, name)
    beginning = _beginning(path)
    if beginning.startswith(GZIP):
        spool = unpack_gzip(path, name)
        return _open_spool(spool, format_, name.removesuffix(".gz"))
    if beginning.startswith(ZIP):
        with archive(path, name) as opened:
            if is_workbook(opened):
                check_size(opened, name)
                return _workbook(path, name)
            return _archive(opened, path.stat().st_size, format_, name)
    if beginning.startswith(PARQUET):
        return _columnar(path, format_, name, is_parquet=True)
    return open_text(path, format_=format_, name=name)


def check_beginning(path: Path, *, format_: str = Format.AUTO, name: str = "") -> Source:
    """Check the beginning of a file; return what `open_source` may find, as far as it shows.

    A packed file of at most 1 MB is unpacked; a larger one is left to `open_source`.

    Raises:
        UnreadableFile: `open_source` would reject the file because of its beginning.
    """
    if not _beginning(path).startswith((GZIP, ZIP, PARQUET)):
        return check_text_beginning(path, format_=format_, name=name)
    size = path.stat().st_size
    if size <= BEGINNING_BYTES:
        return open_source(path, format_=format_, name=name)
    return Source(path, size, Format(format_))


def _beginning(path: Path) -> bytes:
    """Return the signature of a file; empty if it cannot be read, which `open_text` reports."""
    try:
        if not path.is_file():
            return b""
        with path.open("rb") as file:
            return file.read(SIGNATURE_LENGTH)
    except OSError:
        return b""


def _open_spool(spool: Spool, format_: str, name: str) -> Source:
    return replace(open_text(spool.path, format_=format_, name=name), spool=spool)


def _columnar(path: Path, format_: str, name: str, *, is_parquet: bool) -> Source:
    spool = write_columnar(path, name, is_parquet=is_parquet)
    return _open_spool(spool, Format.AUTO if format_ == Format.CSV else format_, name)


def _archive(opened: zipfile.ZipFile, size: int, format_: str, name: str) -> Source:
    members, left_out = members_of(opened, name)
    notes = {"files_left_out": left_out} if left_out else {}
    parts = (
        (_open_spool(unpack_member(opened, member, size), format_, f"{name}/{member.filename}"), "")
        for member in members
    )
    if len(members) == 1:
        return replace(next(parts)[0], notes=notes)
    return replace(_joined(parts, name, size), notes=notes)


def _folder(path: Path, format_: str, name: str) -> Source:
    files = data_files(path, name)
    size = sum(file.path.stat().st_size for file in files)
    parts = (
        (_open_part(file.path, format_, f"{name}/{file.path.name}"), file.split) for file in files
    )
    return _joined(parts, name, size)


def _open_part(path: Path, format_: str, name: str) -> Source:
    if path.suffix == ".arrow":
        return _columnar(path, format_, name, is_parquet=False)
    return open_source(path, format_=format_, name=name)


def _joined(parts: Iterable[tuple[Source, str]], name: str, packed_bytes: int) -> Source:
    """Return several files as one: their rows, with lines counted through all of them."""
    spool = Spool(name, packed_bytes)
    before, formats, shapes = 0, set(), []
    unread: dict[str, None] = {}
    for source, split in parts:
        line = 0
        for row in source.rows():
            line = row.line
            spool.add(_with_split(replace(row, line=before + line), split))
        before += line
        formats.add(source.format)
        shapes.append(source.shape)
        unread |= dict.fromkeys(source.unread)
    return Source(
        path=spool.path,
        size=spool.size,
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


def _workbook(path: Path, name: str) -> Source:
    rows, left_out = sheet_rows(path, name)
    spool = Spool(name, path.stat().st_size)
    _, header = next(rows)
    while header and not header[-1].strip():
        header.pop()
    columns = [cell.strip().lower() for cell in header]
    unread, shape = checked_columns(columns, name)
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
        unread=unread,
        shape=shape,
        notes={"sheets_left_out": left_out} if left_out else {},
        spool=spool.finish(),
        is_spooled=True,
    )
