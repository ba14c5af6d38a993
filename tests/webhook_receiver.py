"""A receiver of webhooks, a process of its own: what it answers is the path of each request.

    with receiver() as running:
        running.url("200")  # accepts everything
        running.requests  # what arrived, in order

`410` and other numbers answer with that status; `302` redirects to `200`. `drip` sends its headers
byte by byte, `slow` and `huge` a body without end after the status 200. `hang-once` answers only
the second request.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

FIRST_REDIRECT, FIRST_ERROR = 300, 400
_asked = 0


@dataclass(frozen=True)
class Received:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Receiver:
    """A running receiver."""

    port: int
    log: Path

    def url(self, path: str) -> str:
        """Return the address that answers so."""
        return f"http://127.0.0.1:{self.port}/{path}"

    @property
    def requests(self) -> list[Received]:
        """All requests that arrived, in order."""
        lines = map(json.loads, self.log.read_text().splitlines())
        return [Received(row["path"], row["headers"], row["body"].encode()) for row in lines]


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Run a receiver for the time of a with block."""
    with TemporaryDirectory() as folder:
        log = Path(folder) / "requests.jsonl"
        log.touch()
        command = [sys.executable, __file__, str(log)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            try:
                yield Receiver(int(process.stdout.readline()), log)
            finally:
                process.kill()


class _Handler(BaseHTTPRequestHandler):
    log: Path

    def do_POST(self) -> None:
        """Record the request and answer as its path says."""
        global _asked  # noqa: PLW0603 - a process of its own.
        _asked += 1
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        with self.log.open("a") as file:
            file.write(json.dumps({"path": self.path, "headers": headers, "body": body}) + "\n")
        with suppress(OSError):
            self._answer(self.path.strip("/"))

    def _answer(self, wanted: str) -> None:
        if wanted == "hang-once" and _asked == 1:
            time.sleep(60)
        elif wanted == "drip":
            self._endless(b"HTTP/1.1 200 OK\r\nx-filler: ", b"a", 0.02)
        elif wanted == "slow":
            self._endless(b"HTTP/1.1 200 OK\r\ncontent-length: 99999\r\n\r\n", b" ", 0.02)
        elif wanted == "huge":
            self._endless(b"HTTP/1.1 200 OK\r\n\r\n", bytes(65_536), 0)
        else:
            status = int(wanted) if wanted.isdecimal() else 200
            self.send_response(status)
            if FIRST_REDIRECT <= status < FIRST_ERROR:
                self.send_header("Location", "/200")
            self.send_header("Content-Length", "0")
            self.end_headers()

    def _endless(self, head: bytes, rest: bytes, pause: float) -> None:
        self.wfile.write(head)
        while True:
            self.wfile.write(rest)
            time.sleep(pause)

    def log_message(self, *_arguments: Any) -> None:
        """Print nothing."""


def _serve(log: Path) -> None:
    _Handler.log = log
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
