"""Detects the format of a file, or reports in one sentence why it cannot be read."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from datasets.conversations.messages import ShapeError
from datasets.ingest.files.json_rows import json_rows
from datasets.ingest.files.lines import BYTE_ORDER_MARK, READ_BYTES, read_lines
from datasets.ingest.files.parse import UNFINISHED, is_unfinished, parse_object
from datasets.ingest.files.raw import MAX_ROW_BYTES, RawRow, UnclosedList, UnreadableFile
from datasets.ingest.files.shapes import foreign_shape, unread_key_message
from datasets.ingest.files.table import (
    COMMA_SEPARATED,
    Dialect,
    header_of,
    read_table,
    separator_line,
)


class Format(StrEnum):
    """The formats that a caller may choose."""

    AUTO = "auto"
    CHAT = "chat"
    PROMPT_COMPLETION = "prompt-completion"
    CSV = "csv"


FILE_SIGNATURES = {
    b"\x1f\x8b": "is compressed with gzip. Unpack it first",
    b"PK\x03\x04": "is a ZIP archive or an Excel workbook. Unpack it, or save the sheet as CSV",
    b"PAR1": "is a Parquet file. Write it as JSON lines first",
    b"\xff\xfe": "is UTF-16 text. Save it as UTF-8",
    b"\xfe\xff": "is UTF-16 text. Save it as UTF-8",
    b"%PDF": "is a PDF. Only JSON lines and CSV can be imported",
}
COLUMNS = frozenset(
    {
        *("system", "user", "assistant", "prompt", "completion", "messages", "tools"),
        *("intent", "tags", "language", "policies", "external_id", "split", "metadata"),
    }
)
# Rows in the format of another tool are read until it is clear that all of them are.
MAX_SAMPLED_OBJECTS = 50
MAX_SHOWN_SUGGESTIONS = 3
MAX_SIGNATURE_LENGTH = max(map(len, FILE_SIGNATURES))
# How much of a file is checked while its sender waits.
BEGINNING_BYTES = 1024**2


@dataclass(frozen=True)
class Source:
    """A file that can be read. `format` is how its rows are read, never auto for CSV.

    AUTO means JSON lines of which each may be a chat or a prompt with a completion.
    """

    path: Path
    size: int
    format: Format
    dialect: Dialect = COMMA_SEPARATED
    # Columns of a table that are not read but kept in the metadata.
    unread: tuple[str, ...] = ()

    def rows(self) -> Iterator[RawRow]:
        """Yield the raw rows from the beginning, in the order of the file."""
        if self.format is Format.CSV:
            yield from read_table(self.path, dialect=self.dialect)
            return
        with self.path.open("rb") as file:
            yield from json_rows(file)


def open_source(path: Path, *, format_: str = Format.AUTO, name: str = "") -> Source:
    """Check a file before anything is stored.

    Args:
        path: the file.
        format_: one of Format.
        name: the name to show, if it differs from the name on the disk.

    Raises:
        UnreadableFile: there is no such file, it is not UTF-8, not JSON lines, empty, ...
    """
    name = name or path.name or str(path)
    size = _readable_size(path, name)
    _check_utf8(path, name)
    if format_ == Format.CSV:
        return _table(path, size, name)
    if format_ == Format.AUTO and _looks_like_table(path, name):
        return _table(path, size, name)
    source = Source(path, size, Format(format_))
    _check_has_rows(source, name)
    return source


def check_beginning(path: Path, *, format_: str = Format.AUTO, name: str = "") -> Source:
    """Check the first MB of a file; return what `open_source` may find, as far as that shows it.

    Errors further on are left to `open_source`; the format of the result is then the one that was
    asked for. A file of at most 1 MB is read whole.

    Raises:
        UnreadableFile: `open_source` would reject the file because of its first MB.
    """
    name = name or path.name or str(path)
    size = _readable_size(path, name)
    if size <= BEGINNING_BYTES:
        return open_source(path, format_=format_, name=name)
    with path.open("rb") as file:
        beginning = file.read(BEGINNING_BYTES)
    undecided = Source(path, size, Format(format_))
    try:
        codecs.getincrementaldecoder("utf-8")().decode(beginning)
    except UnicodeDecodeError as error:
        raise UnreadableFile(_not_utf8(path, name, error.start)) from error
    is_list = beginning.removeprefix(BYTE_ORDER_MARK).lstrip().startswith(b"[")
    whole, newline, _ = beginning.rpartition(b"\n")
    if not whole.strip() and not is_list:
        return undecided  # One line, or blank lines, without an end.
    with NamedTemporaryFile() as part:
        part.write(beginning if is_list else whole + newline)
        part.flush()
        found = _judge_beginning(undecided, Path(part.name), name)
    return replace(found, path=path, size=size)


def _judge_beginning(undecided: Source, part: Path, name: str) -> Source:
    """Check whole lines, or a list without its end, that were copied from a file to `part`."""
    asked = undecided.format
    if asked == Format.CSV or (asked == Format.AUTO and _looks_like_table(part, name)):
        return _table(part, undecided.size, name)
    rows = replace(undecided, path=part).rows()
    sample = _Sample("", [])
    try:
        sample = _sample_rows(rows)
        next((row for row in rows if not row.is_element), None)
    except UnclosedList:
        pass  # The end of the list is not in the beginning of the file.
    except UnreadableFile as problem:
        raise UnreadableFile(f"“{name}” cannot be read. {problem}") from problem
    if sample.is_foreign and len(sample.shapes) == MAX_SAMPLED_OBJECTS:
        raise UnreadableFile(f"“{name}” {sample.shapes[0]}")
    if sample.is_unfinished:
        raise UnreadableFile(_not_json(undecided.path, name, sample.cause))
    return undecided


def _readable_size(path: Path, name: str) -> int:
    try:
        if path.is_dir():
            raise UnreadableFile(f"“{name}” is a folder. Name a file in it.")
        if not path.exists():
            raise UnreadableFile(f"There is no file “{name}”. Check the path.")
        if not path.is_file():
            raise UnreadableFile(
                f"“{name}” is not a file that can be read twice. Save it as a file."
            )
        size = path.stat().st_size
        with path.open("rb") as file:
            beginning = file.read(MAX_SIGNATURE_LENGTH)
    except OSError as error:
        raise UnreadableFile(
            f"“{name}” cannot be read: {error.strerror}. Check who may read it."
        ) from error
    if kind := binary_format_message(beginning):
        raise UnreadableFile(f"“{name}” {kind}.")
    return size


def binary_format_message(beginning: bytes) -> str:
    """Return the binary format that the first bytes show, and what to do; empty for text.

    The text follows the name of the file: “answers.gz” is compressed with gzip. Unpack it first
    """
    return next((said for mark, said in FILE_SIGNATURES.items() if beginning.startswith(mark)), "")


def _check_utf8(path: Path, name: str) -> None:
    """Read the whole file once: a wrong byte in the last line must not leave half an import."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    at, blank = 0, True
    with path.open("rb") as file:
        while chunk := file.read(READ_BYTES):
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                raise UnreadableFile(_not_utf8(path, name, at + error.start)) from error
            at += len(chunk)
            blank = blank and not chunk.removeprefix(BYTE_ORDER_MARK).strip()
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise UnreadableFile(_not_utf8(path, name, at - 1)) from error
    if blank:
        raise UnreadableFile(f"“{name}” is empty. Write one conversation on each line.")


