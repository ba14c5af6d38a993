"""Checks one line: JSON, its messages as a conversation, its length."""

from collections.abc import Iterator
from typing import Any

import orjson

from datasets.conversations import chat
from datasets.conversations.messages import MAX_SHOWN_VALUE_LENGTH
from datasets.versions.preflight.calls import check_calls
from datasets.versions.preflight.messages import check_message, images_of, text_of
from datasets.versions.preflight.problems import PreflightIssue, error, warning
from datasets.versions.preflight.rules import FileRules

ROW_KEYS = frozenset({"messages", "tools", "parallel_tool_calls", "functions"})
# Characters that some programs read as the end of a line; JSON escapes the others.
LINE_SEPARATORS = "\u0085\u2028\u2029"


def check_row(line: bytes, *, model: str, rules: FileRules) -> Iterator[PreflightIssue]:
    """Yield what is wrong with a line, given without its line feed."""
    try:
        text = line.decode()
        if not text.isascii():
            yield from _separators(text)
        row = orjson.loads(text)
    except UnicodeDecodeError:
        yield error("not_utf8")
        return
    except orjson.JSONDecodeError:
        yield error("not_json" if line.strip() else "empty_line")
        return
    if not isinstance(row, dict):
        yield error("not_an_object")
        return
    for key in sorted(set(row) - ROW_KEYS):
        yield error("unknown_key", key=key[:MAX_SHOWN_VALUE_LENGTH])
    messages = row.get("messages")
    if not isinstance(messages, list) or not messages:
        yield error("no_messages")
        return
    yield from _conversation(row, messages, rules)
    # A token has at least one byte, and the frame of a message takes more bytes of JSON than
    # tokens.
    if rules.max_tokens is not None and len(line) > rules.max_tokens:
        yield from _length(row, messages, model, rules.max_tokens)


def _separators(text: str) -> Iterator[PreflightIssue]:
    for character in LINE_SEPARATORS:
        if character in text:
            yield warning("line_separator", character=f"U+{ord(character):04X}")


def has_images(line: bytes) -> bool:
    """Return whether a line has a picture in any message."""
    if b'"image_url"' not in line:
        return False
    try:
        messages = orjson.loads(line)["messages"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return False
    return isinstance(messages, list) and any(images_of(message) for message in messages)


def _conversation(
    row: dict[str, Any], messages: list[Any], rules: FileRules
) -> Iterator[PreflightIssue]:
    for number, message in enumerate(messages, start=1):
        yield from check_message(message, number)
    valid_messages = [message for message in messages if isinstance(message, dict)]
    if len(valid_messages) == len(messages):
        yield from check_calls(row, valid_messages)
        yield from _turns(valid_messages)
        yield from rules.turn_errors(valid_messages)
    images = sum(len(images_of(message)) for message in messages)
    yield from rules.image_errors(images)
    if images and rules.takes_images:
        yield warning("images")


def _length(
    row: dict[str, Any], messages: list[Any], model: str, limit: int
) -> Iterator[PreflightIssue]:
    counted = [message for message in messages if isinstance(message, dict)]
    if (tokens := _tokens(row, counted, model)) > limit:
        yield error("too_many_tokens", n=tokens, limit=limit)


def _turns(messages: list[dict[str, Any]]) -> Iterator[PreflightIssue]:
    answers = [message for message in messages if message.get("role") == "assistant"]
    if not answers:
        yield error("no_answer")
    elif all(answer.get("weight") == 0 for answer in answers):
        yield error("no_weight")
    if answers and messages[-1].get("role") != "assistant":
        yield warning("last_message")


def _tokens(row: dict[str, Any], messages: list[dict[str, Any]], model: str) -> int:
    tools = row.get("tools")
    plain = [_countable(message) for message in messages]
    return chat.count_tokens(plain, tools if isinstance(tools, list) else None, model=model).total


def _countable(message: dict[str, Any]) -> dict[str, Any]:
    """Return a message with its text as one string, and without fields that are not text."""
    kept = {
        key: value
        for key, value in message.items()
        if key in {"tool_calls", "function_call"} or isinstance(value, str)
    }
    return {**kept, "content": text_of(message)}
