"""A GGUF file with metadata and no weights, for tests."""

import struct
from pathlib import Path

TEMPLATE = "{{ messages }}"


def write_gguf(path: Path, *, template: str = TEMPLATE, context: int = 2048) -> Path:
    """Write a file that says what a base model needs; without a template if it is empty."""
    keys = [_text("general.architecture") + _kind(8) + _text("llama")]
    keys.append(_text("tokenizer.tokens") + _kind(9) + _kind(8) + _size(2) + _text("a") * 2)
    keys.append(_text("llama.context_length") + _kind(4) + struct.pack("<I", context))
    if template:
        keys.append(_text("tokenizer.chat_template") + _kind(8) + _text(template))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"GGUF" + _kind(3) + _size(0) + _size(len(keys)) + b"".join(keys))
    return path


def _text(text: str) -> bytes:
    return _size(len(text)) + text.encode()


def _kind(number: int) -> bytes:
    return struct.pack("<I", number)


def _size(number: int) -> bytes:
    return struct.pack("<Q", number)
