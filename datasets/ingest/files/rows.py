"""Reads one raw row: a chat, a prompt with its completion, or the cells of a table."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from datasets.conversations.chat import check_storable, normalise
from datasets.conversations.errors import ShapeError
from datasets.conversations.messages import ACCEPTED_ROLES, MAX_ID_LENGTH, MESSAGE_KEYS, id_text
from datasets.conversations.split import SPLITS, Split
from datasets.ingest.files import markers
from datasets.ingest.files.foreign import converted
from datasets.ingest.files.mapping import (
    NO_MAPPING,
    free_key,
    mapped_cells,
    mapped_object,
    with_metadata,
)
from datasets.ingest.files.parse import object_in
from datasets.ingest.files.raw import RawRow, Row
from datasets.ingest.files.shapes import foreign_shape
from datasets.ingest.files.source import Format

ROW_KEYS = frozenset(
    {
        *("messages", "tools", "parallel_tool_calls", "functions"),
        *("intent", "tags", "language", "policies"),
        *("external_id", "split", "metadata"),
    }
)
PROMPT_KEYS = ("prompt", "completion", "system")
SPLIT_NAMES = {
    "training": Split.TRAIN.value,
    **dict.fromkeys(("val", "valid", "dev", "eval"), Split.VALIDATION.value),
    "testing": Split.TEST.value,
}
MISSING_KEYS = {
    Format.CHAT: "ingest.no_messages.chat",
    Format.PROMPT_COMPLETION: "ingest.no_messages.prompt",
}
# Without a format that was asked for, rows may be in those of other tools.
OPEN_FORMATS = frozenset({Format.AUTO, Format.CSV})
LIST_SEPARATORS = re.compile(r"[;|,]")


def read_row(raw: RawRow, format_: Format, mapping: Mapping[str, str] = NO_MAPPING) -> Row:
    """Return the row that a raw row holds; `mapping` names the fields of other columns and keys.

    Raises:
        ShapeError: it cannot be stored.
    """
    value = _mapped(raw, mapping) if mapping else _value(raw)
    taken: dict[str, str] = {}
    other = converted(value) if format_ in OPEN_FORMATS else None
    if other:
        value = other.value
    elif "messages" not in value or format_ is Format.PROMPT_COMPLETION:
        _check_row_format(value, format_)
        value, taken = _from_prompt(value)
    chat = chat_row(value)
    _check_not_empty(chat.value["messages"])
    unknown = dict(chat.unknown)
    unknown |= {key: value[key] for key in value if key not in ROW_KEYS and value[key] is not None}
    metadata = _metadata(value.get("metadata"))
    for key, kept in (("taken_off", taken), ("unknown", unknown)):
        if kept:
            metadata[free_key(key, metadata)] = kept
    content = normalise(chat.value)
    notes = [*([other.format] if other else []), *taken, *chat.notes]
    notes += ["unknown_keys"] if unknown else []
    notes += [] if any(map(_is_answer, content.messages)) else ["no_answer"]
    return Row(
        content=content,
        external_id=_external_id(value.get("external_id")),
        split=_split(value.get("split")),
        metadata=metadata,
        notes=tuple(notes),
        unread=unread_keys(unknown) if unknown else (),
    )


def _value(raw: RawRow) -> dict[str, Any]:
    return object_in(raw) if raw.cells is None else row_of_cells(raw.cells)


def _mapped(raw: RawRow, mapping: Mapping[str, str]) -> dict[str, Any]:
    if raw.cells is not None:
        cells, kept = mapped_cells(raw.cells, mapping)
        return with_metadata(row_of_cells(cells), kept)
    value = mapped_object(object_in(raw), mapping)
    for key in ("tags", "policies"):
        if key in mapping.values() and isinstance(value.get(key), str):
            value[key] = _list_of(value[key])
    return value


@dataclass(frozen=True)
class ChatRow:
    """A row whose messages have only keys of the format.

    Attributes:
        value: the row, for `normalise`.
        unknown: keys of messages that were left out, by number of the message.
        notes: changes that were made, as codes of NOTES.
    """

    value: dict[str, Any]
    unknown: dict[str, Any]
    notes: tuple[str, ...] = ()


def chat_row(value: Mapping[str, Any]) -> ChatRow:
    """Return a row with its messages and tools as lists and without keys of other programs.

    Raises:
        ShapeError: messages or tools are text that is not JSON.
    """
    row, notes = dict(value), []
    for key in ("messages", "tools"):
        if isinstance(row.get(key), str):
            row[key] = _from_text(key, row[key])
            notes.append("json_text")
    messages, unknown = _known_keys(row.get("messages"))
    row["messages"] = messages
    return ChatRow(row, unknown, tuple(notes[:1]))


def _from_text(key: str, text: str) -> Any:
    if not text.strip():
        return None
    try:
        return orjson.loads(text)
    except ValueError as error:
        raise ShapeError("ingest.bad_field.not_json", name=key) from error


def unread_keys(unknown: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of keys outside the format, those of messages as messages.name."""
    names = dict.fromkeys(str(key) for key in unknown if key != "messages")
    for keys in unknown.get("messages", {}).values():
        names |= dict.fromkeys(f"messages.{key}" for key in keys)
    return tuple(names)


