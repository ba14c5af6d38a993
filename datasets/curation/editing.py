"""Convert content to the fields of the editor and back. Pure.

The editor posts `role`, `text` and `extra` for each message, in the order on the page. `extra` is
JSON of the other fields of the message (tool calls, weight, name), which an edit of its text keeps.
The result is a row of the file format, so that `chat.normalise` validates edits and imports alike.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from datasets.conversations.chat import Content
from datasets.conversations.comparison import extras_of
from datasets.conversations.diffs import align
from datasets.conversations.messages import Message, line_feeds
from reviewapp.core import messages as coded
from reviewapp.core.errors import InvalidInput

# The roles that a user can choose; tool messages keep theirs, as they answer a tool call.
SELECTABLE_ROLES = ("system", "user", "assistant")
NON_TEXT_KEYS = ("tool_calls", "function_call", "refusal")
MAX_NUMBER_DIGITS = 4

Row = dict[str, Any]


class Fields(Protocol):
    """The posted fields of a form, as Django's QueryDict offers them."""

    def getlist(self, key: str, /) -> list[str]:
        """Return all values of a field, in the order of the page."""


@dataclass(frozen=True)
class Call:
    """A tool call, as shown."""

    name: str
    arguments: str


@dataclass(frozen=True)
class EditedMessage:
    """One message of the editor.

    Attributes:
        base: its text in the saved revision, where that differs.
        notes: what its other fields mean.
    """

    number: int
    role: str
    text: str
    extra: str = "{}"
    tokens: int = 0
    base: str | None = None
    is_changed: bool = False
    calls: list[Call] = field(default_factory=list)
    notes: list[coded.Message] = field(default_factory=list)

    @property
    def role_choices(self) -> tuple[str, ...]:
        """The roles to choose from; empty where the role cannot change."""
        return SELECTABLE_ROLES if self.role in SELECTABLE_ROLES and not self.calls else ()


BLANK = EditedMessage(number=0, role="user", text="", is_changed=True)


def is_written(messages: Iterable[Mapping[str, Any]]) -> bool:
    """Return whether a message other than the system message has text or calls a tool."""
    return any(
        message.get(name)
        for message in messages
        if message.get("role") != "system"
        for name in ("content", *NON_TEXT_KEYS)
    )


def row_from_content(content: Content) -> Row:
    """Return content as a row of the file format, without the tools: the editor has none."""
    row = asdict(content)
    return {name: row[name] for name in ("messages", "intent", "tags", "language", "policies")}


def row_from_fields(fields: Fields) -> Row:
    """Return what was typed as a row of the file format, not validated.

    Raises:
        InvalidInput: fields of a message are missing.
    """
    roles, texts, extras = (fields.getlist(name) for name in ("role", "text", "extra"))
    if not len(roles) == len(texts) == len(extras):
        raise InvalidInput(coded.message("curation.incomplete_form"))
    return {
        "messages": [
            _message(role, _clean(text), extra)
            for role, text, extra in zip(roles, texts, extras, strict=True)
        ],
        "intent": _last(fields, "intent"),
        "language": _last(fields, "language"),
        "tags": split_words(_last(fields, "tags")),
        "policies": [_clean(policy) for policy in fields.getlist("policies")],
    }


def split_words(text: str) -> list[str]:
    """Return the words of a comma-separated list, without duplicates."""
    words = [word.strip() for word in text.split(",")]
    return list(dict.fromkeys(word for word in words if word))


def edited_messages(
    messages: Sequence[Mapping[str, Any]],
    *,
    base: Sequence[Message] = (),
    tokens: Iterable[int] = (),
) -> list[EditedMessage]:
    """Return messages for the editor, each with its text in `base` and its token count."""
    counts = [*tokens] or [0] * len(messages)
    before = _earlier(base, messages) if base else dict(enumerate(messages))
    return [_edited(message, at, before.get(at), counts[at]) for at, message in enumerate(messages)]


