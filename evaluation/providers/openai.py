"""Chat Completions: the interface of OpenAI that every other service speaks too."""

import json
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.utils import timezone

from evaluation.providers.addresses import host_error
from evaluation.providers.base import (
    Completion,
    CompletionRequest,
    ProviderBlocked,
    ProviderError,
    redact_key,
)
from evaluation.providers.failures import BAD_REQUEST, failure_of, read_error, unsupported_parameter
from evaluation.providers.keys import read_key
from evaluation.providers.reading import decode, read_completion
from evaluation.providers.transport import FIRST_ERROR_STATUS, Deadline, Reply, post

MAX_LEARNED = 256
OTHER_NAME = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
LEARNABLE = {*OTHER_NAME, "seed"}
# (base URL, model id) -> fields that the service was found not to take, so that not every answer
# costs two requests.
_learned: dict[tuple[str, str], frozenset[str]] = {}


@dataclass(frozen=True)
class ChatCompletions:
    """A kind of service that speaks this interface.

    Attributes:
        kind, label: as `Provider` has them.
        limit_field: its name for the limit of tokens, until a service is found to have the other.
    """

    kind: str
    label: str
    limit_field: str

    def complete(self, request: CompletionRequest) -> Completion:
        """Ask once and return the answer.

        A service that does not take one of the two names of the token limit, or seeds, is asked
        again at once without it; nothing else of the request is ever changed.

        Raises:
            TemporaryFailure: no answer now; it may work later.
            PermanentFailure: this question will not be answered.
            ProviderBlocked: nothing will be answered until a person acts.
        """
        if complaint := host_error(request.base_url, settings.PROVIDER_ALLOWED_HOSTS):
            raise ProviderBlocked("host_refused", complaint)
        key = read_key(request.api_key_name, base_url=request.base_url)
        started = time.monotonic()
        deadline = Deadline(request.timeout_seconds)
        while True:
            fields = _fields(request, self.limit_field)
            reply = _send(request, fields, key, deadline)
            if reply.status < FIRST_ERROR_STATUS:
                break
            error = _error_of(request, reply, key)
            if not _learn(request, fields, error):
                raise error.failure
        return read_completion(
            reply.body,
            content_type=reply.headers.get("content-type", ""),
            latency_ms=round((time.monotonic() - started) * 1000),
            request_id=reply.headers.get("x-request-id", ""),
            key=key,
        )


COMPATIBLE = ChatCompletions("compatible", "OpenAI-compatible endpoint", "max_tokens")
OPENAI = ChatCompletions("openai", "OpenAI", "max_completion_tokens")


@dataclass(frozen=True)
class _Error:
    """A failed request, and the field of it that the service does not take, if it names one."""

    failure: ProviderError
    parameter: str = ""


def _send(
    request: CompletionRequest, fields: dict[str, Any], key: str, deadline: Deadline
) -> Reply:
    return post(
        f"{request.base_url}/chat/completions",
        headers={"Authorization": f"Bearer {key}"} if key else {},
        content=json.dumps(fields, allow_nan=False).encode(),
        deadline=deadline,
    )


def _fields(request: CompletionRequest, limit: str) -> dict[str, Any]:
    """Return the fields of the request, under the names that the service was found to take."""
    learned = _learned.get((request.base_url, request.model_id), frozenset())
    limit = OTHER_NAME[limit] if limit in learned else limit
    optional = {
        "temperature": request.temperature,
        limit: request.max_tokens,
        "seed": None if "seed" in learned else request.seed,
    }
    return {
        "model": request.model_id,
        "messages": [dict(message) for message in request.messages],
        "stream": False,
        **{name: value for name, value in optional.items() if value is not None},
        **request.extra_body,
    }


def _learn(request: CompletionRequest, sent: dict[str, Any], error: _Error) -> bool:
    """Remember a field that the service does not take; return whether to ask again without it.

    What the lead set as a further field of the request is not touched.
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
    if reply.status < BAD_REQUEST:
        return _Error(_redirected(request, reply, key))
    text = decode(reply.body, reply.headers.get("content-type", ""))
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        body = {"message": text}
    if not isinstance(body, dict | list):
        body = {"message": str(body)}
    error = read_error(body, status=reply.status, key=key, retry_after=_retry_after(reply))
    if name := unsupported_parameter(error):
        message = (
            f"The service does not take “{name}” as the run sets it. Set up the run again and "
            f"leave it to the provider. ({error.said})"
        )
        return _Error(ProviderBlocked("parameter_refused", message, is_endpoint_wide=False), name)
    return _Error(failure_of(error))


def _redirected(request: CompletionRequest, reply: Reply, key: str) -> ProviderBlocked:
    """Return the failure of an address that names another one, which is not followed."""
    target = urlsplit(urljoin(request.base_url, reply.headers.get("location", "")))
    there = redact_key(f"{target.scheme}://{target.netloc.rpartition('@')[2]}", key)[:200]
    return ProviderBlocked(
        "redirected",
        f"The address leads to another one ({there}), which is not followed, because the key "
        "belongs to the address registered. Register the model with its final address.",
        is_endpoint_wide=False,
    )


def _retry_after(reply: Reply) -> float | None:
    """Return the seconds that the service asks to wait: Retry-After in either of its forms."""
    try:
        if milliseconds := reply.headers.get("retry-after-ms"):
            return max(0.0, float(milliseconds) / 1000)
        given = reply.headers.get("retry-after")
        return max(0.0, float(given)) if given else None
    except ValueError:
        return _until(reply.headers.get("retry-after") or "")


def _until(given: str) -> float | None:
    try:
        moment = parsedate_to_datetime(given)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    return max(0.0, (moment - timezone.now()).total_seconds())
