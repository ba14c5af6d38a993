"""The body of a chat completion -> what the model said, or why that is no answer. Pure.

Services do not keep to the types of the interface that they speak. What is only recorded (tokens,
the name of the model) is left out where it is something else; what is an answer must be words.
"""

import json
from typing import Any

from evaluation.providers.base import Blocked, Completion, Refused, Unavailable, without_key

MOST_TOKENS = 2_147_483_647
WITHHELD = "The service withheld this answer, or the rest of it, by its content filter."
CALLED_A_TOOL = "The model called a tool instead of answering in words."
NO_WORDS = "The model answered without a word."
CUT_OFF = (
    "The model used all its tokens before its first word. Allow more tokens in the run's terms."
)


def read_completion(
    body: bytes, *, content_type: str, latency_ms: int, request_id: str, key: str
) -> Completion:
    """Return the completion, with the key taken out of all its texts.

    Raises:
        Unavailable: no JSON, or a first choice without a message.
        Refused: no words.
        Blocked: no chat completion.
    """
    answer = _parsed(body, content_type)
    choices = answer.get("choices") if isinstance(answer, dict) else None
    if not isinstance(choices, list) or not choices:
        raise no_completion()
    choice = choices[0] if isinstance(choices[0], dict) else {}
    message = choice.get("message")
    if not isinstance(message, dict):
        raise unreadable()
    finish_reason = _label(choice.get("finish_reason"))
    if finish_reason == "content_filter":
        raise Refused("content_filter", WITHHELD)
    refusal, usage = _label(message.get("refusal")), answer.get("usage")
    counts = usage if isinstance(usage, dict) else {}
    return Completion(
        text=without_key(refusal or _words(message, finish_reason), key),
        latency_ms=latency_ms,
        finish_reason=without_key(finish_reason, key),
        response_model=without_key(_label(answer.get("model")), key),
        request_id=without_key(request_id, key),
        prompt_tokens=_count(counts.get("prompt_tokens")),
        completion_tokens=_count(counts.get("completion_tokens")),
        declined=bool(refusal),
    )


def unreadable() -> Unavailable:
    """Return the failure of an answer that makes no sense, as a broken connection leaves it."""
    return Unavailable("unreadable", "The service's answer could not be read.")


def no_completion() -> Blocked:
    """Return the failure of an address at which something else answers."""
    return Blocked(
        "not_a_completion",
        "The address answered, but not with a chat completion. Check the base URL; it usually "
        "ends in /v1.",
        is_endpoint_wide=False,
    )


def _parsed(body: bytes, content_type: str) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        if "json" in content_type:
            raise unreadable() from None
        raise no_completion() from None


def _words(message: dict[str, Any], finish_reason: str) -> str:
    """Return the content, which may be empty; of a list of parts those that are text."""
    content = message.get("content")
    if isinstance(content, list):
        texts = [part.get("text") for part in content if isinstance(part, dict)]
        content = "".join(text for text in texts if isinstance(text, str))
    if not isinstance(content, str | None):
        raise unreadable()
    if content is None or not content.strip():
        if any(message.get(name) is not None for name in ("tool_calls", "function_call")):
            raise Refused("no_text", CALLED_A_TOOL)
        if finish_reason == "length":
            raise Refused("no_text", CUT_OFF)
    if content is None:
        raise Refused("no_text", NO_WORDS)
    return content


def _label(value: object) -> str:
    return value if isinstance(value, str) else ""


def _count(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value <= MOST_TOKENS and value == int(value) else None
