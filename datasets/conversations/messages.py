"""The shape of chat messages and tools: which values a row may have, in one normal form. Pure.

The rules are those of fine-tuning files in the chat format. What a user can correct on the page of
the example (an empty message, a wrong order of roles) is a finding of `datasets/inspections/`
instead.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from datasets.conversations.errors import ShapeError

ROLES = ("system", "user", "assistant", "tool", "function")
ACCEPTED_ROLES = frozenset({*ROLES, "developer"})
MESSAGE_KEYS = frozenset(
    {
        *("role", "content", "name", "weight", "refusal"),
        *("tool_calls", "function_call", "tool_call_id"),
    }
)
MAX_MESSAGES = 1000
MAX_ID_LENGTH = 200
MAX_SHOWN_VALUE_LENGTH = 60
NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")

Message = dict[str, Any]


def normalise_messages(value: object) -> list[Message]:
    """Return the messages in normal form.

    In normal form each message has `role` and `content`, and other keys only where they have a
    value; the role developer is written system; text is one string with line feeds. `content` is
    None only where an assistant calls tools or refuses.

    Raises:
        ShapeError: a message cannot be stored; the sentence names it and what to do.
    """
    if not isinstance(value, list) or not value:
        raise ShapeError("conversations.no_messages")
    if len(value) > MAX_MESSAGES:
        raise ShapeError("conversations.too_many_messages", n=len(value), limit=MAX_MESSAGES)
    return [_normal_message(message, number) for number, message in enumerate(value, start=1)]


def normalise_tools(value: object) -> list[dict[str, Any]] | None:
    """Return the tools of a conversation, each with a function name; None if there are none.

    Raises:
        ShapeError: it is not a list of functions.
    """
    if value is None or value == []:
        return None
    if not isinstance(value, list):
        raise ShapeError("conversations.bad_tools.not_a_list")
    for number, tool in enumerate(value, start=1):
        function = tool.get("function") if isinstance(tool, dict) else None
        name = function.get("name") if isinstance(function, dict) else None
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise ShapeError("conversations.bad_tools.no_name", number=number)
    return value


def _normal_message(message: object, number: int) -> Message:
    if not isinstance(message, Mapping):
        raise ShapeError("conversations.bad_message", number=number)
    role = message.get("role")
    if not isinstance(role, str) or role not in ACCEPTED_ROLES:
        if role is None:
            raise ShapeError("conversations.unknown_role.none", number=number, roles=ROLES)
        shown = json.dumps(role, ensure_ascii=False, default=str)[:MAX_SHOWN_VALUE_LENGTH]
        raise ShapeError("conversations.unknown_role", number=number, role=shown, roles=ROLES)
    _check_message_keys(message, number)
    normal: Message = {"role": "system" if role == "developer" else role}
    normal["content"] = _content(message, number)
    for key, check in _EXTRAS.items():
        extra = message.get(key)
        if extra is not None and extra != []:
            normal[key] = check(extra, role, number)
    _check_tool_reference(normal, number)
    return normal


def _check_message_keys(message: Mapping[str, Any], number: int) -> None:
    # Answers logged from an API carry empty fields such as "audio": null, without meaning.
    unknown = [key for key in message if key not in MESSAGE_KEYS and message[key] is not None]
    if unknown:
        key = str(unknown[0])[:MAX_SHOWN_VALUE_LENGTH]
        raise ShapeError("conversations.unknown_message_key", number=number, key=key)


def _content(message: Mapping[str, Any], number: int) -> str | None:
    content = message.get("content")
    if isinstance(content, list):
        content = _join_text_parts(content, number)
    if isinstance(content, str):
        return line_feeds(content)
    if content is not None:
        raise ShapeError("conversations.content_not_text", number=number)
    has_other_content = any(message.get(key) for key in ("tool_calls", "function_call", "refusal"))
    if message["role"] == "assistant" and has_other_content:
        return None
    raise ShapeError("conversations.missing_content", number=number)


def join_text_parts(content: object) -> object:
    """Return text parts as one text with line feeds; any other value unchanged.

    Raises:
        ShapeError: a part is not text.
    """
    if isinstance(content, list):
        content = _join_text_parts(content, 1)
    return line_feeds(content) if isinstance(content, str) else content


def _join_text_parts(parts: list[Any], number: int) -> str:
    texts = [
        part["text"]
        for part in parts
        if isinstance(part, dict)
        and part.get("type") == "text"
        and isinstance(part.get("text"), str)
    ]
    if len(texts) != len(parts):
        raise ShapeError("conversations.content_not_text.part", number=number)
    return "\n".join(texts)


def whole_number(value: object) -> object:
    """Return a whole number written as 1.0 as 1; any other value unchanged."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def id_text(value: object) -> str | None:
    """Return an id, given as text or as a whole number, as text; None if it is neither."""
    number = whole_number(value)
    is_id = isinstance(number, str | int) and not isinstance(number, bool)
    return str(number) if is_id else None


def line_feeds(text: str) -> str:
    """Return the text with each line ending as one line feed, because browsers and files differ."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _name(value: object, _role: str, number: int) -> str:
    if isinstance(value, str) and NAME.fullmatch(value):
        return value
    raise ShapeError("conversations.bad_name", number=number)


def _weight(value: object, role: str, number: int) -> int:
    number_given = whole_number(value)
    if role == "assistant" and type(number_given) is int and number_given in {0, 1}:
        return number_given
    raise ShapeError("conversations.bad_weight", number=number)


def _text(value: object, _role: str, number: int) -> str:
    if isinstance(value, str):
        return line_feeds(value)
    raise ShapeError("conversations.content_not_text.field", number=number)


def _tool_calls(value: object, role: str, number: int) -> list[dict[str, Any]]:
    if role != "assistant" or not isinstance(value, list):
        raise ShapeError("conversations.bad_tool_call.not_a_list", number=number)
    for call in value:
        if not isinstance(call, dict) or not isinstance(call.get("id"), str):
            raise ShapeError("conversations.bad_tool_call.no_id", number=number)
        _function_call(call.get("function"), role, number)
    return value


def _function_call(value: object, role: str, number: int) -> dict[str, Any]:
    named = isinstance(value, dict) and isinstance(value.get("name"), str)
    if role != "assistant" or not isinstance(value, dict) or not named:
        raise ShapeError("conversations.bad_tool_call.no_function", number=number)
    if not isinstance(value.get("arguments"), str):
        raise ShapeError("conversations.bad_tool_call.arguments", number=number)
    return value


_EXTRAS: dict[str, Callable[[object, str, int], Any]] = {
    "name": _name,
    "weight": _weight,
    "refusal": _text,
    "tool_calls": _tool_calls,
    "function_call": _function_call,
    "tool_call_id": _text,
}


def _check_tool_reference(message: Message, number: int) -> None:
    """Check that an answer of a tool names its call or its function."""
    needs = {"tool": "tool_call_id", "function": "name"}.get(message["role"])
    if needs and needs not in message:
        raise ShapeError("conversations.bad_tool_answer", number=number, key=needs)
