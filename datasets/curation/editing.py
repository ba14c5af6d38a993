"""An example under the pen: from its content to the fields of the editor, and back. Pure.

The editor sends for each message, in the order on the page, `role`, `text` and `extra`: the JSON of
everything else the message holds (tool calls, weight, name), which an edit of its words must not
lose. The row that comes back is one of the file format, so `chat.normalise` judges both alike.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from datasets.conversations.chat import Content
from datasets.conversations.comparison import extras_of, role_label
from datasets.conversations.diffs import align
from datasets.conversations.messages import Message, line_feeds
from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import message

# What a person may choose; the roles of tools belong to the calls they answer.
SELECTABLE_ROLES = ("system", "user", "assistant")
NON_TEXT_KEYS = ("tool_calls", "function_call", "refusal")
MAX_NUMBER_DIGITS = 4

Row = dict[str, Any]


class Fields(Protocol):
    """The posted fields of a form, as Django's QueryDict offers them."""

    def getlist(self, key: str, /) -> list[str]:
        """All values of a field, in the order of the page."""


@dataclass(frozen=True)
class Call:
    """A call of a tool, to be read."""

    name: str
    arguments: str


@dataclass(frozen=True)
class EditedMessage:
    """One message as the editor shows it."""

    number: int
    role: str
    text: str
    extra: str = "{}"
    tokens: int = 0
    # What the saved revision says here, if it is something else.
    base: str | None = None
    is_changed: bool = False
    calls: list[Call] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def role_label(self) -> str:
        """The role as people call it."""
        return role_label(self.role)

    @property
    def role_choices(self) -> list[tuple[str, str]]:
        """The roles to choose from; empty where the role cannot change."""
        if self.role not in SELECTABLE_ROLES or self.calls:
            return []
        return [(role, role_label(role)) for role in SELECTABLE_ROLES]


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
    """Return content as a row of the file format, without the tools, which are not edited."""
    row = asdict(content)
    return {name: row[name] for name in ("messages", "intent", "tags", "language", "policies")}


def row_from_fields(fields: Fields) -> Row:
    """Return what was typed as a row of the file format. It is not judged yet.

    Raises:
        InvalidInput: the fields do not come from the editor.
    """
    roles, texts, extras = (fields.getlist(name) for name in ("role", "text", "extra"))
    if not len(roles) == len(texts) == len(extras):
        raise InvalidInput(message("curation.incomplete_form"))
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
    """Return the words of a list that is separated by commas, without doubles."""
    words = [word.strip() for word in text.split(",")]
    return list(dict.fromkeys(word for word in words if word))


def edited_messages(
    messages: Sequence[Mapping[str, Any]],
    *,
    base: Sequence[Message] = (),
    tokens: Iterable[int] = (),
) -> list[EditedMessage]:
    """Return messages for the editor, each with what it was in `base` and its token count."""
    counts = [*tokens] or [0] * len(messages)
    before = _earlier(base, messages) if base else dict(enumerate(messages))
    return [_edited(message, at, before.get(at), counts[at]) for at, message in enumerate(messages)]


def apply_editor_step(row: Row, step: str) -> Row:
    """Return the row after one step of the editor: `insert:2`, `delete:2`, `up:2`, `down:2`.

    Numbers count from 1; `insert:0` adds a message at the beginning, `insert:2` one after the
    second. The row is returned as it is where the step makes no sense.
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
    """Who speaks after these messages, most likely."""
    if not before:
        return "system"
    return "assistant" if before[-1]["role"] in {"user", "tool"} else "user"


def _last(fields: Fields, name: str) -> str:
    return _clean((fields.getlist(name) or [""])[-1])


def _clean(text: str) -> str:
    # PostgreSQL has no zero character in text; forms send line ends as the network wants them.
    return line_feeds(text).replace("\x00", "")


def _message(role: str, text: str, extra: str) -> Message:
    try:
        held = json.loads(extra or "{}")
        # What no column and no page can hold; the editor never sends it.
        json.dumps(held, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        held = None
    if not isinstance(held, dict):
        raise InvalidInput(message("curation.incomplete_form"))
    has_other_content = any(held.get(name) for name in NON_TEXT_KEYS)
    empty_content = held.pop("content", None if has_other_content else "")
    if role != "assistant":
        # Only answers of the assistant are weighed.
        held.pop("weight", None)
    return {**held, "role": role, "content": text or empty_content}


def _edited(
    message: Mapping[str, Any], at: int, before: Mapping[str, Any] | None, tokens: int
) -> EditedMessage:
    content = message.get("content")
    held = extras_of(message)
    if not content:
        held["content"] = content
    return EditedMessage(
        number=at + 1,
        role=str(message.get("role", "")),
        text=str(content or ""),
        extra=json.dumps(held, ensure_ascii=False),
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


def _notes(message: Mapping[str, Any]) -> list[str]:
    notes = []
    if message.get("weight") == 0:
        notes.append("weight 0: not trained on")
    if "tool_call_id" in message:
        notes.append(f"answers {message['tool_call_id']}")
    if "name" in message:
        notes.append(f"name: {message['name']}")
    if message.get("refusal"):
        notes.append(f"refusal: {message['refusal']}")
    return notes


def readable_json(text: str) -> str:
    """Return JSON with line breaks; text that is not JSON as it is."""
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return text


def _earlier(base: Sequence[Message], messages: Sequence[Mapping[str, Any]]) -> dict[int, Message]:
    """Which message of `base` each message came from; added ones are missing."""
    pairs = align(base, messages, key=lambda message: json.dumps(message, sort_keys=True))
    return {
        pair.after: base[pair.before]
        for pair in pairs
        if pair.after is not None and pair.before is not None
    }
