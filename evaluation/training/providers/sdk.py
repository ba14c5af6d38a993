"""The openai SDK over this product's own transport: checked addresses, deadlines, no redirects.

The SDK's retries are off: it sends no idempotency key, so a `create` whose first answer was lost
would start a second paid job. Of what it reads from the environment nothing is sent.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast

import httpx2
from django.conf import settings
from openai import APIConnectionError, APIError, APIStatusError, OpenAI

from evaluation.providers import transport
from evaluation.providers.addresses import host_error
from evaluation.providers.base import (
    ProviderBlocked,
    ProviderError,
    TemporaryFailure,
)
from evaluation.providers.keys import read_key
from evaluation.training.providers.base import Service
from evaluation.training.providers.http_errors import failure_from
from reviewapp.core.messages import message

MAX_REPLY_BYTES = 32 * 1024 * 1024
SENT_HEADERS = {"Content-Type", "Content-Length"}
KEPT_HEADERS = {"content-type", "retry-after", "retry-after-ms", "x-ratelimit-reset-requests"}


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
        response = error.response
        failure = failure_from(response.status_code, response.headers, response.content, key)
        raise failure from error
    except APIConnectionError as error:
        if isinstance(error.__cause__, ProviderError):
            raise error.__cause__ from error
        raise TemporaryFailure("disconnected", message("providers.disconnected")) from error
    except (APIError, ValueError, TypeError, AttributeError, KeyError) as error:
        # The SDK reads answers of any shape, so what is missing shows only where it is used.
        raise TemporaryFailure("unreadable", message("training.unreadable_answer")) from error
