"""Turns rows in the formats of other tools into rows with `messages`. Pure.

ShareGPT, Gemini, Alpaca, a question with its answer, and pairs of a preferred and another answer.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from datasets.conversations.errors import ShapeError

CONVERSATION_KEYS = ("conversations", "conversation")
SHAREGPT_ROLES = {
    **dict.fromkeys(("human", "user"), "user"),
    **dict.fromkeys(("gpt", "assistant", "chatgpt", "bot", "model", "bing", "bard"), "assistant"),
    **dict.fromkeys(("tool", "observation", "function_response"), "tool"),
}
# The first that a row has is meant.
QUESTION_KEYS = ("instruction", "prompt", "question", "query", "user", "human", "input")
ANSWER_KEYS = ("output", "response", "answer", "assistant", "completion", "reply")
CONTEXT_KEYS = ("input", "context")
REJECTED = "rejected_answer"
Value = Mapping[str, Any]


class Converted(NamedTuple):
    """A row with `messages`, and the format it was in, a code of NOTES."""

    value: dict[str, Any]
    format: str


def converted(value: Value) -> Converted | None:
    """Return a row of another tool in the chat format; None if it is in none of those known.

    Keys that the format does not use stay in the row.

    Raises:
        ShapeError: a part of it is not what the format has there.
    """
    if "messages" in value:
        return None
    for name, read in READERS:
        if (row := read(value)) is not None:
            return Converted(row, name)
    return None


def _without(value: Value, *keys: str) -> dict[str, Any]:
    return {key: value[key] for key in value if key not in keys}


def _is_messages(value: object, key: str = "role") -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(turn, dict) and key in turn for turn in value)
    )


def _with_system(value: dict[str, Any], messages: list[Any]) -> dict[str, Any]:
    """Return the row with its messages, and its own `system` before them if they have none."""
    system = value.pop("system", None) or value.pop("system_prompt", None)
    if system and not (messages and messages[0].get("role") == "system"):
        messages = [{"role": "system", "content": system}, *messages]
    return {**value, "messages": messages}


def _sharegpt(value: Value) -> dict[str, Any] | None:
    key = next((key for key in CONVERSATION_KEYS if key in value), "")
    turns = value.get(key)
    if _is_messages(turns):
        return _with_system(_without(value, key), list(turns or ()))
    if not _is_messages(turns, "from"):
        return None
    messages: list[dict[str, Any]] = []
    for number, turn in enumerate(turns or (), start=1):
        messages.append(_sharegpt_message(turn, number, messages))
    row = _with_system(_without(value, key), messages)
    if "tools" in row:
        row["tools"] = _tools(row["tools"])
    return row


def _sharegpt_message(turn: Value, number: int, before: list[dict[str, Any]]) -> dict[str, Any]:
    role, text = turn["from"], turn.get("value")
    if role == "function_call":
        return {"role": "assistant", "content": None, "tool_calls": _calls(text, number)}
    found = SHAREGPT_ROLES.get(role, role) if isinstance(role, str) else role
    message = {"role": found, "content": text, **_without(turn, "from", "value")}
    if found == "tool" and before and before[-1].get("tool_calls"):
        message.setdefault("tool_call_id", before[-1]["tool_calls"][0]["id"])
    return message


def _calls(text: object, number: int) -> list[dict[str, Any]]:
    called = _json(text)
    calls = called if isinstance(called, list) else [called]
    if not all(isinstance(call, dict) and "name" in call for call in calls):
        raise ShapeError("ingest.bad_field.not_json", name="function_call")
    return [
        {
            "id": f"call_{number}_{index}",
            "type": "function",
            "function": {"name": call["name"], "arguments": _arguments(call.get("arguments"))},
        }
        for index, call in enumerate(calls, start=1)
    ]


def _arguments(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value or {}, ensure_ascii=False)


def _json(text: object) -> Any:
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return None


def _tools(tools: object) -> object:
    """Return tools as functions; ShareGPT files name a function without `type`, often as text."""
    found = _json(tools) if isinstance(tools, str) and tools.strip() else tools
    if not isinstance(found, list):
        return tools
    return [
        {"type": "function", "function": tool}
        if isinstance(tool, dict) and "name" in tool and "function" not in tool
        else tool
        for tool in found
    ]


def _gemini(value: Value) -> dict[str, Any] | None:
    turns = value.get("contents")
    if not _is_messages(turns, "parts"):
        return None
    messages = [
        {"role": _gemini_role(turn.get("role", "user")), "content": _parts(turn["parts"])}
        for turn in turns or ()
    ]
    names = ("systemInstruction", "system_instruction")
    system = next((value[name] for name in names if value.get(name)), None)
    row = _without(value, "contents", *names)
    if isinstance(system, dict):
        system = _parts(system.get("parts"))
    return _with_system({**row, "system": system}, messages)


def _gemini_role(role: object) -> object:
    return "assistant" if role == "model" else role


def _parts(parts: object) -> str:
    listed = parts if isinstance(parts, list) else [parts]
    texts = [part.get("text") if isinstance(part, dict) else part for part in listed]
    if not all(isinstance(text, str) for text in texts):
        raise ShapeError("ingest.content_not_text", name="parts")
    return "".join(map(str, texts))


def _openai_preference(value: Value) -> dict[str, Any] | None:
    asked, preferred = value.get("input"), value.get("preferred_output")
    if not isinstance(asked, dict) or not _is_messages(preferred):
        return None
    row = {**_without(value, "input", "preferred_output", "non_preferred_output"), **asked}
    row["messages"] = [*_messages(asked.get("messages"), "user"), *_messages(preferred, "user")]
    return _keep(row, value.get("non_preferred_output"))


def _preference(value: Value) -> dict[str, Any] | None:
    """Return a pair as TRL has it: the prompt alone, or inside both answers."""
    if not {"chosen", "rejected"} <= value.keys():
        return None
    row = _without(value, "prompt", "question", "chosen", "rejected")
    chosen, rejected = value["chosen"], value["rejected"]
    prompt = value.get("prompt") or value.get("question")
    if _is_messages(chosen) and (not prompt or chosen[0]["role"] != "assistant"):
        # A pair with whole conversations repeats the prompt in both.
        messages = list(chosen)
        if _is_messages(rejected):
            rejected = rejected[_shared(chosen, rejected) :]
    elif prompt:
        messages = [*_messages(prompt, "user"), *_messages(chosen, "assistant")]
    else:
        return None
    return _keep(_with_system(row, messages), rejected)


def _shared(chosen: list[Any], rejected: list[Any]) -> int:
    pairs = enumerate(zip(chosen, rejected, strict=False))
    return next(
        (n for n, (mine, theirs) in pairs if mine != theirs), min(len(chosen), len(rejected))
    )


def _keep(row: dict[str, Any], rejected: object) -> dict[str, Any]:
    """Keep the other answer in the metadata: its text, if it is one message with only text."""
    if rejected in (None, "", []):
        return row
    if isinstance(rejected, list) and len(rejected) == 1 and _is_messages(rejected):
        content = rejected[0].get("content")
        rejected = content if isinstance(content, str) else rejected
    metadata = row.get("metadata") or {}
    if not isinstance(metadata, dict):
        raise ShapeError("ingest.bad_field.metadata")
    return {**row, "metadata": {**metadata, REJECTED: rejected}}


def _messages(value: object, role: str) -> list[Any]:
    """Return messages, or a text as the message of a role."""
    if _is_messages(value):
        return list(value) if isinstance(value, list) else []
    return [{"role": role, "content": value}]


def _pair(value: Value) -> dict[str, Any] | None:
    question = next((key for key in QUESTION_KEYS if key in value), "")
    answer = next((key for key in ANSWER_KEYS if key in value), "")
    if {"prompt", "completion"} <= value.keys():
        if not _is_messages(value["prompt"]):
            return None  # A format of its own, with its end markers.
        question, answer = "prompt", "completion"
    if not question or not answer or question == answer:
        return None
    row = _without(value, question, answer, "history")
    texts = [value[question]]
    for key in CONTEXT_KEYS:
        if question != "input" and isinstance(row.get(key), str):
            context = row.pop(key)
            texts += [context] if context.strip() else []
    if len(texts) > 1 and not all(isinstance(text, str) for text in texts):
        raise ShapeError("ingest.content_not_text", name=question)
    asked = "\n\n".join(text for text in texts if text.strip()) if len(texts) > 1 else texts[0]
    messages = [
        *_history(value.get("history")),
        *_messages(asked, "user"),
        *_messages(value[answer], "assistant"),
    ]
    return _with_system(row, messages)


def _alpaca(value: Value) -> dict[str, Any] | None:
    return _pair(value) if {"instruction", "output"} <= value.keys() else None


def _history(rounds: object) -> list[dict[str, Any]]:
    if not rounds:
        return []
    if not isinstance(rounds, list) or not all(
        isinstance(turns, list) and len(turns) == len(("user", "assistant")) for turns in rounds
    ):
        raise ShapeError("ingest.bad_field.history")
    roles = ("user", "assistant")
    return [
        {"role": role, "content": text}
        for turns in rounds
        for role, text in zip(roles, turns, strict=True)
    ]


READERS: tuple[tuple[str, Callable[[Value], dict[str, Any] | None]], ...] = (
    ("sharegpt", _sharegpt),
    ("gemini", _gemini),
    ("preference", _openai_preference),
    ("preference", _preference),
    ("alpaca", _alpaca),
    ("pair", _pair),
)
FORMATS = frozenset(name for name, _read in READERS)
