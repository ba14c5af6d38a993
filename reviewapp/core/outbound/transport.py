"""One HTTP request to an address that a user entered, with limits on its time and size.

Every read and write of the socket gets only the time that remains for the whole request, so that a
service that sends single bytes, in headers or body, times out too. The address is checked when the
connection is made, so that a name that resolves to another address by then is rejected too.
Redirects are not followed. Each call has its own connection, which costs a handshake and shares no
state between endpoints and keys.
"""

import socket
import ssl
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore2

from reviewapp.core.outbound.addresses import AddressRule, forbidden_address, host_and_port

MAX_BODY_BYTES = 4 * 1024 * 1024
CONNECT_SECONDS = 10.0
# The text of an error is not worth a long wait.
ERROR_BODY_SECONDS = 10.0
FIRST_ERROR_STATUS = 300
UNEXPECTED_ENCODING: Final = "unreadable"
PATH_CHARACTERS = "/%:@!$&'()*+,;=~"


@dataclass(frozen=True)
class Reply:
    """The response of a service; the body of an error may be cut."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Deadline:
    """The time that remains for a call, counted from its creation."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self, at_most: float | None = None) -> float:
        """Return the remaining seconds, more than 0.

        Raises:
            httpcore2.ReadTimeout: no time remains.
        """
        seconds = self._end - time.monotonic()
        if seconds <= 0:
            raise httpcore2.ReadTimeout
        return seconds if at_most is None else min(seconds, at_most)

    def shorten(self, seconds: float) -> None:
        """Allow no more than these seconds from now on."""
        self._end = min(self._end, time.monotonic() + seconds)


class CallError(Exception):
    """A request without a response.

    Attributes:
        code: timeout, disconnected, unreadable, too_large, proxy_refused, bad_certificate or
            address_refused.
        details: the forbidden address, or what is wrong with the certificate.
    """

    def __init__(self, code: str, details: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.details = details


@dataclass(frozen=True)
class Limits:
    """The limits of one request.

    Attributes:
        max_body_bytes: of the response; 0 reads none of its body.
        address_rule: which addresses are refused.
    """

    deadline: Deadline
    max_body_bytes: int = MAX_BODY_BYTES
    address_rule: AddressRule = forbidden_address


def send(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    content: bytes | Iterator[bytes],
    limits: Limits,
) -> Reply:
    """Send one request and return the response, of any status; the URL may have a query.

    Raises:
        CallError: there is no response, or it is too large.
    """
    try:
        return _send(method, url, headers, content, limits)
    except httpcore2.TimeoutException as error:
        raise CallError("timeout") from error
    except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.ProxyError) as error:
        raise CallError("disconnected") from error


def _send(
    method: str,
    url: str,
    headers: Mapping[str, str],
    content: bytes | Iterator[bytes],
    limits: Limits,
) -> Reply:
    host, port = host_and_port(url)
    parts = urlsplit(url)
    shown = f"[{host}]" if ":" in host else host
    sent = {
        "Host": shown if parts.port is None else f"{shown}:{port}",
        "Accept": "application/json",
        # A compressed answer may be a thousand times as large as what is sent.
        "Accept-Encoding": "identity",
        "Content-Type": "application/json",
        "User-Agent": "touchstone",
        **headers,
    }
    proxy = _proxy_for(url)
    if proxy is not None:
        # The proxy connects, so only the address as it resolves here can be checked.
        with suppress(httpcore2.ConnectError):
            _checked_addresses(host, port, limits.address_rule)
    pool = httpcore2.ConnectionPool(
        ssl_context=_trust(),
        proxy=proxy,
        network_backend=_Backend(limits),
        max_connections=1,
    )
    target = _target(url)
    with pool, pool.stream(method, target, headers=list(sent.items()), content=content) as response:
        names = {name.decode("latin-1").lower(): value for name, value in response.headers}
        received = {name: value.decode("latin-1") for name, value in names.items()}
        body = _body(response, received.get("content-encoding", ""), limits)
    return Reply(response.status, received, body)


def _target(url: str) -> httpcore2.URL:
    host, port = host_and_port(url)
    parts = urlsplit(url)
    path = quote(parts.path, safe=PATH_CHARACTERS)
    target = f"{path}?{parts.query}" if parts.query else path
    return httpcore2.URL(scheme=parts.scheme, host=host, port=port, target=target)


def _body(response: httpcore2.Response, encoding: str, limits: Limits) -> bytes:
    """Return the decoded body; of an error as much as arrived in time, up to the size limit."""
    deadline, max_bytes = limits.deadline, limits.max_body_bytes
    if not max_bytes:
        return b""
    if response.status < FIRST_ERROR_STATUS:
        body = bytearray()
        for data in _bounded(response, encoding, deadline, max_bytes):
            body += data
        if len(body) > max_bytes:
            raise CallError("too_large")
        return bytes(body)
    deadline.shorten(ERROR_BODY_SECONDS)
    body = bytearray()
    with suppress(
        httpcore2.TimeoutException,
        httpcore2.NetworkError,
        httpcore2.ProtocolError,
        CallError,
    ):
        for data in _bounded(response, encoding, deadline, max_bytes):
            body += data
    return bytes(body[:max_bytes])


