"""Detects the format of a file, or reports in one sentence why it cannot be read."""

import codecs
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from datasets.conversations.errors import ShapeError
from datasets.ingest.files.columns import checked_columns
from datasets.ingest.files.foreign import converted
from datasets.ingest.files.json_rows import is_numbered_in_list, json_rows
from datasets.ingest.files.lines import BYTE_ORDER_MARK, READ_BYTES, read_lines, texts_of
from datasets.ingest.files.mapping import (
    MissingKeys,
    mapped_object,
    missing_columns,
    no_column,
)
from datasets.ingest.files.not_json import not_json, other_format
from datasets.ingest.files.parse import ENDS_EARLY, is_unfinished, object_in
from datasets.ingest.files.raw import RawRow, UnclosedList, UnreadableFile
from datasets.ingest.files.rejected import TableHeader
from datasets.ingest.files.shapes import foreign_shape
from datasets.ingest.files.spool import Spool
from datasets.ingest.files.table import (
    COMMA_SEPARATED,
    Dialect,
    header_of,
    read_table,
    separator_line,
)
from reviewapp.core.messages import Message, message


class Format(StrEnum):
    """The formats that a caller may choose."""

    AUTO = "auto"
    CHAT = "chat"
    PROMPT_COMPLETION = "prompt-completion"
    CSV = "csv"


FILE_SIGNATURES = {
    b"\x1f\x8b": "ingest.file.gzip",
    b"PK\x03\x04": "ingest.file.zip",
    b"PAR1": "ingest.file.parquet",
    b"\xff\xfe": "ingest.file.utf16",
    b"\xfe\xff": "ingest.file.utf16",
    b"%PDF": "ingest.file.pdf",
}
# Rows in the format of another tool are read until it is clear that all of them are.
MAX_SAMPLED_OBJECTS = 50
MAX_SIGNATURE_LENGTH = max(map(len, FILE_SIGNATURES))
# How much of a file is checked while its sender waits.
BEGINNING_BYTES = 1024**2


@dataclass(frozen=True)
class Reading:
    """How a file is to be read.

    Attributes:
        format: the format that was asked for, one of Format.
        mapping: the columns and keys that a person mapped (`mapping.TARGETS`).
        is_part: it is one of several files, of which each may lack mapped columns.
    """

    format: str = Format.AUTO
    mapping: Mapping[str, str] = field(default_factory=dict)
    is_part: bool = False


@dataclass(frozen=True)
class Source:
    """A file that can be read. `format` is how its rows are read, never auto for CSV.

    AUTO means JSON lines of which each may be a chat or a prompt with a completion.
    """

    path: Path
    size: int
    format: Format
    dialect: Dialect = COMMA_SEPARATED
    # Columns and keys that a person mapped.
    mapping: Mapping[str, str] = field(default_factory=dict)
    # Of a table, so that its rejected rows can be read again.
    columns: tuple[str, ...] = ()
    # Columns of a table that are not read but kept in the metadata.
    unread: tuple[str, ...] = ()
    # The format of another tool that the first row is in, a code of `foreign.READERS`.
    shape: str = ""
    # What else the import tells from the beginning, as codes of notes with their numbers.
    notes: Mapping[str, int] = field(default_factory=dict)
    # The temporary file behind `path`; with `is_spooled` it holds raw rows.
    spool: Spool | None = field(default=None, compare=False)
    is_spooled: bool = False

    @property
    def header(self) -> dict[str, Any]:
        """What rejected rows of a table are read by; empty without."""
        return TableHeader(self.columns, self.dialect).as_json() if self.columns else {}

    def rows(self) -> Iterator[RawRow]:
        """Yield the raw rows from the beginning, in the order of the file."""
        if self.spool and self.is_spooled:
            yield from self.spool.rows()
            return
        if self.format is Format.CSV:
            yield from read_table(self.path, dialect=self.dialect)
            return
        with self.path.open("rb") as file:
            yield from json_rows(file)


