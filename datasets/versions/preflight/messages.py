"""Checks one message: its role, keys, text, weight and pictures."""

import base64
import re
from collections.abc import Iterator
from typing import Any

from datasets.conversations.messages import MAX_SHOWN_VALUE_LENGTH, MESSAGE_KEYS, NAME, ROLES
from datasets.inspections.structure import SPECIAL_TOKEN
from datasets.versions.preflight.problems import PreflightIssue, error, warning

TEXT_ONLY_ROLES = frozenset({"tool", "function"})
IMAGE_BYTES = 10 * 1024**2
MAX_SHOWN_ROLE_LENGTH = 40
DATA_URL = re.compile(r"data:(?P<type>[^;,]*);base64,(?P<body>.*)", re.DOTALL)
IMAGE_TYPES = frozenset({"image/jpeg", "image/png", "image/webp"})


def check_message(message: object, number: int) -> Iterator[PreflightIssue]:
    """Yield what is wrong with message `number`, counted from 1."""
    if not isinstance(message, dict):
        yield error("message", number=number)
        return
    role = message.get("role")
    if role == "developer":
        yield error("developer_role", number=number)
    elif role not in ROLES:
        shown = "" if role is None else str(role)[:MAX_SHOWN_ROLE_LENGTH]
        yield error("unknown_role", number=number, role=shown, roles=ROLES)
    for key in sorted(set(message) - MESSAGE_KEYS):
        yield error("unknown_message_key", number=number, key=key[:MAX_SHOWN_VALUE_LENGTH])
    yield from _content(message, number)
    yield from _name(message, number)
    yield from _weight(message, number)


def images_of(message: object) -> list[Any]:
    """Return the picture parts of a message."""
    content = message.get("content") if isinstance(message, dict) else None
    parts = content if isinstance(content, list) else []
    return [part for part in parts if isinstance(part, dict) and part.get("type") == "image_url"]


def text_of(message: dict[str, Any]) -> str:
    """Return the text of a message, its parts joined."""
    content = message.get("content")
    if isinstance(content, list):
        texts = [part.get("text") for part in content if isinstance(part, dict)]
        return "\n".join(text for text in texts if isinstance(text, str))
    return content if isinstance(content, str) else ""


def _content(message: dict[str, Any], number: int) -> Iterator[PreflightIssue]:
    content, role = message.get("content"), message.get("role")
    if role == "assistant":
        yield from _answer(message, number)
    elif content is None:
        yield error("no_content", number=number)
    elif not isinstance(content, str | list):
        yield error("content_not_text", number=number)
    if isinstance(content, list):
        if role in TEXT_ONLY_ROLES:
            yield error("content_not_plain_text", number=number)
        for part in content:
            yield from _part(part, role, number)
    if SPECIAL_TOKEN.search(text_of(message)):
        yield warning("special_token", number=number)


def _answer(message: dict[str, Any], number: int) -> Iterator[PreflightIssue]:
    content = message.get("content")
    if content is not None and not isinstance(content, str | list):
        yield error("content_not_text", number=number)
    elif not content and not any(
        message.get(key) for key in ("tool_calls", "function_call", "refusal")
    ):
        yield error("empty_answer", number=number)


def _part(part: object, role: object, number: int) -> Iterator[PreflightIssue]:
    kind = part.get("type") if isinstance(part, dict) else None
    if isinstance(part, dict) and kind == "text" and isinstance(part.get("text"), str):
        return
    if isinstance(part, dict) and kind == "image_url":
        if role != "user":
            yield error("image_role", number=number)
        yield from _image(part.get("image_url"), number)
        return
    yield error("unknown_part", number=number)


def _image(image: object, number: int) -> Iterator[PreflightIssue]:
    url = image.get("url") if isinstance(image, dict) else None
    if not isinstance(url, str) or not url.startswith(("http://", "https://", "data:")):
        yield error("image_address", number=number)
        return
    if not url.startswith("data:"):
        return
    match = DATA_URL.fullmatch(url)
    if match is None or match["type"] not in IMAGE_TYPES:
        yield error("image_format", number=number)
    elif _size(match["body"]) > IMAGE_BYTES:
        yield error("image_size", number=number, limit=IMAGE_BYTES // 1024**2)


def _size(body: str) -> int:
    try:
        return len(base64.b64decode(body))
    except ValueError:
        return len(body)


def _name(message: dict[str, Any], number: int) -> Iterator[PreflightIssue]:
    name = message.get("name")
    if name is None:
        if message.get("role") == "function":
            yield error("function_without_name", number=number)
    elif not isinstance(name, str) or not NAME.fullmatch(name):
        yield error("name", number=number)


def _weight(message: dict[str, Any], number: int) -> Iterator[PreflightIssue]:
    if "weight" not in message:
        return
    if message.get("role") != "assistant":
        yield error("weight_role", number=number)
    elif type(message["weight"]) is not int or message["weight"] not in {0, 1}:
        yield error("weight", number=number)