def _is_answer(message: Mapping[str, Any]) -> bool:
    if message["role"] != "assistant":
        return False
    return bool(message["content"]) or any(
        message.get(key) for key in ("tool_calls", "function_call", "refusal")
    )


def _check_not_empty(messages: object) -> None:
    """Check that a conversation has a text or a call; a row of empty cells has none."""
    if isinstance(messages, list) and messages and all(map(_is_empty_message, messages)):
        raise ShapeError("ingest.empty_row")


def _is_empty_message(message: object) -> bool:
    role = message.get("role") if isinstance(message, dict) else None
    if not isinstance(message, dict) or not isinstance(role, str) or role not in ACCEPTED_ROLES:
        return False
    if role in {"system", "developer"}:
        return True
    return not any(_has_value(message[key]) for key in message if key != "role")


def _has_value(value: object) -> bool:
    return bool(value.strip()) if isinstance(value, str) else value not in (None, [], {})


def row_of_cells(cells: Mapping[str, str]) -> dict[str, Any]:
    """Return a row of a table in the chat format; columns outside the format are kept.

    Raises:
        ShapeError: a cell has a character that cannot be stored.
    """
    check_storable(dict(cells))
    row: dict[str, Any] = {key: text for key, text in cells.items() if text.strip()}
    for key in ("tags", "policies"):
        if key in row:
            row[key] = _list_of(row[key])
    if "metadata" in row:
        row["metadata"] = {"metadata": row["metadata"]}
    if "user" in cells and "messages" not in row:
        # An empty cell of the assistant is an answer that is not written yet.
        texts = [(role, row.pop(role, "")) for role in ("system", "user", "assistant")]
        row["messages"] = [
            {"role": role, "content": text} for role, text in texts if text or role == "user"
        ]
    return row


def _list_of(text: str) -> list[str]:
    return [part for part in LIST_SEPARATORS.split(text) if part.strip()]


def _check_row_format(value: Mapping[str, Any], format_: Format) -> None:
    if shape := foreign_shape(value):
        raise ShapeError("ingest.other_format", shape=shape)
    is_complete = "prompt" in value and "completion" in value
    if format_ is Format.CHAT or not is_complete:
        raise ShapeError(MISSING_KEYS.get(format_, "ingest.no_messages"))


def _from_prompt(value: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return a row in the chat format, and what was removed from its texts by kind."""
    for key in PROMPT_KEYS:
        if not isinstance(value.get(key, ""), str):
            raise ShapeError("ingest.content_not_text", name=key)
    completion, end = markers.split_end(value["completion"])
    completion, space = markers.split_space(completion)
    prompt, separator = markers.split_separator(value["prompt"])
    taken = {"end_marker": end, "leading_space": space, "prompt_separator": separator}
    system = value.get("system", "")
    messages = [{"role": "system", "content": system}] if system else []
    messages += [
        {"role": "user", "content": prompt},
        {"role": "assistant", "content": completion},
    ]
    rest = {key: value[key] for key in value if key not in PROMPT_KEYS}
    return {**rest, "messages": messages}, {kind: text for kind, text in taken.items() if text}


def _known_keys(messages: object) -> tuple[object, dict[str, Any]]:
    """Return the messages without keys that providers reject, and those keys by message number."""
    if not isinstance(messages, list):
        return messages, {}
    unknown = {
        str(number): {key: message[key] for key in message if key not in MESSAGE_KEYS}
        for number, message in enumerate(messages, start=1)
        if isinstance(message, dict) and not MESSAGE_KEYS.issuperset(message)
    }
    with_keys = {number: keys for number, keys in unknown.items() if any(keys.values())}
    if not unknown:
        return messages, {}
    known = [
        {key: message[key] for key in message if key in MESSAGE_KEYS}
        if isinstance(message, dict)
        else message
        for message in messages
    ]
    return known, {"messages": with_keys} if with_keys else {}


def _metadata(value: object) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ShapeError("ingest.bad_field.metadata")
    return dict(value)


def _external_id(value: object) -> str:
    if value is None:
        return ""
    text = id_text(value)
    if text is None:
        raise ShapeError("ingest.bad_field.external_id")
    text = text.strip()
    if len(text) > MAX_ID_LENGTH:
        raise ShapeError("ingest.bad_field.external_id_length", limit=MAX_ID_LENGTH)
    return text


def _split(value: object) -> str:
    if value is None or value == "":
        return ""
    name = value.strip().lower() if isinstance(value, str) else ""
    name = SPLIT_NAMES.get(name, name)
    if name not in SPLITS:
        raise ShapeError("ingest.bad_field.split", splits=SPLITS)
    return name
