"""The openai SDK over this product's own transport: checked addresses, deadlines, no redirects.

The SDK's retries are off: it sends no idempotency key, so a `create` whose first answer was lost
would start a second paid job. Of what it reads from the environment nothing is sent.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import httpx2
from django.conf import settings
from openai import APIConnectionError, APIError, APIStatusError, OpenAI

from evaluation.providers import transport
from evaluation.providers.addresses import host_error
from evaluation.providers.base import (
    PermanentFailure,
    ProviderBlocked,
    ProviderError,
    TemporaryFailure,
)
from evaluation.providers.failures import (
    FORBIDDEN,
    NOT_FOUND,
    TOO_MANY,
    failure_of,
    read_error,
)
from evaluation.providers.keys import read_key
from evaluation.providers.openai import retry_after
from evaluation.training.providers.base import NOT_THERE, Service
from reviewapp.core.messages import message

MAX_REPLY_BYTES = 32 * 1024 * 1024
SENT_HEADERS = {"Content-Type", "Content-Length"}
KEPT_HEADERS = {"content-type", "retry-after", "retry-after-ms", "x-ratelimit-reset-requests"}
NOT_AVAILABLE = "training_not_available"
# "45", "6m0s", "2s81ms": seconds, or a duration with units.
DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
SECONDS_OF = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400}


@dataclass(frozen=True)
class Dialect:
    """How a service differs in what goes with each request.

    Attributes:
        key_header: the header that has the key.
        query: added to each address.
    """

    key_header: str = "Authorization"
    query: Mapping[str, str] = field(default_factory=dict)


OPENAI = Dialect()


class _Transport(httpx2.BaseTransport):
    """Sends the SDK's requests, each within a deadline of its own."""

    def __init__(self, seconds: float, key_header: str) -> None:
        self._seconds = seconds
        self._names = {*SENT_HEADERS, key_header} - {""}

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request and return the response, of any status."""
        names = {name.lower(): name for name in self._names}
        headers = {names[k]: value for k, value in request.headers.items() if k in names}
        reply = transport.send(
            request.method,
            str(request.url),
            headers=headers,
            content=iter(cast("httpx2.SyncByteStream", request.stream)),
            deadline=transport.Deadline(self._seconds),
            max_body_bytes=MAX_REPLY_BYTES,
        )
        kept = {name: value for name, value in reply.headers.items() if name in KEPT_HEADERS}
        return httpx2.Response(reply.status, headers=kept, content=reply.body, request=request)


@contextmanager
def calling(service: Service, *, seconds: float, dialect: Dialect = OPENAI) -> Iterator[OpenAI]:
    """Yield a client of a service; every failure of a call leaves as one of the three kinds.

    Raises:
        TemporaryFailure: it may work later.
        PermanentFailure: the service rejects this request; the code is `not_found` for a 404.
        ProviderBlocked: a person has to act: no key, no quota, no right to train.
    """
    if reason := host_error(service.base_url, settings.PROVIDER_ALLOWED_HOSTS):
        raise ProviderBlocked("host_refused", reason)
    key = read_key(service.api_key_name, base_url=service.base_url)
    # The SDK's own retries, redirects and timeouts are replaced by those of the transport.
    sending = _Transport(seconds, dialect.key_header if key else "")
    http = httpx2.Client(transport=sending, follow_redirects=False)
    is_bearer = dialect.key_header == OPENAI.key_header
    with http, _as_failures(key):
        yield OpenAI(
            api_key=key or "none",
            base_url=service.base_url,
            http_client=http,
            max_retries=0,
            default_headers=None if is_bearer else {dialect.key_header: key},
            default_query=dict(dialect.query),
        )


@contextmanager
def _as_failures(key: str) -> Iterator[None]:
    try:
        yield
    except APIStatusError as error:
        raise _status_failure(error, key) from error
    except APIConnectionError as error:
        if isinstance(error.__cause__, ProviderError):
            raise error.__cause__ from error
        raise TemporaryFailure("disconnected", message("providers.disconnected")) from error
    except (APIError, ValueError, TypeError, AttributeError, KeyError) as error:
        # The SDK reads answers of any shape, so what is missing shows only where it is used.
        raise TemporaryFailure("unreadable", message("training.unreadable_answer")) from error


def _status_failure(error: APIStatusError, key: str) -> ProviderError:
    response = error.response
    try:
        body: Any = json.loads(response.content)
    except ValueError:
        body = {"message": response.text}
    wait = retry_after(response.headers)
    if response.status_code == TOO_MANY and not wait:
        # Azure sends no Retry-After, or -1 in it.
        wait = seconds_of(response.headers.get("x-ratelimit-reset-requests", "")) or wait
    found = read_error(body, status=response.status_code, key=key, retry_after=wait)
    details = {"details": found.details, "status": found.status}
    if found.code == NOT_AVAILABLE:
        return ProviderBlocked(NOT_AVAILABLE, message("training.not_available", **details))
    if found.status < transport.FIRST_ERROR_STATUS + 100:
        return ProviderBlocked("redirected", message("training.redirected"))
    if found.status == NOT_FOUND and not found.is_page:
        return PermanentFailure(NOT_THERE, message("training.not_found", **details))
    if found.status == FORBIDDEN and not found.is_page and found.code:
        return ProviderBlocked(found.code, message("providers.key_rejected", **details))
    return failure_of(found)


def seconds_of(duration: str) -> float | None:
    """Return the seconds of a rate limit's header: "45", "6m0s", "20ms"; None if it is neither."""
    parts = DURATION.findall(duration)
    if parts:
        return sum(float(number) * SECONDS_OF[unit] for number, unit in parts)
    return float(duration) if duration.isdigit() else None