def _not_utf8(path: Path, name: str, offset: int) -> str:
    line = next((line.number for line in read_lines(path) if line.end > offset), 1)
    return f"“{name}” is not UTF-8 text: line {line} has other bytes. Save it as UTF-8."


def _check_has_rows(source: Source, name: str) -> None:
    """Check that a file has a row that can be read; otherwise report the error of its first row.

    A list is read to its end, so that one that is cut off is rejected before anything is stored.
    """
    rows = source.rows()
    try:
        sample = _sample_rows(rows)
        next((row for row in rows if not row.is_element), None)
    except UnreadableFile as problem:
        raise UnreadableFile(f"“{name}” cannot be read. {problem}") from problem
    if sample.is_foreign:
        raise UnreadableFile(f"“{name}” {sample.shapes[0]}")
    if not sample.shapes:
        raise UnreadableFile(_not_json(source.path, name, sample.cause))


@dataclass(frozen=True)
class _Sample:
    """The first rows of a file.

    Attributes:
        cause: why the first row cannot be read; empty if it can.
        shapes: the foreign formats of the first objects. An object in one of our formats, or in no
            known one, has the shape "" and is the last.
        is_unfinished: the first line begins an object that it does not end.
    """

    cause: str
    shapes: list[str]
    is_unfinished: bool = False

    @property
    def is_foreign(self) -> bool:
        """Return whether there are objects, all of them in the format of another tool."""
        return bool(self.shapes) and all(self.shapes)


