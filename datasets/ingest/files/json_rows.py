"""Rows of a JSON file: an object on each line, or one list of them in any layout. Pure.

The list may be the whole file, or a value in one object that is the file.

The one reader of files of conversations, prompts, answers and votes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import IO, Any

import orjson

from datasets.conversations.errors import RowError, ShapeError
from datasets.ingest.files.arrays import array_rows
from datasets.ingest.files.lines import json_lines_of, lines_of
from datasets.ingest.files.parse import object_in
from datasets.ingest.files.raw import RawRow
from datasets.ingest.files.wrapped import find_wrapper, wrapped_rows

MAX_SAMPLED_LINES = 2


def json_rows(file: IO[bytes] | Any) -> Iterator[RawRow]:
    """Yield the raw rows of an open file that can be read again from its beginning.

    Raises:
        UnreadableFile: it begins with a list that does not span the whole file, or is one object
            with a list of rows that is not closed or not the only one.
    """
    bracket, is_one_line = _layout(file)
    if wrapper := find_wrapper(file) if bracket == b"{" else None:
        yield from numbered(wrapped_rows(file, wrapper))
        return
    file.seek(0)
    if bracket != b"[":
        yield from json_lines_of(file)
    else:
        yield from numbered(array_rows(file)) if is_one_line else array_rows(file)


def numbered(rows: Iterator[RawRow]) -> Iterator[RawRow]:
    """Yield the rows of a list, numbered by their place in it instead of by line."""
    for number, row in enumerate(rows, start=1):
        yield replace(row, line=number)


def is_numbered_in_list(path: Path) -> bool:
    """Return whether the rows of a file are numbered by their place in a list, not by line."""
    with path.open("rb") as file:
        bracket, is_one_line = _layout(file)
        return (
            find_wrapper(file) is not None if bracket == b"{" else bracket == b"[" and is_one_line
        )


def objects_in(file: IO[bytes] | Any) -> Iterator[tuple[int, Mapping[str, Any] | RowError]]:
    """Yield the line of each row with its object, or with the reason why it has none.

    Raises:
        UnreadableFile: it begins with a list that does not span the whole file.
    """
    for row in json_rows(file):
        try:
            yield row.line, object_in(row)
        except ShapeError as error:
            yield row.line, RowError(row.line, error.message)


def _layout(file: IO[bytes] | Any) -> tuple[bytes, bool]:
    """Return the bracket of the one list or object that a file may be, and whether it is one line.

    The bracket is empty for lines of JSON.
    """
    file.seek(0)
    not_blank = (line for line in lines_of(file) if line.raw.strip())
    lines = list(islice(not_blank, MAX_SAMPLED_LINES))
    bracket = lines[0].raw.lstrip()[:1] if lines else b""
    if bracket not in {b"[", b"{"}:
        return b"", False
    is_one_line = len(lines) == 1
    return bracket if is_one_line or not _is_json(lines[0].raw) else b"", is_one_line


def _is_json(raw: bytes) -> bool:
    try:
        orjson.loads(raw)
    except orjson.JSONDecodeError:
        return False
    return True
