"""Raw rows of a JSON file: an object on each line, or one list of objects in any layout."""

from collections.abc import Iterator
from itertools import islice
from typing import IO, Any

import orjson

from datasets.ingest.files.arrays import array_rows
from datasets.ingest.files.lines import json_lines_of, lines_of
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
