"""Checks one message: its role, keys, text, weight and pictures."""

import base64
import re
from collections.abc import Iterator
from typing import Any

from datasets.conversations.messages import MESSAGE_KEYS, NAME, ROLES
from datasets.inspections.structure import SPECIAL_TOKEN
from datasets.versions.preflight.problems import PreflightIssue, error, warning

TEXT_ONLY_ROLES = frozenset({"tool", "function"})
IMAGE_BYTES = 10 * 1024**2
DATA_URL = re.compile(r"data:(?P<type>[^;,]*);base64,(?P<body>.*)", re.DOTALL)
IMAGE_TYPES = frozenset({"image/jpeg", "image/png", "image/webp"})


def check_message(message: object, number: int) -> Iterator[PreflightIssue]:
    """Yield what is wrong with message `number`, counted from 1."""
    if not isinstance(message, dict):
        yield error(f"message {number} is not an object with `role` and `content`.")
        return
    role = message.get("role")
    if role == "developer":
        yield error(f"message {number} has the role developer. Training files call it system.")
    elif role not in ROLES:
        yield error(f"message {number} has the role {_shown(role)}. Use {', '.join(ROLES)}.")
    for key in sorted(set(message) - MESSAGE_KEYS):
        yield error(f"message {number} has the key `{key[:60]}`, which is not taken.")
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


def _shown(value: object) -> str:
    return "none" if value is None else f"“{str(value)[:40]}”"


def _content(message: dict[str, Any], number: int) -> Iterator[PreflightIssue]:
    content, role = message.get("content"), message.get("role")
    if role == "assistant":
        yield from _answer(message, number)
    elif content is None:
        yield error(f"message {number} has no content.")
    elif not isinstance(content, str | list):
        yield error(f"the content of message {number} is not text.")
    if isinstance(content, list):
        if role in TEXT_ONLY_ROLES:
            yield error(f"the content of message {number}, a {role}'s, is not plain text.")
        for part in content:
            yield from _part(part, role, number)
    if SPECIAL_TOKEN.search(text_of(message)):
        yield warning(
            f"message {number} holds a mark of the chat format such as <|im_end|>. Take it out."
        )


def _answer(message: dict[str, Any], number: int) -> Iterator[PreflightIssue]:
    content = message.get("content")
    if content is not None and not isinstance(content, str | list):
        yield error(f"the content of message {number} is not text.")
    elif not content and not any(
        message.get(key) for key in ("tool_calls", "function_call", "refusal")
    ):
        yield error(f"message {number}, the assistant's, says nothing and calls nothing.")


def _part(part: object, role: object, number: int) -> Iterator[PreflightIssue]:
    kind = part.get("type") if isinstance(part, dict) else None
    if isinstance(part, dict) and kind == "text" and isinstance(part.get("text"), str):
        return
    if isinstance(part, dict) and kind == "image_url":
        if role != "user":
            yield error(f"message {number} has a picture; only a user's message may.")
        yield from _image(part.get("image_url"), number)
        return
    yield error(f"message {number} has a part that is neither text nor a picture.")


def _image(image: object, number: int) -> Iterator[PreflightIssue]:
    url = image.get("url") if isinstance(image, dict) else None
    if not isinstance(url, str) or not url.startswith(("http://", "https://", "data:")):
        yield error(f"a picture of message {number} has no http or data address.")
        return
    if not url.startswith("data:"):
        return
    match = DATA_URL.fullmatch(url)
    if match is None or match["type"] not in IMAGE_TYPES:
        yield error(f"a picture of message {number} is not JPEG, PNG or WEBP in base64.")
    elif _size(match["body"]) > IMAGE_BYTES:
        yield error(f"a picture of message {number} is larger than 10 MB.")


def _size(body: str) -> int:
    try:
        return len(base64.b64decode(body))
    except ValueError:
        return len(body)


def _name(message: dict[str, Any], number: int) -> Iterator[PreflightIssue]:
    name = message.get("name")
    if name is None:
        if message.get("role") == "function":
            yield error(f"message {number} is a function's and has no `name`.")
    elif not isinstance(name, str) or not NAME.fullmatch(name):
        yield error(f"the name of message {number} is not 1 to 64 letters, digits, _ or -.")


def _weight(message: dict[str, Any], number: int) -> Iterator[PreflightIssue]:
    if "weight" not in message:
        return
    if message.get("role") != "assistant":
        yield error(f"message {number} has a weight; only the assistant's may.")
    elif type(message["weight"]) is not int or message["weight"] not in {0, 1}:
        yield error(f"the weight of message {number} is neither 0 nor 1.")
