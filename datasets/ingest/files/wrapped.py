"""Reads the rows of a JSON file that is one object around a list of them: {"data": [...]}."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import islice
from typing import IO, Any, Final

import orjson

from datasets.conversations.errors import ShapeError
from datasets.conversations.messages import MAX_SHOWN_VALUE_LENGTH
from datasets.ingest.files.arrays import ElementSplitter, array_rows
from datasets.ingest.files.foreign import converted
from datasets.ingest.files.lines import BYTE_ORDER_MARK, READ_BYTES
from datasets.ingest.files.raw import MAX_ROW_BYTES, RawRow, UnreadableFile
from datasets.ingest.files.shapes import KNOWN_KEYS, foreign_shape

# A string, also one that is cut off, or a bracket. It never goes back, which would take memory and
# time for each character of a long string.
PART = re.compile(rb'"(?:[^"\\]+|\\.)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
# A person writes fewer lists beside that of the rows.
MAX_LISTS: Final = 20
# Under these the rows may have any keys, which a person may map.
USUAL_KEYS: Final = frozenset({"data", "examples", "items", "records", "rows", "samples"})


@dataclass(frozen=True)
class Wrapper:
    """The list of rows in an object: its key, where it begins, and what comes before it."""

    key: str
    start: int
    head: bytes


def find_wrapper(file: IO[bytes] | Any) -> Wrapper | None:
    """Return the list of rows of a file that is one object; None if it is a row itself."""
    file.seek(0)
    beginning = file.read(MAX_ROW_BYTES).removeprefix(BYTE_ORDER_MARK)
    if _is_row_itself(beginning):
        return None
    for key, start in islice(_lists(beginning), MAX_LISTS):
        first = _first_element(beginning[start:])
        if first is not None and (key in USUAL_KEYS or _is_row(first)):
            return Wrapper(key, file.tell() - len(beginning) + start, beginning[:start])
    return None


def wrapped_rows(file: IO[bytes] | Any, wrapper: Wrapper) -> Iterator[RawRow]:
    """Yield the rows of the list, each with its end in the file.

    Raises:
        UnreadableFile: the list or the object is not closed, or has a second list of rows.
    """
    file.seek(wrapper.start)
    rest = bytearray()
    splitter = ElementSplitter(rest=rest)
    while chunk := file.read(READ_BYTES):
        for row in splitter.feed(chunk):
            yield replace(row, end=wrapper.start + row.end)
        if len(rest) > MAX_ROW_BYTES:
            raise _broken(wrapper)
    splitter.finish()
    try:
        whole = orjson.loads(wrapper.head + b"[]" + rest)
    except ValueError as error:
        raise _broken(wrapper) from error
    for key, value in whole.items():
        if isinstance(value, list) and value and isinstance(value[0], dict) and _is_row(value[0]):
            raise UnreadableFile(
                "ingest.wrapper_two_lists", first=_shown(wrapper.key), second=_shown(key)
            )


def _is_row_itself(beginning: bytes) -> bool:
    """Return whether a whole object has the keys of a row, whatever else is in it."""
    try:
        return any(key in orjson.loads(beginning) for key in KNOWN_KEYS)
    except ValueError:
        return False


def _lists(beginning: bytes) -> Iterator[tuple[str, int]]:
    """Yield the lists among the values of the object that a text begins: key and position."""
    depth, key = 0, b'""'
    for part in PART.finditer(beginning):
        mark = part[0]
        if mark in b"{[":
            if depth == 1 and mark == b"[":
                yield _text(key), part.start()
            depth += 1
        elif mark in b"}]":
            depth -= 1
            if depth <= 0:
                return
        elif depth == 1:
            key = mark


def _text(key: bytes) -> str:
    try:
        return str(orjson.loads(key))
    except ValueError:
        return ""


def _first_element(text: bytes) -> dict[str, Any] | None:
    """Return the first element of the list that a text begins; None unless it is an object."""
    try:
        row = next(array_rows(BytesIO(text)), None)
        value = orjson.loads(row.raw) if row and not row.error else None
    except (UnreadableFile, ValueError):
        return None
    return value if isinstance(value, dict) else None


def _is_row(value: dict[str, Any]) -> bool:
    if any(key in value for key in KNOWN_KEYS):
        return True
    try:
        return converted(value) is not None or foreign_shape(value) is not None
    except ShapeError:
        return True


def _shown(key: str) -> str:
    return key[:MAX_SHOWN_VALUE_LENGTH]


def _broken(wrapper: Wrapper) -> UnreadableFile:
    return UnreadableFile("ingest.wrapper_broken", key=_shown(wrapper.key))
