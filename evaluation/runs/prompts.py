"""What both models of a run are asked: prompts out of conversations, and their digest. Pure."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

import orjson

NO_INTENT = "no intent"
"""The name under which prompts without an intent are counted."""


@dataclass(frozen=True)
class Prompt:
    """The messages that both models get, with their labels.

    Attributes:
        key: identifies the prompt within its run and is the stable order before the draw.
        messages: chat messages, the last of them not the assistant's.
        intent: what the customer wants.
        language: a language code, or empty.
        tags, policies: as in the conversation.
        external_id: the row's own id in an imported file.
        revision_id: the revision of the golden example it comes from.
        content_hash: the hash of that revision, with its answer.
        reference: the answer that came with it, which the models do not get.
        asked_as: the comparison of an earlier run that asked it.
    """

    key: str
    messages: Sequence[Mapping[str, Any]]
    intent: str = NO_INTENT
    language: str = ""
    tags: Sequence[str] = ()
    policies: Sequence[str] = ()
    external_id: str = ""
    revision_id: int | None = None
    content_hash: str = ""
    reference: Sequence[Mapping[str, Any]] = ()
    asked_as: int | None = None


@dataclass(frozen=True)
class PromptSet:
    """The prompts of a run and where they come from: a split of a version, or a file."""

    prompts: Sequence[Prompt]
    dataset_version_id: int | None = None
    split: str = ""
    file_name: str = ""
    # Items of the split that were left out: they have no customer message.
    left_out: int = 0


def without_answer(messages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the messages up to the last one that is not the assistant's, without weights.

    The result is empty when nobody but the assistant and the system speaks.
    """
    end = len(messages)
    while end and messages[end - 1].get("role") == "assistant":
        end -= 1
    kept = [{k: v for k, v in message.items() if k != "weight"} for message in messages[:end]]
    return kept if any(message.get("role") == "user" for message in kept) else []


def first_customer_message(messages: Iterable[Mapping[str, Any]]) -> str:
    """Return what the customer says first, in lower case with single spaces; empty if nothing."""
    for message in messages:
        if message.get("role") == "user" and isinstance(message.get("content"), str):
            return " ".join(message["content"].casefold().split())
    return ""


def prompt_hash(messages: Sequence[Mapping[str, Any]]) -> str:
    """Return the SHA-256 of the messages as canonical JSON, in hexadecimal.

    This must never change, because stored hashes are compared with new ones.
    """
    return hashlib.sha256(_canonical(messages)).hexdigest()


def _canonical(messages: Sequence[Mapping[str, Any]]) -> bytes:
    # Of texts, orjson writes the same bytes much faster; it writes some numbers otherwise.
    if _has_only_texts(messages):
        # A text with half of a surrogate pair, or a depth that it does not write.
        with suppress(orjson.JSONEncodeError):
            return orjson.dumps(messages, option=orjson.OPT_SORT_KEYS)
    canonical = json.dumps(messages, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return canonical.encode("utf-8", "surrogatepass")


def _has_only_texts(value: object) -> bool:
    kind = type(value)
    if kind is str:
        return True
    if kind is dict:
        return all(map(_has_only_texts, cast("dict[str, object]", value).values()))
    return kind in {list, tuple} and all(map(_has_only_texts, cast("Sequence[object]", value)))


def prompts_digest(hashes: Iterable[str]) -> str:
    """Return the SHA-256 over the hashes of all prompts of a set, whatever their order."""
    return hashlib.sha256("\n".join(sorted(hashes)).encode()).hexdigest()
