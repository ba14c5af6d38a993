"""The shape of chat messages and tools: which values a row may have, in one normal form. Pure.

The rules are those of fine-tuning files in the chat format. What a user can correct on the page of
the example (an empty message, a wrong order of roles) is a finding of `datasets/inspections/`
instead.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from reviewapp.core.errors import InvalidInput

ROLES = ("system", "user", "assistant", "tool", "function")
ACCEPTED_ROLES = frozenset({*ROLES, "developer"})
MESSAGE_KEYS = frozenset(
    {
        *("role", "content", "name", "weight", "refusal"),
        *("tool_calls", "function_call", "tool_call_id"),
    }
)
MAX_MESSAGES = 1000
NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")

Message = dict[str, Any]


class ShapeError(InvalidInput):
    """A value that cannot be stored in an example; `code` is stable (docs/import.md)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def normalise_messages(value: object) -> list[Message]:
    """Return the messages in normal form.

    In normal form each message has `role` and `content`, and other keys only where they have a
    value; the role developer is written system; text is one string with line feeds. `content` is
    None only where an assistant calls tools or refuses.

    Raises:
        ShapeError: a message cannot be stored; the sentence names it and what to do.
    """
    if not isinstance(value, list) or not value:
        raise ShapeError(
            "no_messages", "The row has no messages. Give `messages` a list of at least one."
        )
    if len(value) > MAX_MESSAGES:
        raise ShapeError(
            "too_many_messages",
            f"The row has {len(value)} messages; at most {MAX_MESSAGES} are taken. Split it up.",
        )
    return [_normal_message(message, number) for number, message in enumerate(value, start=1)]


def normalise_tools(value: object) -> list[dict[str, Any]] | None:
    """Return the tools of a conversation, each with a function name; None if there are none.

    Raises:
        ShapeError: it is not a list of functions.
    """
    if value is None or value == []:
        return None
    if not isinstance(value, list):
        raise ShapeError("bad_tools", "`tools` is not a list. Write a list of functions.")
    for number, tool in enumerate(value, start=1):
        function = tool.get("function") if isinstance(tool, dict) else None
        name = function.get("name") if isinstance(function, dict) else None
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise ShapeError(
                "bad_tools",
                f"Tool {number} has no usable function name. Write "
                '{"type": "function", "function": {"name": "..."}} with letters, digits, _ and -.',
            )
    return value


def _normal_message(message: object, number: int) -> Message:
    if not isinstance(message, Mapping):
        raise ShapeError(
            "bad_message", f"Message {number} is not an object with `role` and `content`."
        )
    role = message.get("role")
    if not isinstance(role, str) or role not in ACCEPTED_ROLES:
        raise ShapeError(
            "unknown_role",
            f"Message {number} has {_named(role, 'role')}. Use one of {', '.join(ROLES)}.",
        )
    _check_message_keys(message, number)
    normal: Message = {"role": "system" if role == "developer" else role}
    normal["content"] = _content(message, number)
    for key, check in _EXTRAS.items():
        extra = message.get(key)
        if extra is not None and extra != []:
            normal[key] = check(extra, role, number)
    _check_tool_reference(normal, number)
    return normal


def _named(value: object, what: str) -> str:
    if value is None:
        return f"no {what}"
    return f"the {what} {json.dumps(value, ensure_ascii=False, default=str)[:60]}"


def _check_message_keys(message: Mapping[str, Any], number: int) -> None:
    # Answers logged from an API carry empty fields such as "audio": null, without meaning.
    unknown = [key for key in message if key not in MESSAGE_KEYS and message[key] is not None]
    if unknown:
        raise ShapeError(
            "unknown_message_key",
            f"Message {number} has the key `{str(unknown[0])[:60]}`, which providers refuse. "
            "Move it to `metadata`.",
        )


def _content(message: Mapping[str, Any], number: int) -> str | None:
    content = message.get("content")
    if isinstance(content, list):
        content = _join_text_parts(content, number)
    if isinstance(content, str):
        return line_feeds(content)
    if content is not None:
        raise ShapeError(
            "content_not_text", f"The content of message {number} is not text. Put it in quotes."
        )
    has_other_content = any(message.get(key) for key in ("tool_calls", "function_call", "refusal"))
    if message["role"] == "assistant" and has_other_content:
        return None
    raise ShapeError(
        "missing_content", f"Message {number} has no content. Write its text, or take it out."
    )


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
        raise ShapeError(
            "content_not_text",
            f"Message {number} holds something other than text, such as a picture. "
            "Only text can be curated here; take the part out.",
        )
    return "\n".join(texts)


def whole_number(value: object) -> object:
    """Return a whole number written as 1.0 as 1; any other value unchanged."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def line_feeds(text: str) -> str:
    """Return the text with each line ending as one line feed, because browsers and files differ."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _name(value: object, _role: str, number: int) -> str:
    if isinstance(value, str) and NAME.fullmatch(value):
        return value
    raise ShapeError(
        "bad_name",
        f"The name of message {number} is not 1 to 64 letters, digits, _ or -. Shorten or drop it.",
    )


def _weight(value: object, role: str, number: int) -> int:
    number_given = whole_number(value)
    if role == "assistant" and type(number_given) is int and number_given in {0, 1}:
        return number_given
    raise ShapeError(
        "bad_weight",
        f"The weight of message {number} cannot stand: it is 0 or 1, and on an assistant only.",
    )


def _text(value: object, _role: str, number: int) -> str:
    if isinstance(value, str):
        return line_feeds(value)
    raise ShapeError(
        "content_not_text", f"A field of message {number} that holds text is not text."
    )


def _tool_calls(value: object, role: str, number: int) -> list[dict[str, Any]]:
    if role != "assistant" or not isinstance(value, list):
        raise ShapeError(
            "bad_tool_call", f"Message {number}: `tool_calls` is a list, and on an assistant only."
        )
    for call in value:
        if not isinstance(call, dict) or not isinstance(call.get("id"), str):
            raise ShapeError("bad_tool_call", f"A tool call of message {number} has no `id`.")
        _function_call(call.get("function"), role, number)
    return value


def _function_call(value: object, role: str, number: int) -> dict[str, Any]:
    named = isinstance(value, dict) and isinstance(value.get("name"), str)
    if role != "assistant" or not isinstance(value, dict) or not named:
        raise ShapeError(
            "bad_tool_call",
            f"A call in message {number} names no function, or is not an assistant's.",
        )
    if not isinstance(value.get("arguments"), str):
        raise ShapeError(
            "bad_tool_call",
            f"The `arguments` of a call in message {number} are not a string. "
            "Providers want the JSON in quotes.",
        )
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
        raise ShapeError(
            "bad_tool_answer",
            f"Message {number} is the answer of a {message['role']} without `{needs}`.",
        )
