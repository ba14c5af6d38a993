"""A small service that speaks the part of S3's interface which storing files needs.

Objects of buckets over real HTTP on 127.0.0.1: put, get, head, delete, and list with a delimiter.
A request without a signature, or for another bucket, is refused.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

BUCKET = "touchstone-files"
MODIFIED = "Sat, 28 Nov 2026 12:00:00 GMT"
XML = "application/xml"


class FakeS3:
    """The service at `url`; `objects` are the stored bytes by key."""

    def __init__(self) -> None:
        """Listen on a free port."""
        self.objects: dict[str, bytes] = {}
        self.requests: list[str] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                service.handle(self)

            def do_HEAD(self) -> None:
                service.handle(self)

            def do_PUT(self) -> None:
                service.handle(self)

            def do_DELETE(self) -> None:
                service.handle(self)

            def log_message(self, *_args: object) -> None:
                """Keep quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """Close the port."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        content = _body(request)
        parts = urlsplit(request.path)
        bucket, _slash, key = unquote(parts.path).lstrip("/").partition("/")
        self.requests.append(f"{request.command} {key}")
        if not request.headers.get("authorization", "").startswith("AWS4-HMAC-SHA256 "):
            _answer(request, 403, _error("AccessDenied"), XML)
        elif bucket != BUCKET:
            _answer(request, 404, _error("NoSuchBucket"), XML)
        elif not key:
            _answer(request, 200, self._list(parse_qs(parts.query)), XML)
        elif request.command == "PUT":
            self.objects[key] = content
            _answer(request, 200, b"", XML, etag=_etag(content))
        elif request.command == "DELETE":
            self.objects.pop(key, None)
            _answer(request, 204, b"", XML)
        elif key in self.objects:
            stored = self.objects[key]
            _answer(request, 200, stored, "application/octet-stream", etag=_etag(stored))
        else:
            _answer(request, 404, _error("NoSuchKey"), XML)

    def _list(self, query: dict[str, list[str]]) -> bytes:
        prefix, delimiter = (query.get(name, [""])[0] for name in ("prefix", "delimiter"))
        keys = sorted(key for key in self.objects if key.startswith(prefix))
        below = {key: key.removeprefix(prefix).split(delimiter)[0] for key in keys if delimiter}
        deep = sorted({f"{prefix}{n}{delimiter}" for k, n in below.items() if prefix + n != k})
        flat = [key for key in keys if not delimiter or prefix + below[key] == key]
        rows = [
            f"<Contents><Key>{escape(key)}</Key><Size>{len(self.objects[key])}</Size></Contents>"
            for key in flat
        ]
        rows += [f"<CommonPrefixes><Prefix>{escape(p)}</Prefix></CommonPrefixes>" for p in deep]
        inner = "".join(rows)
        return (
            '<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<IsTruncated>false</IsTruncated>{inner}</ListBucketResult>"
        ).encode()


def _body(request: BaseHTTPRequestHandler) -> bytes:
    """Read the body; one with a checksum behind it comes in chunks with their own lengths."""
    size = int(request.headers.get("content-length") or 0)
    content = request.rfile.read(size)
    if "aws-chunked" not in request.headers.get("content-encoding", ""):
        return content
    found = b""
    while content:
        head, _end, content = content.partition(b"\r\n")
        length = int(head.partition(b";")[0], 16)
        if not length:
            break
        found, content = found + content[:length], content[length + 2 :]
    return found


def _etag(content: bytes) -> str:
    return f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'


def _error(code: str) -> bytes:
    return f'<?xml version="1.0"?><Error><Code>{code}</Code></Error>'.encode()


def _answer(
    request: BaseHTTPRequestHandler, status: int, content: bytes, kind: str, *, etag: str = ""
) -> None:
    request.send_response(status)
    request.send_header("Content-Type", kind)
    request.send_header("Content-Length", str(len(content)))
    request.send_header("Last-Modified", MODIFIED)
    if etag:
        request.send_header("ETag", etag)
    request.end_headers()
    if request.command != "HEAD":
        request.wfile.write(content)


@contextmanager
def fake_s3() -> Iterator[FakeS3]:
    """Run the service for the time of a with block."""
    service = FakeS3()
    try:
        yield service
    finally:
        service.stop()
