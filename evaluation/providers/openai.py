"""The Chat Completions interface of OpenAI, which most other services implement too."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from evaluation.providers.addresses import host_error
from evaluation.providers.base import (
    Completion,
    CompletionRequest,
    ProviderBlocked,
    ProviderError,
    redact_key,
)
from evaluation.providers.keys import read_key
from reviewapp.core.messages import message

if TYPE_CHECKING:
    from evaluation.providers.transport import Reply

MAX_LEARNED = 256
OTHER_NAME = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
LEARNABLE = {*OTHER_NAME, "seed", "response_format"}
# (base URL, model id) -> fields that the service rejected before, so that only the first answer
# costs two requests.
_learned: dict[tuple[str, str], frozenset[str]] = {}


@dataclass(frozen=True)
class ChatCompletions:
    """A kind of service with this interface.

    Attributes:
        kind, label: as in `Provider`.
        limit_field: its name for the token limit, until a service rejects it for the other name.
    """

    kind: str
    label: str | Promise
    limit_field: str

    def fields(self, request: CompletionRequest) -> dict[str, Any]:
        """Return the body of a request, for a service that takes it in a file."""
        body = _fields(request, self.limit_field)
        return {name: value for name, value in body.items() if name != "stream"}

    def complete(self, request: CompletionRequest) -> Completion:
        """Send one request and return the answer.

        If the service rejects the name of the token limit, the seed or the response format, the
        request is repeated at once with the other name or without the field; nothing else of it is
        ever changed.

        Raises:
            TemporaryFailure: no answer now; it may work later.
            PermanentFailure: this request will not be answered.
            ProviderBlocked: nothing will be answered until a person acts.
        """
        # The HTTP client and the patterns of answers are large, and most processes call no model.
        from evaluation.providers import reading, transport  # noqa: PLC0415

        if reason := host_error(request.base_url, settings.PROVIDER_ALLOWED_HOSTS):
            raise ProviderBlocked("host_refused", reason)
        key = read_key(request.api_key_name, base_url=request.base_url)
        started = time.monotonic()
        deadline = transport.Deadline(request.timeout_seconds)
        while True:
            fields = _fields(request, self.limit_field)
            sent = _http_request(request, fields, key)
            reply = transport.post(**sent, deadline=deadline)
            if reply.status < transport.FIRST_ERROR_STATUS:
                break
            error = _error_of(request, reply, key)
            if not _learn(request, fields, error):
                raise error.failure
        return reading.read_completion(
            reply.body,
            content_type=reply.headers.get("content-type", ""),
            latency_ms=round((time.monotonic() - started) * 1000),
            request_id=reply.headers.get("x-request-id", ""),
            key=key,
        )


COMPATIBLE = ChatCompletions("compatible", _("OpenAI-compatible endpoint"), "max_tokens")
OPENAI = ChatCompletions("openai", "OpenAI", "max_completion_tokens")


@dataclass(frozen=True)
class _Error:
    """A failed request, and the name of the field that the service rejected, or empty."""

    failure: ProviderError
    parameter: str = ""


def _http_request(request: CompletionRequest, fields: dict[str, Any], key: str) -> dict[str, Any]:
    return {
        "url": f"{request.base_url}/chat/completions",
        "headers": {"Authorization": f"Bearer {key}"} if key else {},
        "content": json.dumps(fields, allow_nan=False).encode(),
    }


def _fields(request: CompletionRequest, limit: str) -> dict[str, Any]:
    """Return the fields of the request, without those that the service rejected before."""
    learned = _learned.get((request.base_url, request.model_id), frozenset())
    limit = OTHER_NAME[limit] if limit in learned else limit
    optional = {
        "temperature": request.temperature,
        limit: request.max_tokens,
        "seed": None if "seed" in learned else request.seed,
        "response_format": None if "response_format" in learned else request.response_format,
    }
    return {
        "model": request.model_id,
        "messages": [dict(message) for message in request.messages],
        "stream": False,
        **{name: value for name, value in optional.items() if value is not None},
        **request.extra_body,
    }


def _learn(request: CompletionRequest, sent: dict[str, Any], error: _Error) -> bool:
    """Remember a field that the service rejected; return whether to retry without it.

    Fields that a lead set in `extra_body` are never changed.
    """
    name = error.parameter
    if name not in LEARNABLE or name not in sent or name in request.extra_body:
        return False
    model = (request.base_url, request.model_id)
    known = _learned.get(model, frozenset())
    if name in known or OTHER_NAME.get(name) in known:
        return False
    if len(_learned) >= MAX_LEARNED:
        _learned.clear()
    _learned[model] = known | {name}
    return True


def _error_of(request: CompletionRequest, reply: Reply, key: str) -> _Error:
    from evaluation.providers import failures, reading  # noqa: PLC0415 - as in `complete`.

    if reply.status < failures.BAD_REQUEST:
        return _Error(_redirected(request, reply, key))
    text = reading.decode(reply.body, reply.headers.get("content-type", ""))
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        body = {"message": text}
    if not isinstance(body, dict | list):
        body = {"message": str(body)}
    wait = retry_after(reply.headers)
    error = failures.read_error(body, status=reply.status, key=key, retry_after=wait)
    if name := failures.unsupported_parameter(error):
        reason = message(
            "providers.parameter_rejected", name=name, details=error.details, status=error.status
        )
        return _Error(ProviderBlocked("parameter_refused", reason, is_endpoint_wide=False), name)
    return _Error(failures.failure_of(error))


def _redirected(request: CompletionRequest, reply: Reply, key: str) -> ProviderBlocked:
    """Return the failure of an address that redirects to another one."""
    target = urlsplit(urljoin(request.base_url, reply.headers.get("location", "")))
    address = redact_key(f"{target.scheme}://{target.netloc.rpartition('@')[2]}", key)[:200]
    reason = message("providers.redirected", address=address)
    return ProviderBlocked("redirected", reason, is_endpoint_wide=False)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that the service asks to wait, from either form of Retry-After."""
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
