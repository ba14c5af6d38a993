"""One raw row to what it says: chat, prompt with completion, or the cells of a table."""

import json
import re
from collections.abc import Mapping
from typing import Any, NoReturn

import orjson

from datasets.chat import MAX_DEPTH, half_a_character, normalise, refuse_unstorable
from datasets.imports import markers
from datasets.imports.raw import RawRow, Row
from datasets.imports.source import Format
from datasets.messages import MESSAGE_KEYS, ShapeError

ROW_KEYS = frozenset(
    {
        *("messages", "tools", "parallel_tool_calls", "functions"),
        *("intent", "tags", "language", "policies"),
        *("external_id", "split", "metadata"),
    }
)
PROMPT_KEYS = ("prompt", "completion", "system")
SPLITS = ("train", "validation", "test")
EXTERNAL_ID_LENGTH = 200
# More digits than a 64-bit number has: orjson would round them.
LONG_NUMBER = re.compile(rb"[0-9]{19}")
LIST_SEPARATORS = re.compile(r"[;|,]")


def read_row(raw: RawRow, format_: Format) -> Row:
    """Return what a raw row says.

    Raises:
        ShapeError: it cannot be taken; code and sentence say why.
    """
    if raw.refused:
        raise ShapeError(*raw.refused)
    value = _parsed(raw.raw) if raw.cells is None else _from_cells(raw.cells)
    taken: dict[str, str] = {}
    if "messages" not in value or format_ is Format.PROMPT_COMPLETION:
        _refuse_other_rows(value, format_)
        value, taken = _from_prompt(value)
    messages, unknown = _known_keys(value["messages"])
    unknown |= {key: value[key] for key in value if key not in ROW_KEYS}
    metadata = _metadata(value.get("metadata"))
    for key, kept in (("taken_off", taken), ("unknown", unknown)):
        if kept:
            metadata[_free(key, metadata)] = kept
    return Row(
        content=normalise({**value, "messages": messages}),
        external_id=_external_id(value.get("external_id")),
        split=_split(value.get("split")),
        metadata=metadata,
        notes=(*taken, "unknown_keys") if unknown else tuple(taken),
    )


def _parsed(raw: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(raw)
        if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH or b"\\u0000" in raw:
            refuse_unstorable(value)
        if LONG_NUMBER.search(raw):
            value = json.loads(raw, parse_constant=_refuse_constant)
    except ValueError as error:
        raise _parse_error(error) from error
    if not isinstance(value, dict):
        raise ShapeError("not_an_object", "The line is not a JSON object. Write {...} on it.")
    return value


def _parse_error(error: ValueError) -> ShapeError:
    reason, _, _ = str(error).partition(":")
    if "surrogate" in reason:
        return half_a_character()
    if "depth" in reason:
        return ShapeError("too_deep", f"Values are nested more than {MAX_DEPTH} deep. Flatten.")
    place = f" at character {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
    return ShapeError("not_json", f"The line is not JSON: {reason}{place}. Correct it.")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def _from_cells(cells: Mapping[str, str]) -> dict[str, Any]:
    """Return a row of the chat format; columns that the format does not know stay as they are."""
    refuse_unstorable(dict(cells))
    row: dict[str, Any] = {key: text for key, text in cells.items() if text.strip()}
    for key in ("tags", "policies"):
        if key in row:
            row[key] = [part for part in LIST_SEPARATORS.split(row[key]) if part.strip()]
    if "metadata" in row:
        row["metadata"] = {"metadata": row["metadata"]}
    if "user" in cells:
        # An empty cell of the assistant is an answer that is still to be written.
        spoken = [(role, row.pop(role, "")) for role in ("system", "user", "assistant")]
        row["messages"] = [
            {"role": role, "content": text} for role, text in spoken if text or role == "user"
        ]
    return row


def _refuse_other_rows(value: Mapping[str, Any], format_: Format) -> None:
    wanted = {
        Format.CHAT: "no `messages`",
        Format.PROMPT_COMPLETION: "no `prompt` and `completion`",
    }.get(format_, "neither `messages` nor `prompt` and `completion`")
    complete = "prompt" in value and "completion" in value
    if format_ is Format.CHAT or not complete:
        raise ShapeError("no_messages", f"The row has {wanted}. Add them, or choose the format.")


def _from_prompt(value: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return a row of the chat format, and what was taken off its texts by kind."""
    for key in PROMPT_KEYS:
        if not isinstance(value.get(key, ""), str):
            raise ShapeError("content_not_text", f"`{key}` is not text. Put it in quotes.")
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
    """Return the messages without keys that providers refuse, and those keys by message number."""
    if not isinstance(messages, list):
        return messages, {}
    unknown = {
        str(number): {key: message[key] for key in message if key not in MESSAGE_KEYS}
        for number, message in enumerate(messages, start=1)
        if isinstance(message, dict) and not MESSAGE_KEYS.issuperset(message)
    }
    said = {number: keys for number, keys in unknown.items() if any(keys.values())}
    if not unknown:
        return messages, {}
    known = [
        {key: message[key] for key in message if key in MESSAGE_KEYS}
        if isinstance(message, dict)
        else message
        for message in messages
    ]
    return known, {"messages": said} if said else {}


def _metadata(value: object) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ShapeError("bad_field", "`metadata` is not an object. Write {...}.")
    return dict(value)


def _free(key: str, metadata: Mapping[str, Any]) -> str:
    while key in metadata:
        key += "_"
    return key


def _external_id(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ShapeError("bad_field", "`external_id` is neither text nor a number.")
    text = str(value).strip()
    if len(text) > EXTERNAL_ID_LENGTH:
        raise ShapeError(
            "bad_field", f"`external_id` is longer than {EXTERNAL_ID_LENGTH} characters."
        )
    return text


def _split(value: object) -> str:
    if value is None or value == "":
        return ""
    if not isinstance(value, str) or value.strip().lower() not in SPLITS:
        raise ShapeError("bad_field", f"`split` is none of {', '.join(SPLITS)}. Use one of them.")
    return value.strip().lower()