def open_text(path: Path, reading: Reading, name: str) -> Source:
    """Check a file of text before anything is stored. `name` is the name to show.

    Raises:
        UnreadableFile: there is no such file, it is not UTF-8, not JSON lines, empty, ...
    """
    size = _readable_size(path, name)
    check_utf8(path, name)
    if _is_table(path, reading, name):
        return _table(path, size, reading, name)
    source = Source(path, size, Format(reading.format), mapping=reading.mapping)
    source = replace(source, shape=_check_has_rows(source, name).shape)
    source = replace(source, notes={"numbered_in_list": 1} if is_numbered_in_list(path) else {})
    if reading.mapping and not reading.is_part:
        _check_mapped_keys(source, name)
    return source


def _check_mapped_keys(source: Source, name: str) -> None:
    """Check that each mapped key is in a row; most files have all of them in the first."""
    missing = MissingKeys(source.mapping)
    for row in source.rows():
        missing.see(row)
        if not missing.names:
            return
    missing.check(name)


def check_text_beginning(path: Path, reading: Reading, name: str) -> Source:
    """Check the first MB of a file; return what `open_text` may find, as far as that shows it.

    Errors further on are left to `open_text`; the format of the result is then the one that was
    asked for. A file of at most 1 MB is read whole.

    Raises:
        UnreadableFile: `open_text` would reject the file because of its first MB.
    """
    size = _readable_size(path, name)
    if size <= BEGINNING_BYTES:
        return open_text(path, reading, name)
    with path.open("rb") as file:
        beginning = file.read(BEGINNING_BYTES)
    undecided = Source(path, size, Format(reading.format), mapping=reading.mapping)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(beginning)
    except UnicodeDecodeError as error:
        raise _not_utf8(path, name, error.start) from error
    is_list = beginning.removeprefix(BYTE_ORDER_MARK).lstrip().startswith(b"[")
    whole, newline, _ = beginning.rpartition(b"\n")
    if not whole.strip() and not is_list:
        return undecided  # One line, or blank lines, without an end.
    with NamedTemporaryFile() as part:
        part.write(beginning if is_list else whole + newline)
        part.flush()
        found = _judge_beginning(undecided, Path(part.name), reading, name)
    return replace(found, path=path, size=size)


def _judge_beginning(undecided: Source, part: Path, reading: Reading, name: str) -> Source:
    """Check whole lines, or a list without its end, that were copied from a file to `part`."""
    if _is_table(part, reading, name):
        return _table(part, undecided.size, reading, name)
    rows = replace(undecided, path=part).rows()
    sample = _Sample(None, [])
    try:
        sample = _sample_rows(rows, undecided)
        next((row for row in rows if not row.is_element), None)
    except UnclosedList:
        pass  # The end of the list is not in the beginning of the file.
    except UnreadableFile as error:
        raise UnreadableFile("ingest.file.unreadable", name=name, cause=error.message) from error
    if sample.is_foreign and len(sample.shapes) == MAX_SAMPLED_OBJECTS:
        raise other_format(name, sample.shapes[0])
    if sample.is_unfinished and not is_numbered_in_list(undecided.path):
        raise not_json(undecided.path, name, sample.cause)
    return replace(undecided, shape=sample.shape)


def _readable_size(path: Path, name: str) -> int:
    try:
        if path.is_dir():
            raise UnreadableFile("ingest.file.folder", name=name)
        if not path.exists():
            raise UnreadableFile("ingest.file.missing", name=name)
        if not path.is_file():
            raise UnreadableFile("ingest.file.stream", name=name)
        size = path.stat().st_size
        with path.open("rb") as file:
            beginning = file.read(MAX_SIGNATURE_LENGTH)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UnreadableFile("ingest.file.denied", name=name, reason=reason) from error
    check_is_text(beginning, name)
    return size


def check_is_text(beginning: bytes, name: str) -> None:
    """Check that the first bytes of a file do not show a binary format.

    Raises:
        UnreadableFile: they do; it names the format and what to do.
    """
    for signature, sentence in FILE_SIGNATURES.items():
        if beginning.startswith(signature):
            raise UnreadableFile(sentence, name=name)


