"""Checks one line: JSON, its messages as a conversation, its length."""

from collections.abc import Iterator
from typing import Any

import orjson

from datasets.conversations import chat
from datasets.versions.preflight.calls import check_calls
from datasets.versions.preflight.messages import check_message, images_of, text_of
from datasets.versions.preflight.problems import PreflightIssue, error, warning

ROW_KEYS = frozenset({"messages", "tools", "parallel_tool_calls", "functions"})
# Characters that some programs read as the end of a line; JSON escapes the others.
LINE_SEPARATORS = "\u0085\u2028\u2029"
MAX_TOKENS = 65_536
MAX_IMAGES = 10


def check_row(line: bytes, *, model: str) -> Iterator[PreflightIssue]:
    """Yield what is wrong with a line, given without its line feed."""
    try:
        text = line.decode()
        if not text.isascii():
            yield from _separators(text)
        row = orjson.loads(text)
    except UnicodeDecodeError:
        yield error("this is not UTF-8.")
        return
    except orjson.JSONDecodeError:
        yield error("this is not JSON." if line.strip() else "this is empty.")
        return
    if not isinstance(row, dict):
        yield error("this is not a JSON object.")
        return
    for key in sorted(set(row) - ROW_KEYS):
        yield error(f"the key `{key[:60]}` is not taken by providers.")
    messages = row.get("messages")
    if not isinstance(messages, list) or not messages:
        yield error("there are no messages.")
        return
    yield from _conversation(row, messages, len(line), model)


def _separators(text: str) -> Iterator[PreflightIssue]:
    for character in LINE_SEPARATORS:
        if character in text:
            yield warning(
                f"this holds U+{ord(character):04X}, which some programs take for the end of a "
                "line. Replace it by a line break, or have the file cut at line feeds only."
            )


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
    row: dict[str, Any], messages: list[Any], size: int, model: str
) -> Iterator[PreflightIssue]:
    for number, message in enumerate(messages, start=1):
        yield from check_message(message, number)
    valid_messages = [message for message in messages if isinstance(message, dict)]
    if len(valid_messages) == len(messages):
        yield from check_calls(row, valid_messages)
        yield from _turns(valid_messages)
    images = sum(len(images_of(message)) for message in messages)
    if images > MAX_IMAGES:
        yield error(f"there are {images} pictures; at most {MAX_IMAGES} are taken.")
    if images:
        yield warning("pictures of people, faces or CAPTCHAs are dropped in training.")
    # A token has at least one byte, and the frame of a message takes more bytes of JSON than
    # tokens.
    if size > MAX_TOKENS and (tokens := _tokens(row, valid_messages, model)) > MAX_TOKENS:
        yield error(
            f"this has {tokens:,} tokens; what comes after {MAX_TOKENS:,} is cut off silently."
        )


def _turns(messages: list[dict[str, Any]]) -> Iterator[PreflightIssue]:
    answers = [message for message in messages if message.get("role") == "assistant"]
    if not answers:
        yield error("there is no answer of the assistant, so there is nothing to learn.")
    elif all(answer.get("weight") == 0 for answer in answers):
        yield error("every answer has weight 0, so there is nothing to learn.")
    if answers and messages[-1].get("role") != "assistant":
        yield warning("the last message is not the assistant's, so it teaches nothing.")


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
