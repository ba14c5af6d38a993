"""The body of a chat completion -> what the model said, or why that is no answer. Pure.

Services do not keep to the types of the interface that they speak. What is only recorded (tokens,
the name of the model) is left out where it is something else; what is an answer must be words.
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
WITHHELD = "The service withheld this answer, or the rest of it, by its content filter."
CALLED_A_TOOL = "The model called a tool instead of answering in words."
NO_WORDS = "The model answered without a word."
ONLY_THOUGHT = "The model thought and gave no answer."
CUT_OFF = (
    "The model used all its tokens before its first word. Allow more tokens where the run is set "
    "up."
)
CUT_THOUGHT = (
    "The model used all its tokens for thinking, so there is no answer. Allow more tokens where "
    "the run is set up."
)
BROKE_OFF = "The service broke the answer off."


def read_completion(
    body: bytes, *, content_type: str, latency_ms: int, request_id: str, key: str
) -> Completion:
    """Return the completion, with the key taken out of all its texts.

    Raises:
        ProviderError: an error inside the answer, as `failure_of` judges it.
        TemporaryFailure: no JSON, an answer that broke off, or a first choice without a message.
        PermanentFailure: no words.
        ProviderBlocked: no chat completion.
    """
    answer = parse(body, content_type)
    choice = _first_choice(answer, key)
    message = choice.get("message")
    if not isinstance(message, dict):
        raise unreadable()
    finish_reason = _label(choice.get("finish_reason"))
    if finish_reason.lower() in CUT_REASONS:
        finish_reason = CUT
    if finish_reason.lower() in WITHHELD_REASONS:
        raise PermanentFailure("content_filter", WITHHELD)
    if finish_reason.lower() in BROKEN_REASONS:
        raise TemporaryFailure("broken_off", BROKE_OFF)
    refusal, usage = _label(message.get("refusal")), answer.get("usage")
    refusal = refusal if has_words(refusal) else ""
    counts = usage if isinstance(usage, dict) else {}
    return Completion(
        text=redact_key(refusal or _words(message, finish_reason), key),
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
        raise TemporaryFailure(
            "no_choice", "The service sent a completion without an answer in it."
        )
    if not isinstance(choices, list):
        raise no_completion()
    choice = choices[0] if isinstance(choices[0], dict) else {}
    message = choice.get("message")
    for place in (choice, message if isinstance(message, dict) else {}):
        if _is_error(place.get("error")):
            raise failure_of(read_error({"error": place["error"]}, status=200, key=key))
    return choice


def _error_in(answer: Any) -> dict[str, Any] | None:
    """Return the answer if it states an error, although its status says that all is well."""
    if isinstance(answer, list) and answer and isinstance(answer[0], dict):
        answer = answer[0]
    if not isinstance(answer, dict):
        return None
    base = answer.get("base_resp")
    if isinstance(base, dict) and base.get("status_code"):
        return answer
    states_one = "message" in answer and any(one in answer for one in ("code", "type", "status"))
    is_bare = not answer.get("choices") and (states_one or answer.get("object") == "error")
    return answer if _is_error(answer.get("error")) or is_bare else None


def _is_error(value: object) -> bool:
    if isinstance(value, dict):
        return any(value.values())
    return value is True or (isinstance(value, str | list) and bool(value))


def unreadable() -> TemporaryFailure:
    """Return the failure of an answer that makes no sense, as a broken connection leaves it."""
    return TemporaryFailure("unreadable", "The service's answer could not be read.")


def no_completion() -> ProviderBlocked:
    """Return the failure of an address at which something else answers."""
    return ProviderBlocked(
        "not_a_completion",
        "The address answered, but not with a chat completion. Check the base URL; it usually "
        "ends in /v1.",
        is_endpoint_wide=False,
    )


def parse(body: bytes, content_type: str) -> Any:
    """Return the body's JSON; of an event stream the completion that its pieces make.

    Raises:
        TemporaryFailure: broken JSON, or a stream that broke off.
        ProviderBlocked: something else than JSON.
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
    """Return the text of a body: UTF-8 if it is, else as its header says, else Latin-1."""
    _, _, charset = content_type.lower().partition("charset=")
    for encoding in (json.detect_encoding(body), charset.strip(" \"';") or "latin-1"):
        try:
            return body.decode(encoding).removeprefix("\ufeff")
        except (UnicodeDecodeError, LookupError):
            continue
    return body.decode("latin-1")


def _joined(stream: str) -> dict[str, Any]:
    """Join the pieces of an event stream that was not asked for; half an answer is none."""
    message: dict[str, Any] = {}
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
        _append(message, choice.get("delta") or choice.get("message") or {})
    if finish_reason is None:
        raise unreadable()
    return joined | {"choices": [{"message": message, "finish_reason": finish_reason}]}


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


def _append(message: dict[str, Any], delta: object) -> None:
    if not isinstance(delta, dict):
        raise unreadable()
    for name, value in delta.items():
        if isinstance(value, str):
            message[name] = message.get(name, "") + value
        elif value:
            message[name] = value


def _words(message: dict[str, Any], finish_reason: str) -> str:
    """Return the content; of a list of parts those that are text, and not the thoughts."""
    content = message.get("content")
    if isinstance(content, list):
        texts = [part.get("text") for part in content if _is_text_part(part)]
        content = "".join(text for text in texts if isinstance(text, str))
    if not isinstance(content, str | None):
        raise unreadable()
    if content is not None and has_words(content) and not is_only_reasoning(content):
        return content
    if any(message.get(name) for name in ("tool_calls", "function_call")):
        raise PermanentFailure("no_text", CALLED_A_TOOL)
    raise PermanentFailure("no_text", _empty_answer_failure(message, content or "", finish_reason))


def _is_text_part(part: object) -> bool:
    return isinstance(part, dict) and part.get("type", "text") in {"text", "output_text"}


def _empty_answer_failure(message: dict[str, Any], content: str, finish_reason: str) -> str:
    names = ("reasoning_content", "reasoning", "thinking", "reasoning_details")
    thought = is_only_reasoning(content) or any(message.get(name) for name in names)
    thought = thought or isinstance(message.get("content"), list)
    if finish_reason == CUT:
        return CUT_THOUGHT if thought else CUT_OFF
    return ONLY_THOUGHT if thought else NO_WORDS


def _label(value: object) -> str:
    return value if isinstance(value, str) else ""


def _count(value: object) -> int | None:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,10}", value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value <= MAX_TOKENS and value == int(value) else None
