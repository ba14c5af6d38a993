"""Recognises rows in the formats of other tools by their keys, and explains what to do. Pure.

It also guesses which key of the format an unknown key or column was meant to be.
"""

from collections.abc import Mapping
from typing import Any

from datasets.conversations.messages import MAX_SHOWN_VALUE_LENGTH
from reviewapp.core.messages import Message, message

KNOWN_KEYS = ("messages", "prompt", "completion")
PREFERENCE = message("ingest.shape.preference")
SHAPES = (
    ({"conversations"}, message("ingest.shape.sharegpt", key="conversations")),
    ({"conversation"}, message("ingest.shape.sharegpt", key="conversation")),
    ({"preferred_output"}, PREFERENCE),
    ({"chosen", "rejected"}, PREFERENCE),
    ({"instruction", "output"}, message("ingest.shape.alpaca")),
    ({"contents"}, message("ingest.shape.gemini")),
)
KEY_SYNONYMS = {
    "assistant": ("answer", "response", "output", "reply", "bot", "agent", "ai", "gpt", "model"),
    "user": ("question", "query", "input", "customer", "human", "instruction", "message"),
    "system": ("system_prompt", "instructions", "system_message"),
    "intent": ("intents", "label", "category", "topic", "class"),
    "tags": ("tag", "labels", "keywords"),
    "language": ("lang", "locale"),
    "policies": ("policy",),
    "external_id": ("id", "ticket", "ticket_id", "conversation_id", "externalid"),
    "split": ("set", "subset", "partition"),
}
_KEY_BY_SYNONYM = {word: key for key, words in KEY_SYNONYMS.items() for word in words}


def foreign_shape(value: Mapping[str, Any]) -> Message | None:
    """Return which foreign format a row has and what to do; None if it is not a known one."""
    if any(key in value for key in KNOWN_KEYS):
        return None
    for keys, shape in SHAPES:
        if keys <= value.keys():
            return shape
    for key, rows in value.items():
        if isinstance(rows, list) and rows and isinstance(rows[0], dict):
            inner = rows[0]
            if any(known in inner for known in KNOWN_KEYS) or foreign_shape(inner):
                return message("ingest.shape.wrapped", key=key[:MAX_SHOWN_VALUE_LENGTH])
    return None


def meant(key: str, *, is_table: bool = False) -> str:
    """Return the key of the format that was probably meant; "" without a guess.

    The names of speakers are keys only in tables.
    """
    found = _KEY_BY_SYNONYM.get(key.strip().lower().replace(" ", "_").replace("-", "_"), "")
    return "" if found in {"user", "assistant", "system"} and not is_table else found


def unread_key_message(key: str, *, is_table: bool = False) -> Message:
    """Return the message that names a key or column which is not read."""
    guess, shown = meant(key, is_table=is_table), key[:MAX_SHOWN_VALUE_LENGTH]
    if guess:
        return message("ingest.unread_key.guess", key=shown, guess=guess)
    return message("ingest.unread_key", key=shown)
