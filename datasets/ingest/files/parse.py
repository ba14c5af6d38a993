"""Parses the JSON object of one raw row, or gives the reason why it has none."""

import json
import re
from collections import Counter
from functools import lru_cache
from typing import Any, NoReturn

import orjson

from datasets.conversations.chat import MAX_DEPTH, check_storable, lone_surrogate_error
from datasets.conversations.messages import ShapeError

# More digits than a 64-bit number has: orjson would round it.
LONG = 19
LONG_NUMBER = re.compile(rb"[0-9]{19}")
# Keys that a message has once; if they outnumber the messages, one may be repeated.
MESSAGE_MARKS = (b'"role"', b'"content"')
QUOTE = re.compile(rb'(?<!\\)"')
PYTHON_OBJECT = re.compile(rb"\{\s*'")
TRAILING_COMMA = re.compile(rb"[}\]]\s*,\s*$")
ENDS_EARLY = "it ends before the object does. Write each object on one line of its own."
UNFINISHED = f"The line is not JSON: {ENDS_EARLY}"


def parse_object(raw: bytes) -> dict[str, Any]:
    """Return the object in a line or in an element of a list.

    Raises:
        ShapeError: it is not an object, or PostgreSQL cannot store it; the sentence names the
            cause.
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
        raise ShapeError("not_an_object", "The line is not a JSON object. Write {...} on it.")
    if _may_have_duplicate_keys(value, raw):
        json.loads(raw, object_pairs_hook=_reject_duplicate_keys)
    return value


def _may_have_duplicate_keys(value: dict[str, Any], raw: bytes) -> bool:
    """Return whether a key may be repeated in an object; parsers silently keep the last one."""
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
        raise ShapeError(
            "repeated_key", f"The key `{key[:60]}` stands twice in one object. Keep one of them."
        )
    return found


def _parse_error(error: ValueError, raw: bytes) -> ShapeError:
    reason, _, _ = str(error).partition(":")
    if "surrogate" in reason:
        return lone_surrogate_error()
    if "depth" in reason or "recursion" in reason:
        return ShapeError("too_deep", f"Values are nested more than {MAX_DEPTH} deep. Flatten.")
    if hint := _hint(raw, reason):
        return ShapeError("not_json", f"The line is not JSON: {hint}")
    place = f" at character {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
    return ShapeError("not_json", f"The line is not JSON: {reason}{place}. Correct it.")


def is_unfinished(raw: bytes) -> bool:
    """Return whether a line is the beginning of an object that continues on the next lines."""
    try:
        orjson.loads(raw)
    except ValueError as error:
        is_cut = "unexpected end" in str(error) and not len(QUOTE.findall(raw)) % 2
        return is_cut and raw.rstrip().endswith((b"{", b"[", b","))
    return False


def _hint(raw: bytes, reason: str) -> str:
    """Return a sentence about a common mistake in the JSON, in terms of the file's author."""
    if PYTHON_OBJECT.match(raw):
        return "it has single quotes, as Python prints. Write it with json.dumps."
    if TRAILING_COMMA.search(raw):
        return "a comma follows the object. Take the comma off the end of each line."
    if "unexpected end" in reason and len(QUOTE.findall(raw)) % 2:
        return r"it ends inside a text. Write a line break in a text as \n."
    if "unexpected end" in reason:
        return ENDS_EARLY
    return ""


def _reject_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")
