"""One HTTP request to a model service, whose failures are those of a provider."""

from collections.abc import Iterator, Mapping

from evaluation.providers.base import (
    PermanentFailure,
    ProviderBlocked,
    ProviderError,
    TemporaryFailure,
)
from reviewapp.core.messages import Message, message
from reviewapp.core.outbound import transport
from reviewapp.core.outbound.transport import FIRST_ERROR_STATUS, MAX_BODY_BYTES, Deadline, Reply

__all__ = ["FIRST_ERROR_STATUS", "Deadline", "Reply", "post", "send"]


def post(url: str, *, headers: Mapping[str, str], content: bytes, deadline: Deadline) -> Reply:
    """Send one POST request and return the response, of any status.

    Raises:
        TemporaryFailure: no connection, no response in time, or an incomplete one.
        PermanentFailure: a response larger than MAX_BODY_BYTES.
        ProviderBlocked: a forbidden address or an invalid certificate.
    """
    return send("POST", url, headers=headers, content=content, deadline=deadline)


def send(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    content: bytes | Iterator[bytes],
    deadline: Deadline,
    max_body_bytes: int = MAX_BODY_BYTES,
) -> Reply:
    """Send one request and return the response, of any status; the URL may have a query.

    Raises:
        TemporaryFailure: no connection, no response in time, or an incomplete one.
        PermanentFailure: a response larger than `max_body_bytes`.
        ProviderBlocked: a forbidden address or an invalid certificate.
    """
    try:
        limits = transport.Limits(deadline, max_body_bytes)
        return transport.send(method, url, headers=headers, content=content, limits=limits)
    except transport.CallError as error:
        raise _failure(error, max_body_bytes) from error


def _failure(error: transport.CallError, limit: int) -> ProviderError:
    code, details = error.code, error.details
    if code == "too_large":
        return PermanentFailure(code, message("providers.too_large", limit=limit))
    temporary = {
        "timeout": message("providers.timeout"),
        "disconnected": message("providers.disconnected"),
        transport.UNEXPECTED_ENCODING: message("providers.unexpected_encoding"),
    }
    if code in temporary:
        return TemporaryFailure(code, temporary[code])
    if code == "proxy_refused":
        return ProviderBlocked(code, message("providers.proxy_invalid"))
    return ProviderBlocked(code, _reason(code, details), is_endpoint_wide=False)


def _reason(code: str, details: str) -> Message:
    if code == "bad_certificate":
        return message("providers.bad_certificate", details=details)
    return message("providers.address_forbidden", address=details)
