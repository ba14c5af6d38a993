"""The content of an example: its normal form, hash, token count and preview. Pure.

This is the only module that imports tiktoken.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import tiktoken

from datasets.conversations.errors import ShapeError
from datasets.conversations.messages import Message, normalise_messages, normalise_tools
from datasets.conversations.tool_tokens import call_tokens, tools_tokens

DEFAULT_ENCODING = "o200k_base"
KNOWN_ENCODINGS = frozenset({"cl100k_base", DEFAULT_ENCODING})
# Tokens that the chat format adds: for each message, for a name, and before the reply.
TOKENS_PER_MESSAGE = 3
TOKENS_PER_NAME = 1
TOKENS_PER_REPLY = 3
# tiktoken overflows its stack on a run of about a million spaces; no slice of this size holds one.
MAX_TOKENIZER_SLICE = 200_000

MAX_PREVIEW_LENGTH = 200
MAX_DEPTH = 60
ROLE_AND_CONTENT = 2
LANGUAGE = re.compile(r"([A-Za-z]{2,3})((?:-[A-Za-z0-9]{2,8}){0,2})")
MAX_INTENT_LENGTH, MAX_TAG_LENGTH, MAX_POLICY_LENGTH, MAX_LANGUAGE_LENGTH = 100, 60, 80, 12


@dataclass(frozen=True)
class Content:
    """The content of one revision. `messages` and `tools` are in normal form."""

    messages: list[Message]
    tools: list[dict[str, Any]] | None = None
    parallel_tool_calls: bool | None = None
    intent: str = ""
    tags: list[str] = field(default_factory=list)
    language: str = ""
    policies: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class TokenCount:
    """The tokens of a conversation: the total with its reply, and the count of each message.

    `estimate` is set where the count is not exact: with tools, whose wording for the model is not
    published in full, and with models whose tokenizer is not public.
    """

    total: int
    per_message: list[int]
    estimate: bool


def normalise(row: Mapping[str, Any]) -> Content:
    """Return the content of a row in the chat format; other keys of the row are ignored.

    Raises:
        ShapeError: a value cannot be stored; the sentence names the place and what to do.
    """
    parallel = row.get("parallel_tool_calls")
    if parallel is not None and not isinstance(parallel, bool):
        raise ShapeError("conversations.bad_tools.parallel")
    if row.get("functions"):
        raise ShapeError("conversations.legacy_functions")
    content = Content(
        messages=normalise_messages(row.get("messages")),
        tools=normalise_tools(row.get("tools")),
        parallel_tool_calls=parallel,
        intent=_word(row.get("intent"), "intent", MAX_INTENT_LENGTH),
        tags=_words(row.get("tags"), "tags", MAX_TAG_LENGTH),
        language=_language(row.get("language")),
        policies=_words(row.get("policies"), "policies", MAX_POLICY_LENGTH),
    )
    # Check all texts together: an import calls this a hundred thousand times.
    texts = [message["content"] or "" for message in content.messages]
    _check_characters("".join([*texts, content.intent, *content.tags, *content.policies]))
    if others := [message for message in content.messages if len(message) > ROLE_AND_CONTENT]:
        check_storable(others)
    if content.tools:
        check_storable(content.tools)
    return content


def content_hash(content: Content) -> str:
    """Return the SHA-256, in hexadecimal, that is equal for equal conversations.

    It is computed over an object of `messages`, `tools` and `parallel_tool_calls` in normal form,
    without those that are None: as JSON with sorted keys, no white space, unescaped characters, in
    UTF-8. This must never change, because stored hashes are compared with new ones. Intent, tags,
    language, policies and metadata are not included: they describe the conversation.
    """
    parts = {
        "messages": content.messages,
        "tools": content.tools,
        "parallel_tool_calls": content.parallel_tool_calls,
    }
    present = {key: value for key, value in parts.items() if value is not None}
    canon = json.dumps(
        present, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return hashlib.sha256(canon.encode()).hexdigest()


def count_tokens(
    messages: Sequence[Mapping[str, Any]],
    tools: Sequence[Mapping[str, Any]] | None = None,
    *,
    model: str = "gpt-4o",
) -> TokenCount:
    """Return the number of tokens as the chat format of OpenAI's models counts them.

    Args:
        messages: in normal form.
        tools: the functions offered.
        model: the base model; a fine-tuned one ("ft:gpt-4o-mini:...") counts like its base.
    """
    name, known = _encoding_of(model)
    encoding = tiktoken.get_encoding(name)
    per_message = [_message_tokens(message, encoding) for message in messages]
    total = sum(per_message) + TOKENS_PER_REPLY
    if tools:
        total += tools_tokens(tools, lambda text: _text_tokens(text, encoding))
    calls = any("tool_calls" in message or "function_call" in message for message in messages)
    return TokenCount(total, per_message, estimate=bool(tools) or calls or not known)


def preview(messages: Iterable[Mapping[str, Any]]) -> str:
    """Return the beginning of the first customer message, or else of the first message with text.

    It has one line and at most MAX_PREVIEW_LENGTH characters; an ellipsis shows that text was cut.
    """
    texts = [(message["role"], (message["content"] or "").strip()) for message in messages]
    customer = [text for role, text in texts if role == "user" and text]
    chosen = next(iter(customer or [text for _, text in texts if text]), "")
    # Only the first words are read: a message may have megabytes.
    line = " ".join(chosen[: 4 * MAX_PREVIEW_LENGTH].split())
    if len(line) <= MAX_PREVIEW_LENGTH and len(chosen) <= 4 * MAX_PREVIEW_LENGTH:
        return line
    return line[: MAX_PREVIEW_LENGTH - 1].rstrip() + "…"


def check_storable(value: object, *, depth: int = 0) -> None:
    """Check that PostgreSQL can store a value.

    Raises:
        ShapeError: it holds NUL or half of a surrogate pair (bad_character), or it is nested too
            deeply (too_deep).
    """
    if isinstance(value, str):
        _check_characters(value)
    elif isinstance(value, dict | list):
        if depth >= MAX_DEPTH:
            raise ShapeError("conversations.too_deep", limit=MAX_DEPTH)
        parts = value if isinstance(value, list) else [*value.keys(), *value.values()]
        for part in parts:
            check_storable(part, depth=depth + 1)


def _check_characters(text: str) -> None:
    if "\0" in text:
        raise ShapeError("conversations.bad_character.nul")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise lone_surrogate_error() from error


def lone_surrogate_error() -> ShapeError:
    """Return the error for a surrogate without its other half."""
    return ShapeError("conversations.bad_character.surrogate")


def normalise_name(text: str) -> str:
    """Return a name as it is stored and compared: composed characters (NFC), single spaces."""
    return unicodedata.normalize("NFC", " ".join(text.split()))


def _word(value: object, name: str, longest: int) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ShapeError("conversations.bad_field.not_text", name=name)
    word = normalise_name(value)
    if len(word) > longest:
        raise ShapeError("conversations.bad_field.too_long", name=name, n=len(word), limit=longest)
    return word


def _words(value: object, name: str, longest: int) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise ShapeError("conversations.bad_field.not_a_list", name=name)
    words = [_word(word, name, longest) for word in value]
    return list(dict.fromkeys(word for word in words if word))


def _language(value: object) -> str:
    code = _word(value, "language", MAX_LANGUAGE_LENGTH).replace("_", "-")
    match = LANGUAGE.fullmatch(code)
    if code and match is None:
        raise ShapeError("conversations.bad_field.language", given=code)
    return match[1].lower() + match[2] if match else ""


@lru_cache(maxsize=256)
def _encoding_of(model: str) -> tuple[str, bool]:
    """Return the name of a model's encoding, and whether it is known rather than assumed."""
    base = model.split(":")[1] if model.startswith("ft:") else model
    try:
        name = tiktoken.encoding_name_for_model(base)
    except KeyError:
        return DEFAULT_ENCODING, False
    return (name, True) if name in KNOWN_ENCODINGS else (DEFAULT_ENCODING, False)


def _message_tokens(message: Mapping[str, Any], encoding: tiktoken.Encoding) -> int:
    # Each role is one token in both encodings.
    count = TOKENS_PER_MESSAGE + 1
    for key in ("content", "refusal"):
        if message.get(key):
            count += _text_tokens(message[key], encoding)
    if "name" in message:
        count += _text_tokens(message["name"], encoding) + TOKENS_PER_NAME
    calls = [*(message.get("tool_calls") or []), message.get("function_call")]
    for call in filter(None, calls):
        count += call_tokens(call, lambda text: _text_tokens(text, encoding))
    return count


# The examples of one file mostly share their system message.
@lru_cache(maxsize=64)
def _text_tokens(text: str, encoding: tiktoken.Encoding) -> int:
    return sum(
        len(encoding.encode_ordinary(text[start : start + MAX_TOKENIZER_SLICE]))
        for start in range(0, len(text), MAX_TOKENIZER_SLICE)
    )