def check_utf8(path: Path, name: str) -> None:
    """Read the whole file once: a wrong byte in the last line must not leave half an import.

    Raises:
        UnreadableFile: it is not UTF-8, or empty.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    at, blank = 0, True
    with path.open("rb") as file:
        while chunk := file.read(READ_BYTES):
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                raise _not_utf8(path, name, at + error.start) from error
            at += len(chunk)
            blank = blank and not chunk.removeprefix(BYTE_ORDER_MARK).strip()
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise _not_utf8(path, name, at - 1) from error
    if blank:
        raise UnreadableFile("ingest.file.empty", name=name)


def _not_utf8(path: Path, name: str, offset: int) -> UnreadableFile:
    line = next((line.number for line in read_lines(path) if line.end > offset), 1)
    return UnreadableFile("ingest.file.not_utf8", name=name, line=line)


def _check_has_rows(source: Source, name: str) -> "_Sample":
    """Return the first rows of a file with a row that can be read; else report its first error.

    A list is read to its end, so that one that is cut off is rejected before anything is stored.
    """
    rows = source.rows()
    try:
        sample = _sample_rows(rows, source)
        next((row for row in rows if not row.is_element), None)
    except UnreadableFile as error:
        raise UnreadableFile("ingest.file.unreadable", name=name, cause=error.message) from error
    if sample.is_foreign:
        raise other_format(name, sample.shapes[0])
    if not sample.shapes:
        raise not_json(source.path, name, sample.cause)
    return sample


@dataclass(frozen=True)
class _Sample:
    """The first rows of a file.

    Attributes:
        cause: why the first row cannot be read; None if it can.
        shapes: the foreign formats of the first objects. An object that can be read, or is in no
            known format, has the shape None and is the last.
        is_unfinished: the first line begins an object that it does not end.
        shape: the format of another tool in which the last object is read.
    """

    cause: Message | None
    shapes: list[Message | None]
    is_unfinished: bool = False
    shape: str = ""

    @property
    def is_foreign(self) -> bool:
        """Return whether there are objects, all of them in the format of another tool."""
        return bool(self.shapes) and all(self.shapes)


def _sample_rows(rows: Iterator[RawRow], source: Source) -> _Sample:
    """Read rows until one is an object that can be read, or enough are in another format."""
    cause: Message | None = None
    shapes: list[Message | None] = []
    shape = ""
    for row in rows:
        if not cause and not shapes and is_unfinished(row.raw):
            # Some lines of the list may be objects; read as rows they would be half of the file.
            return _Sample(_at_line(row, message(ENDS_EARLY)), [], is_unfinished=True)
        try:
            value = object_in(row)
            if source.mapping:
                value = mapped_object(value, source.mapping)
            other = converted(value) if source.format == Format.AUTO else None
            shape = other.format if other else ""
            shapes.append(None if other else foreign_shape(value))
        except ShapeError as error:
            cause = cause or _at_line(row, error.message)
            continue
        if not shapes[-1] or len(shapes) == MAX_SAMPLED_OBJECTS:
            break
    return _Sample(cause, shapes, shape=shape)


def _at_line(row: RawRow, cause: Message) -> Message:
    return message("ingest.at_line", line=row.line, cause=cause)


def _header(path: Path) -> tuple[list[str], Dialect]:
    texts = texts_of(path)
    first = next(texts, "")
    if separator := separator_line(first):
        return header_of(next(texts, ""), delimiter=separator)
    return header_of(first)


def _is_table(path: Path, reading: Reading, name: str) -> bool:
    if reading.format != Format.AUTO:
        return reading.format == Format.CSV
    if next(texts_of(path), "").lstrip().startswith(("{", "[")):
        return False
    columns, _ = _header(path)
    named_so = Path(name).suffix.lower() in {".csv", ".tsv"}
    return named_so or bool({"user", "assistant"}.intersection(columns))


def _table(path: Path, size: int, reading: Reading, name: str) -> Source:
    columns, dialect = _header(path)
    check_has_columns(columns, reading, name)
    unread, shape = checked_columns(columns, name, reading.mapping)
    return Source(path, size, Format.CSV, dialect, reading.mapping, tuple(columns), unread, shape)


def check_has_columns(columns: list[str], reading: Reading, name: str) -> None:
    """Check that a table has the columns that a person mapped.

    Raises:
        UnreadableFile: it names one that is not there.
    """
    if not reading.is_part and (missing := missing_columns(columns, reading.mapping)):
        raise no_column(name, missing[0])
