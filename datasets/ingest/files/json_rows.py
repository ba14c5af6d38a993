"""Rows of a JSON file: an object on each line, or one list of objects in any layout. Pure.

The one reader of files of conversations, prompts, answers and votes.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import IO, Any

import orjson

from datasets.conversations.errors import RowError, ShapeError
from datasets.ingest.files.arrays import array_rows
from datasets.ingest.files.lines import json_lines_of, lines_of
from datasets.ingest.files.parse import object_in
from datasets.ingest.files.raw import RawRow

MAX_SAMPLED_LINES = 2


def json_rows(file: IO[bytes] | Any) -> Iterator[RawRow]:
    """Yield the raw rows of an open file that can be read again from its beginning.

    Raises:
        UnreadableFile: it begins with a list that does not span the whole file.
    """
    file.seek(0)
    is_list = _is_list(file)
    file.seek(0)
    yield from array_rows(file) if is_list else json_lines_of(file)


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


def _is_list(file: IO[bytes] | Any) -> bool:
    """Return whether the file is one list, rather than lines whose first happens to be a list."""
    not_blank = (line for line in lines_of(file) if line.raw.strip())
    lines = list(islice(not_blank, MAX_SAMPLED_LINES))
    if not lines or not lines[0].raw.lstrip().startswith(b"["):
        return False
    return len(lines) == 1 or not _is_json(lines[0].raw)


def _is_json(raw: bytes) -> bool:
    try:
        orjson.loads(raw)
    except orjson.JSONDecodeError:
        return False
    return True