def apply_editor_step(row: Row, step: str) -> Row:
    """Return the row after one step of the editor: `insert:2`, `delete:2`, `up:2`, `down:2`.

    Numbers count from 1; `insert:0` adds a message at the beginning, `insert:2` one after the
    second. An invalid step returns the row unchanged.
    """
    name, _, number = step.partition(":")
    messages = list(row["messages"])
    at = int(number) - 1 if number.isdecimal() and len(number) <= MAX_NUMBER_DIGITS else -2
    if name == "insert" and -1 <= at < len(messages):
        messages.insert(at + 1, {"role": _next_role(messages[: at + 1]), "content": ""})
    elif name == "delete" and 0 <= at < len(messages):
        del messages[at]
    elif name in {"up", "down"}:
        other = at - 1 if name == "up" else at + 1
        if min(at, other) >= 0 and max(at, other) < len(messages):
            messages[at], messages[other] = messages[other], messages[at]
    return {**row, "messages": messages}


def _next_role(before: list[Message]) -> str:
    """Return the role that most likely follows these messages."""
    if not before:
        return "system"
    return "assistant" if before[-1]["role"] in {"user", "tool"} else "user"


def _last(fields: Fields, name: str) -> str:
    return _clean((fields.getlist(name) or [""])[-1])


def _clean(text: str) -> str:
    # PostgreSQL text cannot hold NUL; forms send line ends as carriage return and line feed.
    return line_feeds(text).replace("\x00", "")


def _message(role: str, text: str, extra: str) -> Message:
    try:
        other_fields = json.loads(extra or "{}")
        # NaN and lone surrogates can neither be stored nor shown; the editor never sends them.
        json.dumps(other_fields, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        other_fields = None
    if not isinstance(other_fields, dict):
        raise InvalidInput(coded.message("curation.incomplete_form"))
    has_other_content = any(other_fields.get(name) for name in NON_TEXT_KEYS)
    empty_content = other_fields.pop("content", None if has_other_content else "")
    if role != "assistant":
        # Only assistant messages have a weight.
        other_fields.pop("weight", None)
    return {**other_fields, "role": role, "content": text or empty_content}


def _edited(
    message: Mapping[str, Any], at: int, before: Mapping[str, Any] | None, tokens: int
) -> EditedMessage:
    content = message.get("content")
    other_fields = extras_of(message)
    if not content:
        other_fields["content"] = content
    return EditedMessage(
        number=at + 1,
        role=str(message.get("role", "")),
        text=str(content or ""),
        extra=json.dumps(other_fields, ensure_ascii=False),
        tokens=tokens,
        base=str(before["content"] or "") if before and before != message else None,
        is_changed=before is None or before != message,
        calls=_calls(message),
        notes=_notes(message),
    )


def _calls(message: Mapping[str, Any]) -> list[Call]:
    given = message.get("tool_calls")
    calls = given if isinstance(given, list) else []
    functions = [call.get("function") for call in calls if isinstance(call, dict)]
    functions.append(message.get("function_call"))
    return [
        Call(str(function.get("name")), readable_json(str(function.get("arguments"))))
        for function in functions
        if isinstance(function, dict)
    ]


def _notes(message: Mapping[str, Any]) -> list[coded.Message]:
    notes = []
    if message.get("weight") == 0:
        notes.append(coded.message("curation.weight_zero"))
    if "tool_call_id" in message:
        notes.append(coded.message("curation.answers_call", call=str(message["tool_call_id"])))
    if "name" in message:
        notes.append(coded.message("curation.message_name", name=str(message["name"])))
    if message.get("refusal"):
        notes.append(coded.message("curation.refusal", refusal=str(message["refusal"])))
    return notes


def readable_json(text: str) -> str:
    """Return JSON with indentation; text that is not JSON unchanged."""
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return text


def _earlier(base: Sequence[Message], messages: Sequence[Mapping[str, Any]]) -> dict[int, Message]:
    """Return the message of `base` for each message that was not added, by its position."""
    pairs = align(base, messages, key=lambda message: json.dumps(message, sort_keys=True))
    return {
        pair.after: base[pair.before]
        for pair in pairs
        if pair.after is not None and pair.before is not None
    }
