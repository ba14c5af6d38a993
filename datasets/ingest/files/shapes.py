"""Recognises rows in the formats of other tools by their keys, and explains what to do.

It also guesses which key of the format an unknown key or column was meant to be.
"""

from collections.abc import Mapping
from typing import Any

KNOWN_KEYS = ("messages", "prompt", "completion")
SHAREGPT = (
    "is in the ShareGPT format. Rename `conversations` to `messages`, `from` to `role` (human to "
    "user, gpt to assistant), `value` to `content`."
)
ALPACA = (
    "is in the Alpaca format. Write `instruction` and `input` together as `prompt`, and `output` "
    "as `completion`."
)
PREFERENCE = (
    "holds pairs of a preferred and another answer (DPO). Write the conversation with the "
    "preferred answer as `messages`."
)
GEMINI = (
    "is in the Gemini format. Rename `contents` to `messages`, write `parts` as `content`, and the "
    "role model as assistant."
)
SHAPES = (
    ({"conversations"}, SHAREGPT),
    ({"conversation"}, SHAREGPT.replace("`conversations`", "`conversation`")),
    ({"preferred_output"}, PREFERENCE),
    ({"chosen", "rejected"}, PREFERENCE),
    ({"instruction", "output"}, ALPACA),
    ({"contents"}, GEMINI),
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


def foreign_shape(value: Mapping[str, Any]) -> str:
    """Return which foreign format a row has and what to do; "" if it is not a known one.

    The text continues a sentence that begins with the row or the file: “data.json” is in the
    ShareGPT format. ...
    """
    if any(key in value for key in KNOWN_KEYS):
        return ""
    for keys, words in SHAPES:
        if keys <= value.keys():
            return words
    for key, rows in value.items():
        if isinstance(rows, list) and rows and isinstance(rows[0], dict):
            inner = rows[0]
            if any(known in inner for known in KNOWN_KEYS) or foreign_shape(inner):
                return (
                    f"is one object whose rows are a list under `{key[:40]}`. Save that list "
                    "alone, without the object around it."
                )
    return ""


def meant(key: str, *, is_table: bool = False) -> str:
    """Return the key of the format that was probably meant; "" without a guess.

    The names of speakers are keys only in tables.
    """
    found = _KEY_BY_SYNONYM.get(key.strip().lower().replace(" ", "_").replace("-", "_"), "")
    return "" if found in {"user", "assistant", "system"} and not is_table else found


def unread_key_message(key: str, *, is_table: bool = False) -> str:
    """Return the sentence that names a key or column which is not read."""
    guess = meant(key, is_table=is_table)
    return f"`{key[:60]}` is not read{f'; map it to `{guess}`?' if guess else '.'}"
