"""Revisions as the JSON lines that a provider trains on, and their SHA-256. Pure.

A line holds only what a provider accepts: messages, tools, parallel_tool_calls. Keys are in a fixed
order, those inside tools and calls sorted; there is no white space; characters are unescaped UTF-8;
each line ends with one line feed. The lines of a file are in the order of their content hashes. So
the same content gives the same bytes, whatever its ids, dates and database.
"""

import hashlib
import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from datasets.conversations.chat import Content
from datasets.conversations.messages import Message
from datasets.conversations.split import SPLITS
from datasets.ingest.files.lines import BYTE_ORDER_MARK

MESSAGE_ORDER = (
    *("role", "content", "name", "weight", "refusal"),
    *("tool_calls", "function_call", "tool_call_id"),
)


class Flavour(StrEnum):
    """How a provider expects the file to begin. The lines are the same for all of them."""

    PLAIN = "plain"
    AZURE = "azure"


PREFIXES: dict[Flavour, bytes] = {Flavour.PLAIN: b"", Flavour.AZURE: BYTE_ORDER_MARK}


def line_of(content: Content) -> bytes:
    """Return one example as a line with its line feed."""
    row: dict[str, Any] = {"messages": [_message(message) for message in content.messages]}
    if content.tools:
        row["tools"] = _sorted(content.tools)
    if content.parallel_tool_calls is not None:
        row["parallel_tool_calls"] = content.parallel_tool_calls
    text = json.dumps(row, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode() + b"\n"


def version_digest(digests: Mapping[str, str]) -> str:
    """Return the digest of a version: the SHA-256 of the output of `sha256sum` for its files.

    Args:
        digests: the SHA-256 of the file of each split.

    With the three files in one folder, this is `sha256sum train.jsonl validation.jsonl test.jsonl |
    sha256sum`.
    """
    listed = "".join(f"{digests[split]}  {file_name(split)}\n" for split in SPLITS)
    return hashlib.sha256(listed.encode()).hexdigest()


def file_name(split: str) -> str:
    """Return the name of a split's file inside its version."""
    return f"{split}.jsonl"


def _message(message: Message) -> Message:
    # An assistant that calls a tool has no text: providers read a missing content like null.
    return {key: _sorted(message[key]) for key in MESSAGE_ORDER if message.get(key) is not None}


def _sorted(value: Any) -> Any:
    """Return the value with the keys of every object in it sorted."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_sorted(item) for item in value]
    return value
