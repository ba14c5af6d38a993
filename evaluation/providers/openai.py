"""Chat Completions of OpenAI and of every service that speaks the same: the only user of `openai`.

What to do about an error is decided by its code first, its type and status after that, because
one status (429) stands for "wait" as well as for "you have no money left".
"""

import re
import time
import weakref
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any

import openai
from django.utils import timezone

from evaluation.providers.base import (
    Blocked,
    Completion,
    ProviderError,
    Refused,
    Request,
    Unavailable,
    without_key,
)
from evaluation.providers.keys import read_key
from evaluation.providers.reading import read_completion

NO_KEY = "no-key-needed"
CODE = re.compile(r"[A-Za-z0-9_.-]{1,80}")
LONGEST_DETAIL = 200
TOO_MANY, SERVER_ERROR = 429, 500
PASSING_STATUSES = {408, 409, 425}
QUOTA_CODES = {
    "insufficient_quota",
    "credit_balance_exhausted",
    "organization_spend_limit_exceeded",
    "project_spend_limit_exceeded",
    "organization_usage_limit_exceeded",
    "billing_hard_limit_reached",
    "billing_not_active",
    "account_deactivated",
}
PATIENCE_CODES = {"rate_limit_exceeded", "slow_down", "server_is_overloaded"}
KEY_STATUSES = {401, 403}
NOT_FOUND = 404
REASONS = {
    "timeout": "The service did not answer in time.",
    "disconnected": "The service could not be reached, or it hung up.",
    "redirected": "The address leads from one to the next without end. Correct the base URL.",
}


def complete(request: Request) -> Completion:
    """Ask once and return the answer.

    Raises:
        Unavailable: no answer now; it may work later.
        Refused: this question will not be answered.
        Blocked: nothing will be answered until a person acts.
    """
    key = read_key(request.api_key_name)
    started = time.monotonic()
    chat = _client(request.base_url, key).chat.completions
    try:
        # As a stream of bytes only: the library's timeout is for each silence, and a service that
        # sends a byte now and then would be waited for without end.
        with chat.with_streaming_response.create(**_arguments(request)) as response:
            headers = response.headers
            body = _whole(response.iter_bytes(), until=started + request.timeout_seconds)
    except openai.OpenAIError as error:
        raise _translated(error, key) from error
    except Exception as error:
        if not _is_transport(error):
            raise
        reason = "timeout" if "Timeout" in type(error).__name__ else "disconnected"
        raise Unavailable(reason, REASONS[reason]) from error
    return read_completion(
        body,
        content_type=headers.get("content-type", ""),
        latency_ms=round((time.monotonic() - started) * 1000),
        request_id=headers.get("x-request-id", ""),
        key=key,
    )


def _whole(chunks: Iterator[bytes], *, until: float) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if time.monotonic() > until:
            raise Unavailable("timeout", REASONS["timeout"])
    return bytes(body)


def _is_transport(error: Exception) -> bool:
    """Say whether it comes from the client below the library: that reads bodies, untranslated.

    Which package that is changes with the library's version, so none is imported.
    """
    return type(error).__module__.startswith("httpx")


@lru_cache(maxsize=16)
def _client(base_url: str, key: str) -> openai.OpenAI:
    """Return a client that carries this key and nothing else of the environment.

    The library would also send what it finds in OPENAI_ORG_ID, OPENAI_PROJECT_ID and
    OPENAI_CUSTOM_HEADERS, to whatever address is called.
    """
    lines = openai.DefaultHttpxClient()
    client = openai.OpenAI(
        base_url=base_url,
        api_key=key or NO_KEY,
        admin_api_key="",
        max_retries=0,
        http_client=lines,
    )
    # Nobody closes a client that is forgotten for newer ones.
    weakref.finalize(client, lines.close)
    client.organization = client.project = None
    client._custom_headers = {}
    return client


def _arguments(request: Request) -> dict[str, Any]:
    limit = "max_completion_tokens" if request.limits_completion_tokens else "max_tokens"
    optional = {
        "temperature": request.temperature,
        limit: request.max_tokens,
        "seed": request.seed,
        "extra_body": dict(request.extra_body) or None,
    }
    return {
        "model": request.model_id,
        "messages": [dict(message) for message in request.messages],
        "timeout": request.timeout_seconds,
        **{name: value for name, value in optional.items() if value is not None},
    }


def _translated(error: Exception, key: str) -> ProviderError:
    if isinstance(error, openai.APITimeoutError):
        return Unavailable("timeout", REASONS["timeout"])
    if isinstance(error, openai.APIStatusError):
        return _of_status(error, key)
    if isinstance(error, openai.APIConnectionError):
        if type(error.__cause__).__name__ == "TooManyRedirects":
            return Blocked("redirected", REASONS["redirected"])
        return Unavailable("disconnected", REASONS["disconnected"])
    return Refused("client_error", f"The request could not be made: {_detail(str(error), key)}")


def _of_status(error: openai.APIStatusError, key: str) -> ProviderError:
    status, code = error.status_code, _code(error, key)
    said = _detail(_message_of(error), key)
    if code in QUOTA_CODES or error.type == "insufficient_quota":
        return Blocked(
            code or "insufficient_quota",
            f"The service says that the quota is used up. Raise it, then resume. ({said})",
        )
    if code in PATIENCE_CODES or status == TOO_MANY:
        return Unavailable(
            code or "rate_limit_exceeded",
            "The service asks for patience.",
            retry_after=_retry_after(error),
            is_rate_limit=True,
        )
    if status in PASSING_STATUSES or status >= SERVER_ERROR:
        message = f"The service failed with status {status}."
        return Unavailable(code or f"status_{status}", message, retry_after=_retry_after(error))
    return _final(status, code, said)


def _final(status: int, code: str, said: str) -> ProviderError:
    """Say what a status means that trying again does not change."""
    if status in KEY_STATUSES or code == "invalid_api_key":
        message = f"The service refuses the key. Check the key and what it may use. ({said})"
        return Blocked(code or f"status_{status}", message)
    if status == NOT_FOUND or code == "model_not_found":
        message = f"The service does not know the model, or nothing is at this address. ({said})"
        return Blocked(code or "model_not_found", message, is_endpoint_wide=False)
    return Refused(code or f"status_{status}", f"The service refused this request: {said}")


def _code(error: openai.APIStatusError, key: str) -> str:
    """Return the service's code if it is one, and not a sentence in its place."""
    code = without_key(str(error.code or ""), key)
    return code if CODE.fullmatch(code) else ""


def _message_of(error: openai.APIStatusError) -> str:
    """Return what the service says, not the library's rendering of the whole body."""
    body = error.body
    if isinstance(body, list) and body:
        body = body[0]
    for name in ("error", "message", "detail"):
        if isinstance(body, dict) and body.get(name):
            body = body[name]
    if isinstance(body, str) and body.strip() and not body.lstrip().startswith("<"):
        return body
    return f"status {error.status_code}"


def _detail(text: str, key: str) -> str:
    return " ".join(without_key(text, key).split())[:LONGEST_DETAIL]


def _retry_after(error: openai.APIStatusError) -> float | None:
    """Return the seconds that the service asks to wait: Retry-After in either of its forms."""
    headers = error.response.headers
    try:
        if milliseconds := headers.get("retry-after-ms"):
            return max(0.0, float(milliseconds) / 1000)
        given = headers.get("retry-after")
        return max(0.0, float(given)) if given else None
    except ValueError:
        return _until(headers.get("retry-after") or "")


def _until(given: str) -> float | None:
    try:
        moment = parsedate_to_datetime(given)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    return max(0.0, (moment - timezone.now()).total_seconds())
