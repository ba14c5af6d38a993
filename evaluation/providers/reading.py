"""Parsing of chat completions: the answer of the model, or the failure if there is none. Pure.

Services do not keep to the types of the interface. Fields that are only recorded (tokens, the name
of the model) are left out if they have another type; an answer must be text.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from evaluation.providers.answer_marks import has_words, is_only_reasoning
from evaluation.providers.base import (
    Completion,
    PermanentFailure,
    ProviderBlocked,
    TemporaryFailure,
    redact_key,
)
from evaluation.providers.failures import failure_of, read_error
from reviewapp.core.messages import Message, message

MAX_TOKENS = 2_147_483_647
CUT = "length"
CUT_REASONS = {"length", "max_tokens", "model_length", "max_output_tokens"}
WITHHELD_REASONS = {
    "content_filter",
    "content-filter",
    "safety",
    "recitation",
    "blocklist",
    "prohibited_content",
    "spii",
    "sensitive",
    "guardrail_intervened",
}
BROKEN_REASONS = {"error", "abort", "network_error", "insufficient_system_resource"}


def read_completion(
    body: bytes, *, content_type: str, latency_ms: int, request_id: str, key: str
) -> Completion:
    """Return the completion, with the key removed from all its texts.

    Raises:
        ProviderError: an error inside the answer, classified by `failure_of`.
        TemporaryFailure: no JSON, an incomplete answer, or a first choice without a message.
        PermanentFailure: no visible text.
        ProviderBlocked: not a chat completion.
    """
    answer = parse(body, content_type)
    choice = _first_choice(answer, key)
    reply = choice.get("message")
    if not isinstance(reply, dict):
        raise unreadable()
    finish_reason = finish_reason_of(choice.get("finish_reason"))
    if finish_reason.lower() in WITHHELD_REASONS:
        raise PermanentFailure("content_filter", message("providers.withheld"))
    if finish_reason.lower() in BROKEN_REASONS:
        raise TemporaryFailure("broken_off", message("providers.broken_off"))
    refusal, usage = _label(reply.get("refusal")), answer.get("usage")
    refusal = refusal if has_words(refusal) else ""
    counts = usage if isinstance(usage, dict) else {}
    return Completion(
        text=redact_key(refusal or _answer_text(reply, finish_reason), key),
        latency_ms=latency_ms,
        finish_reason=redact_key(finish_reason, key),
        response_model=redact_key(_label(answer.get("model")), key),
        request_id=redact_key(request_id, key),
        prompt_tokens=_count(counts.get("prompt_tokens")),
        completion_tokens=_count(counts.get("completion_tokens")),
        declined=bool(refusal),
    )


def _first_choice(answer: Any, key: str) -> dict[str, Any]:
    if (error := _error_in(answer)) is not None:
        raise failure_of(read_error(error, status=200, key=key))
    choices = answer.get("choices") if isinstance(answer, dict) else None
    if isinstance(answer, dict) and "choices" in answer and not choices:
        raise TemporaryFailure("no_choice", message("providers.no_choice"))
    if not isinstance(choices, list):
        raise no_completion()
    choice = choices[0] if isinstance(choices[0], dict) else {}
    reply = choice.get("message")
    for part in (choice, reply if isinstance(reply, dict) else {}):
        if _is_error(part.get("error")):
            raise failure_of(read_error({"error": part["error"]}, status=200, key=key))
    return choice


def _error_in(answer: Any) -> dict[str, Any] | None:
    """Return the answer if it states an error despite its status 200."""
    if isinstance(answer, list) and answer and isinstance(answer[0], dict):
        answer = answer[0]
    if not isinstance(answer, dict):
        return None
    base = answer.get("base_resp")
    if isinstance(base, dict) and base.get("status_code"):
        return answer
    states_error = "message" in answer and any(
        name in answer for name in ("code", "type", "status")
    )
    is_bare = not answer.get("choices") and (states_error or answer.get("object") == "error")
    return answer if _is_error(answer.get("error")) or is_bare else None


def _is_error(value: object) -> bool:
    if isinstance(value, dict):
        return any(value.values())
    return value is True or (isinstance(value, str | list) and bool(value))


def unreadable() -> TemporaryFailure:
    """Return the failure of an answer that cannot be parsed, as after a broken connection."""
    return TemporaryFailure("unreadable", message("providers.unreadable"))


def no_completion() -> ProviderBlocked:
    """Return the failure of an address at which another service answers."""
    return ProviderBlocked(
        "not_a_completion", message("providers.not_a_completion"), is_endpoint_wide=False
    )


def parse(body: bytes, content_type: str) -> Any:
    """Return the JSON of the body; of an event stream the completion joined from its pieces.

    Raises:
        TemporaryFailure: broken JSON, or an incomplete stream.
        ProviderBlocked: not JSON.
    """
    text = decode(body, content_type)
    if "event-stream" in content_type or text.lstrip().startswith(("data:", "event:", ": ")):
        return _joined(text)
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        if "json" in content_type:
            raise unreadable() from None
        raise no_completion() from None


def decode(body: bytes, content_type: str) -> str:
    """Return the text of a body: as UTF-8, else by the charset of its header, else as Latin-1."""
    _, _, charset = content_type.lower().partition("charset=")
    for encoding in (json.detect_encoding(body), charset.strip(" \"';") or "latin-1"):
        try:
            return body.decode(encoding).removeprefix("\ufeff")
        except (UnicodeDecodeError, LookupError):
            continue
    return body.decode("latin-1")


def _joined(stream: str) -> dict[str, Any]:
    """Join the pieces of an event stream, sent unasked; an incomplete answer is unreadable."""
    reply: dict[str, list[Any]] = {}
    joined: dict[str, Any] = {}
    finish_reason: Any = None
    for piece in _pieces(stream):
        if _error_in(piece) is not None:
            return piece
        joined |= {name: piece[name] for name in ("model", "usage") if piece.get(name)}
        choices = piece.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices else {}
        if not isinstance(choice, dict):
            raise unreadable()
        if _is_error(choice.get("error")):
            return {"error": choice["error"]}
        finish_reason = choice.get("finish_reason") or finish_reason
        _append(reply, choice.get("delta") or choice.get("message") or {})
    if finish_reason is None:
        raise unreadable()
    whole = {name: _whole(values) for name, values in reply.items()}
    return joined | {"choices": [{"message": whole, "finish_reason": finish_reason}]}


def _pieces(stream: str) -> Iterator[dict[str, Any]]:
    for line in stream.splitlines():
        if not line.startswith("data:") or line[5:].strip() == "[DONE]":
            continue
        try:
            piece = json.loads(line[5:])
        except (ValueError, RecursionError):
            raise unreadable() from None
        if not isinstance(piece, dict):
            raise unreadable()
        yield piece


def _append(reply: dict[str, list[Any]], delta: object) -> None:
    if not isinstance(delta, dict):
        raise unreadable()
    for name, value in delta.items():
        if value:
            reply.setdefault(name, []).append(value)


def _whole(values: list[Any]) -> Any:
    """Return the texts of all pieces joined; of anything else the last."""
    texts = [value for value in values if isinstance(value, str)]
    return "".join(texts) if len(texts) == len(values) else values[-1]


def _answer_text(answer: dict[str, Any], finish_reason: str) -> str:
    """Return the content of a message; of a list of parts those that are text, not reasoning."""
    content = answer.get("content")
    if isinstance(content, list):
        texts = [part.get("text") for part in content if _is_text_part(part)]
        content = "".join(text for text in texts if isinstance(text, str))
    if not isinstance(content, str | None):
        raise unreadable()
    if content is not None and has_words(content) and not is_only_reasoning(content):
        return content
    if any(answer.get(name) for name in ("tool_calls", "function_call")):
        raise PermanentFailure("no_text", message("providers.called_tool"))
    raise PermanentFailure("no_text", _empty_answer_reason(answer, content or "", finish_reason))


def _is_text_part(part: object) -> bool:
    return isinstance(part, dict) and part.get("type", "text") in {"text", "output_text"}


def _empty_answer_reason(answer: dict[str, Any], content: str, finish_reason: str) -> Message:
    names = ("reasoning_content", "reasoning", "thinking", "reasoning_details")
    has_reasoning = is_only_reasoning(content) or any(answer.get(name) for name in names)
    has_reasoning = has_reasoning or isinstance(answer.get("content"), list)
    if finish_reason == CUT:
        return message("providers.cut_reasoning" if has_reasoning else "providers.cut_at_start")
    return message("providers.only_reasoning" if has_reasoning else "providers.empty_answer")


def finish_reason_of(stated: object) -> str:
    """Return why an answer ended, as its service says; `CUT` if it was cut at its token limit."""
    reason = _label(stated)
    return CUT if reason.lower() in CUT_REASONS else reason


def _label(value: object) -> str:
    return value if isinstance(value, str) else ""


def _count(value: object) -> int | None:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,10}", value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value <= MAX_TOKENS and value == int(value) else None
