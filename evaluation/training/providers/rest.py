"""JSON over HTTP to a service of trainings, by this product's own transport.

Addresses are checked, time and size are bounded, redirects are not followed, nothing is repeated.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any
from urllib.parse import urlencode

from django.conf import settings

from evaluation.providers.addresses import host_error
from evaluation.providers.base import ProviderBlocked, TemporaryFailure
from evaluation.providers.keys import read_key
from evaluation.training.providers.base import Service
from evaluation.training.providers.http_errors import failure_from
from reviewapp.core.messages import message

CALL_SECONDS, UPLOAD_SECONDS = 60.0, 900.0
# Of a call that a page waits for.
SHORT_SECONDS = 5.0
MAX_REPLY_BYTES = 32 * 1024 * 1024
CHUNK_BYTES = 1024 * 1024
Body = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """One request below the address of a service."""

    method: str
    path: str
    body: Body | None = None
    query: Mapping[str, str] | None = None


def call(service: Service, asked: Call, *, seconds: float = CALL_SECONDS) -> Body:
    """Send one request and return the JSON object of the answer; empty where it has none.

    Raises:
        TemporaryFailure: it may work later.
        PermanentFailure: the service rejects this request; the code is `not_found` for a 404.
        ProviderBlocked: a person has to act.
    """
    content = b"" if asked.body is None else json.dumps(asked.body, allow_nan=False).encode()
    path = f"{asked.path}?{urlencode(asked.query)}" if asked.query else asked.path
    return _send(service, asked.method, path, {}, content, seconds)


def send_file(
    service: Service, path: str, name: str, content: IO[bytes], fields: Mapping[str, str]
) -> Body:
    """Send a file as the part `file` of a form, and return the answer as `call` does."""
    boundary = secrets.token_hex(16)
    head = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
        for field, value in fields.items()
    )
    head += (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        "Content-Type: application/jsonl\r\n\r\n"
    )
    before, after = head.encode(), f"\r\n--{boundary}--\r\n".encode()
    size = content.seek(0, os.SEEK_END)
    headers = {
        "Content-Type": f"multipart/form-data; boundary={boundary}",
        "Content-Length": str(len(before) + size + len(after)),
    }
    parts = _form(before, content, after)
    return _send(service, "POST", path, headers, parts, UPLOAD_SECONDS)


def _form(before: bytes, content: IO[bytes], after: bytes) -> Iterator[bytes]:
    yield before
    content.seek(0)
    while chunk := content.read(CHUNK_BYTES):
        yield chunk
    yield after


def _send(
    service: Service,
    method: str,
    path: str,
    headers: Mapping[str, str],
    content: bytes | Iterator[bytes],
    seconds: float,
) -> Body:
    # The HTTP client is large, and most processes train nothing.
    from evaluation.providers import transport  # noqa: PLC0415

    if reason := host_error(service.base_url, settings.PROVIDER_ALLOWED_HOSTS):
        raise ProviderBlocked("host_refused", reason)
    key = read_key(service.api_key_name, base_url=service.base_url)
    reply = transport.send(
        method,
        f"{service.base_url}/{path}",
        headers={**headers, **({"Authorization": f"Bearer {key}"} if key else {})},
        content=content,
        deadline=transport.Deadline(seconds),
        max_body_bytes=MAX_REPLY_BYTES,
    )
    if reply.status >= transport.FIRST_ERROR_STATUS:
        raise failure_from(reply.status, reply.headers, reply.body, key)
    try:
        found = json.loads(reply.body or b"{}")
    except (ValueError, RecursionError) as error:
        raise unreadable() from error
    if not isinstance(found, dict):
        raise unreadable()
    return found


def unreadable() -> TemporaryFailure:
    """Return the failure of an answer that lacks what it must have."""
    return TemporaryFailure("unreadable", message("training.unreadable_answer"))


def text_of(found: Body, name: str) -> str:
    """Return a text of an answer that must be there."""
    value = found.get(name)
    if not isinstance(value, str) or not value:
        raise unreadable()
    return value


def rows_of(found: Body, name: str) -> list[Body]:
    """Return the objects in a list of an answer; none where it is missing."""
    rows = found.get(name)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
