"""Reads the metadata at the beginning of a GGUF file. Pure, except for the file it is given."""

import struct
from typing import IO, Any

MAGIC = b"GGUF"
VERSIONS = (2, 3)
MAX_KEYS, MAX_TEXT_BYTES, MAX_ITEMS = 100_000, 16 * 1024**2, 10_000_000
STRING, ARRAY = 8, 9
# The type of a value -> its format in `struct`.
NUMBERS = {
    0: "<B",
    1: "<b",
    2: "<H",
    3: "<h",
    4: "<I",
    5: "<i",
    6: "<f",
    7: "<?",
    10: "<Q",
    11: "<q",
    12: "<d",
}


class NotGGUFError(ValueError):
    """The file is no GGUF file, or damaged."""


def read_metadata(file: IO[bytes]) -> dict[str, Any]:
    """Return the metadata by key; of an array only its length.

    Raises:
        NotGGUFError: it cannot be read.
    """
    try:
        if file.read(4) != MAGIC or _number(file, "<I") not in VERSIONS:
            raise NotGGUFError("not a GGUF file")
        _number(file, "<Q")
        keys = _number(file, "<Q")
        if keys > MAX_KEYS:
            raise NotGGUFError("too many keys")
        return {_text(file): _value(file, _number(file, "<I")) for _ in range(keys)}
    except (struct.error, UnicodeDecodeError, OverflowError, RecursionError) as error:
        raise NotGGUFError(str(error)) from error


def _value(file: IO[bytes], kind: int) -> Any:
    if kind == STRING:
        return _text(file)
    if kind == ARRAY:
        inner, length = _number(file, "<I"), _number(file, "<Q")
        if length > MAX_ITEMS:
            raise NotGGUFError("too long an array")
        if inner in NUMBERS:
            file.seek(struct.calcsize(NUMBERS[inner]) * length, 1)
        else:
            for _ in range(length):
                _value(file, inner)
        return length
    if kind not in NUMBERS:
        raise NotGGUFError(f"an unknown type {kind}")
    return _number(file, NUMBERS[kind])


def _number(file: IO[bytes], form: str) -> Any:
    return struct.unpack(form, file.read(struct.calcsize(form)))[0]


def _text(file: IO[bytes]) -> str:
    length = _number(file, "<Q")
    if length > MAX_TEXT_BYTES:
        raise NotGGUFError("too long a text")
    return file.read(length).decode("utf-8")