def _bounded(
    response: httpcore2.Response, encoding: str, deadline: Deadline, max_bytes: int
) -> Iterator[bytes]:
    """Yield the decoded body until it ends or is larger than `max_bytes`."""
    total = 0
    try:
        for data in _decoded(response.iter_stream(), encoding.strip().lower()):
            total += len(data)
            yield data
            if total > max_bytes:
                return
            deadline.left()
    except zlib.error:
        raise CallError(UNEXPECTED_ENCODING) from None


def _decoded(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Decompress a body that was compressed unasked, in pieces of bounded size."""
    if encoding in {"", "identity"}:
        yield from chunks
        return
    if encoding not in {"gzip", "x-gzip", "deflate"}:
        raise CallError(UNEXPECTED_ENCODING)
    # 32 recognises the headers of gzip and of zlib.
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    for chunk in chunks:
        packed = chunk
        while packed and not unpacker.eof:
            yield unpacker.decompress(packed, max_length=65_536)
            packed = unpacker.unconsumed_tail


@lru_cache(maxsize=1)
def _trust() -> ssl.SSLContext:
    """Return a context with the trusted certificates of the system; reading them is slow."""
    return httpcore2.default_ssl_context()


def _proxy_for(url: str) -> httpcore2.Proxy | None:
    """Return the proxy for the address by HTTP_PROXY, HTTPS_PROXY and NO_PROXY."""
    host, _ = host_and_port(url)
    proxy = getproxies().get(urlsplit(url).scheme)
    if not proxy or host == "localhost" or host.startswith("127.") or proxy_bypass(host):
        return None
    parts = urlsplit(proxy if "//" in proxy else f"http://{proxy}")
    if parts.scheme != "http" or not parts.hostname:
        raise CallError("proxy_refused")
    auth = None
    if parts.username is not None:
        auth = (unquote(parts.username), unquote(parts.password or ""))
    return httpcore2.Proxy(f"http://{parts.hostname}:{parts.port or 80}", auth=auth)


def _checked_addresses(host: str, port: int, rule: AddressRule) -> list[Any]:
    """Return the addresses of a host as `getaddrinfo` does.

    Raises:
        CallError: one of them is forbidden.
        httpcore2.ConnectError: the name does not resolve.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore2.ConnectError from error
    for *_kind, address in found:
        if refused := rule(str(address[0])):
            raise CallError("address_refused", refused)
    return list(found)


class _Backend(httpcore2.NetworkBackend):
    """Connects to checked addresses only, within the deadline of the call."""

    def __init__(self, limits: Limits) -> None:
        self._deadline = limits.deadline
        self._rule = limits.address_rule

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to the first address that answers.

        Raises:
            CallError: any of the addresses is forbidden.
        """
        failure: OSError | None = None
        for family, kind, protocol, _name, address in _checked_addresses(host, port, self._rule):
            connection = socket.socket(family, kind, protocol)
            try:
                connection.settimeout(self._deadline.left(CONNECT_SECONDS))
                connection.connect(address)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError as error:
                connection.close()
                failure = error
            else:
                return _Stream(connection, self._deadline)
        if isinstance(failure, TimeoutError):
            raise httpcore2.ConnectTimeout from failure
        raise httpcore2.ConnectError from failure


class _Stream(httpcore2.NetworkStream):
    """A connection whose operations share the deadline of the call."""

    def __init__(self, connection: socket.socket, deadline: Deadline) -> None:
        self._connection = connection
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return the bytes that have arrived, at most `max_bytes`."""
        try:
            self._connection.settimeout(self._deadline.left())
            return self._connection.recv(max_bytes)
        except TimeoutError as error:
            raise httpcore2.ReadTimeout from error
        except OSError as error:
            raise httpcore2.ReadError from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all bytes."""
        try:
            self._connection.settimeout(self._deadline.left())
            # The timeout of `sendall` is for the whole, not for each piece.
            self._connection.sendall(buffer)
        except TimeoutError as error:
            raise httpcore2.WriteTimeout from error
        except OSError as error:
            raise httpcore2.WriteError from error

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        """Return the connection with TLS; the timeout is for the whole handshake."""
        try:
            self._connection.settimeout(self._deadline.left())
            wrapped = ssl_context.wrap_socket(self._connection, server_hostname=server_hostname)
        except ssl.SSLCertVerificationError as error:
            self.close()
            raise CallError("bad_certificate", error.verify_message) from error
        except TimeoutError as error:
            self.close()
            raise httpcore2.ConnectTimeout from error
        except OSError as error:
            self.close()
            raise httpcore2.ConnectError from error
        return _Stream(wrapped, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        """Return the TLS connection, from which httpcore2 reads the negotiated protocol."""
        if info == "ssl_object" and isinstance(self._connection, ssl.SSLSocket):
            return self._connection
        return None
