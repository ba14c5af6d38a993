"""Unpacks gzip and ZIP files into temporary files. Names inside an archive are never paths here."""

import gzip
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from datasets.ingest.files.lines import READ_BYTES
from datasets.ingest.files.raw import UnreadableFile
from datasets.ingest.files.spool import Spool

GZIP, ZIP, PARQUET = b"\x1f\x8b", b"PK\x03\x04", b"PAR1"
READ_SUFFIXES = frozenset({".jsonl", ".ndjson", ".json", ".csv", ".tsv"})
MAX_MEMBERS = 1000
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, gzip.BadGzipFile, NotImplementedError)
IS_ENCRYPTED = 0x1


def unpack_gzip(path: Path, name: str) -> Spool:
    """Return what a gzip file holds.

    Raises:
        UnreadableFile: it is damaged or becomes too large.
    """
    spool = Spool(name, path.stat().st_size)
    try:
        with gzip.open(path) as file:
            _copy(file, spool.write)
    except BROKEN as error:
        raise UnreadableFile("ingest.packed.damaged", name=name) from error
    return spool.finish()


def _copy(file: IO[bytes] | gzip.GzipFile, write: Callable[[bytes], None]) -> None:
    while part := file.read(READ_BYTES):
        write(part)


@contextmanager
def archive(path: Path, name: str) -> Iterator[zipfile.ZipFile]:
    """Open a ZIP file for reading.

    Raises:
        UnreadableFile: it is damaged, encrypted, or has too many members.
    """
    try:
        with zipfile.ZipFile(path) as opened:
            members = opened.infolist()
            if len(members) > MAX_MEMBERS:
                raise UnreadableFile("ingest.packed.many", name=name, limit=MAX_MEMBERS)
            if any(member.flag_bits & IS_ENCRYPTED for member in members):
                raise UnreadableFile("ingest.packed.encrypted", name=name)
            yield opened
    except BROKEN as error:
        raise UnreadableFile("ingest.packed.damaged", name=name) from error


def is_workbook(opened: zipfile.ZipFile) -> bool:
    """Return whether a ZIP file is an Excel workbook."""
    return "xl/workbook.xml" in opened.NameToInfo


def members_of(opened: zipfile.ZipFile, name: str) -> tuple[list[zipfile.ZipInfo], int]:
    """Return the members that can be read, by name, and the number of other files.

    Raises:
        UnreadableFile: there is none.
    """
    files = [member for member in opened.infolist() if not _is_hidden(member)]
    readable = [
        member for member in files if PurePosixPath(member.filename).suffix.lower() in READ_SUFFIXES
    ]
    if not readable:
        raise UnreadableFile("ingest.packed.nothing", name=name)
    readable.sort(key=lambda member: member.filename)
    return readable, len(files) - len(readable)


def _is_hidden(member: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(member.filename)
    return member.is_dir() or path.name.startswith(".") or "__MACOSX" in path.parts


def unpack_member(opened: zipfile.ZipFile, member: zipfile.ZipInfo, packed_bytes: int) -> Spool:
    """Return what a member holds; `packed_bytes` is the size of the archive."""
    spool = Spool(member.filename, packed_bytes)
    with opened.open(member) as file:
        _copy(file, spool.write)
    return spool.finish()