def _sample_rows(rows: Iterator[RawRow]) -> _Sample:
    """Read rows until one is an object in one of our formats, or enough are in another."""
    cause, shapes = "", list[str]()
    for row in rows:
        if not cause and not shapes and is_unfinished(row.raw):
            # Some lines of the list may be objects; read as rows they would be half of the file.
            return _Sample(f"Line {row.line:,}: {UNFINISHED}", [], is_unfinished=True)
        try:
            shapes.append(foreign_shape(_object(row)))
        except ShapeError as error:
            cause = cause or f"Line {row.line:,}: {error}"
            continue
        if not shapes[-1] or len(shapes) == MAX_SAMPLED_OBJECTS:
            break
    return _Sample(cause, shapes)


def _object(row: RawRow) -> dict[str, Any]:
    if row.refused:
        raise ShapeError(*row.refused)
    return parse_object(row.raw)


def _texts(path: Path) -> Iterator[str]:
    texts = (line.raw.decode(errors="replace").strip("\r\n") for line in read_lines(path))
    return (text for text in texts if text.strip())


def _header(path: Path) -> tuple[list[str], Dialect]:
    texts = _texts(path)
    first = next(texts, "")
    if separator := separator_line(first):
        return header_of(next(texts, ""), delimiter=separator)
    return header_of(first)


def _looks_like_table(path: Path, name: str) -> bool:
    if next(_texts(path), "").lstrip().startswith(("{", "[")):
        return False
    columns, _ = _header(path)
    named_so = Path(name).suffix.lower() in {".csv", ".tsv"}
    return named_so or bool({"user", "assistant"}.intersection(columns))


def _table(path: Path, size: int, name: str) -> Source:
    columns, dialect = _header(path)
    if not columns:
        raise UnreadableFile(
            f"The first line of “{name}” is not the header of a table. Save it as CSV again, with "
            "a header and each row on a line of its own."
        )
    doubled = sorted({column for column in columns if columns.count(column) > 1})
    if doubled:
        raise UnreadableFile(f"“{name}” has the column {doubled[0]} twice. Rename one of the two.")
    unread = tuple(column for column in columns if column and column not in COLUMNS)
    _check_required_columns({*columns}, unread, name)
    return Source(path, size, Format.CSV, dialect, unread)


def _check_required_columns(columns: set[str], unread: tuple[str, ...], name: str) -> None:
    if "messages" in columns or {"prompt", "completion"} <= columns:
        return
    guesses = [unread_key_message(column, is_table=True) for column in unread]
    if "user" not in columns:
        named = (
            ", ".join(columns)[:120] if not unread else " ".join(guesses[:MAX_SHOWN_SUGGESTIONS])
        )
        raise UnreadableFile(
            f"“{name}” has no column `user`. {named} A table needs `user` and `assistant`, and may "
            "have system, intent, tags, language, policies, external_id, split. "
            "Rename the columns."
        )
    if "assistant" not in columns and unread:
        raise UnreadableFile(
            f"“{name}” has no column `assistant`. "
            f"{' '.join(guesses[:MAX_SHOWN_SUGGESTIONS])} Rename the "
            "column of the answers to `assistant`, or add an empty one if they are to be written."
        )


def _not_json(path: Path, name: str, cause: str) -> str:
    text = next(_texts(path), "").strip()
    sentence = f"“{name}” is not JSON lines: no line of it is a JSON object."
    if text.startswith("{") and (shape := _shape_of_whole(path)):
        return f"“{name}” {shape}"
    if text.startswith(("[", "{")):
        return f"{sentence} {cause}"
    return f"{sentence} Import a file with one JSON object on each line, or a CSV with a header."


def _shape_of_whole(path: Path) -> str:
    """Return the format of a file with one object over several lines; "" if it is too large."""
    with path.open("rb") as file:
        content = file.read(MAX_ROW_BYTES + 1)
    if len(content) > MAX_ROW_BYTES:
        return ""
    try:
        value = parse_object(content.removeprefix(BYTE_ORDER_MARK))
    except ShapeError:
        return ""
    return foreign_shape(value) or "is one object over several lines. Write it on one line."
