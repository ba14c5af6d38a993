"""Parses the JSON object of one raw row, or gives the reason why it has none."""

import json
import re
from collections import Counter
from functools import lru_cache
from typing import Any, NoReturn

import orjson

from datasets.conversations.chat import MAX_DEPTH, check_storable, lone_surrogate_error
from datasets.conversations.errors import ShapeError
from datasets.conversations.messages import MAX_SHOWN_VALUE_LENGTH
from datasets.ingest.files.raw import RawRow

# More digits than a 64-bit number has: orjson would round it.
LONG = 19
LONG_NUMBER = re.compile(rb"[0-9]{19}")
# Keys that a message has once; if they outnumber the messages, one may be repeated.
MESSAGE_MARKS = (b'"role"', b'"content"')
# Looking for each of more keys would read a row more often than parsing it once more.
MAX_MARKS = 100
QUOTE = re.compile(rb'(?<!\\)"')
PYTHON_OBJECT = re.compile(rb"\{\s*'")
TRAILING_COMMA = re.compile(rb"[}\]]\s*,\s*$")
ENDS_EARLY = "ingest.not_json.ends_early"


def object_in(row: RawRow) -> dict[str, Any]:
    """Return the object in a raw row of a JSON file.

    Raises:
        ShapeError: as `parse_object`; or the row could not be separated from its neighbours.
    """
    if row.error:
        raise ShapeError(row.error.code, **row.error.params)
    return parse_object(row.raw)


def parse_object(raw: bytes) -> dict[str, Any]:
    """Return the object in a line or in an element of a list.

    Raises:
        ShapeError: it is not an object, or PostgreSQL cannot store it.
    """
    try:
        value = orjson.loads(raw)
        if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH or b"\\u0000" in raw:
            check_storable(value)
        # Counting digits is fast, and most rows have too few for the search.
        if len(raw) - len(raw.translate(None, b"0123456789")) >= LONG and LONG_NUMBER.search(raw):
            value = json.loads(raw, parse_constant=_reject_constant)
    except ValueError as error:
        raise _parse_error(error, raw) from error
    if not isinstance(value, dict):
        raise ShapeError("ingest.not_an_object")
    if _may_have_duplicate_keys(value, raw):
        json.loads(raw, object_pairs_hook=_reject_duplicate_keys)
    return value


def _may_have_duplicate_keys(value: dict[str, Any], raw: bytes) -> bool:
    """Return whether a key may be repeated in an object; parsers silently keep the last one."""
    if len(value) > MAX_MARKS:
        return True
    messages = value.get("messages")
    roles = len(messages) if isinstance(messages, list) else 0
    for mark in MESSAGE_MARKS:
        if raw.count(mark) > roles:
            return True
    return any(raw.count(_mark(key)) > 1 for key in value)


@lru_cache(maxsize=256)
def _mark(key: str) -> bytes:
    return f'"{key}"'.encode()


def _reject_duplicate_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        key, _ = Counter(key for key, _ in pairs).most_common(1)[0]
        raise ShapeError("ingest.repeated_key", key=key[:MAX_SHOWN_VALUE_LENGTH])
    return found


def _parse_error(error: ValueError, raw: bytes) -> ShapeError:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return ShapeError("ingest.not_utf8")
    reason, _, _ = str(error).partition(":")
    if "surrogate" in reason:
        return lone_surrogate_error()
    if "depth" in reason or "recursion" in reason:
        return ShapeError("conversations.too_deep", limit=MAX_DEPTH)
    if sentence := _common_mistake(raw, reason):
        return ShapeError(sentence)
    if isinstance(error, json.JSONDecodeError):
        return ShapeError("ingest.not_json.at", reason=reason, number=error.colno)
    return ShapeError("ingest.not_json", reason=reason)


def is_unfinished(raw: bytes) -> bool:
    """Return whether a line is the beginning of an object that continues on the next lines."""
    try:
        orjson.loads(raw)
    except ValueError as error:
        is_cut = "unexpected end" in str(error) and not len(QUOTE.findall(raw)) % 2
        return is_cut and raw.rstrip().endswith((b"{", b"[", b","))
    return False


def _common_mistake(raw: bytes, reason: str) -> str:
    """Return the code of the sentence about a common mistake in the JSON, or ""."""
    if PYTHON_OBJECT.match(raw):
        return "ingest.not_json.single_quotes"
    if TRAILING_COMMA.search(raw):
        return "ingest.not_json.trailing_comma"
    if "unexpected end" in reason and len(QUOTE.findall(raw)) % 2:
        return "ingest.not_json.inside_text"
    if "unexpected end" in reason:
        return ENDS_EARLY
    return ""


def _reject_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number in JSON")
