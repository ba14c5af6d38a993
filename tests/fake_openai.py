"""A scripted stand-in for a Chat Completions service, over real HTTP on 127.0.0.1.

It answers every prompt with its own text, and does what `script` says first: each step is used up
by one request. What was asked is kept, so that tests can count requests for each prompt.
"""

from __future__ import annotations

import json
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Step:
    """What happens to one request instead of an answer.

    `wait_for` holds the request until the event is set; `hang_up` closes the connection, `drip`
    sends a byte every so many seconds. `body` stands for the whole answer, also with an error.
    `raw` makes the bytes of the whole response, headers included, which may never end.
    """

    status: int = 200
    code: str | None = None
    type: str | None = None
    message: str = "injected"
    headers: dict[str, str] = field(default_factory=dict)
    body: str | bytes | None = None
    hang_up: bool = False
    wait_for: threading.Event | None = None
    drip: float | None = None
    raw: Callable[[], Iterator[bytes]] | None = None


class FakeOpenAI:
    """The service at `url`. `requests` are the bodies it got, `headers` what came with each."""

    def __init__(self) -> None:
        """Listen on a free port."""
        self.script: deque[Step] = deque()
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.written = 0
        self.together = 0
        self.most_together = 0
        self.model: str | None = None
        self.answer: Callable[[dict[str, Any]], dict[str, Any]] = _echo
        self.gate: threading.Event | None = None
        self.lock = threading.Lock()
        self.pause = threading.Event()
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                service.handle(self)

            def log_message(self, *_args: object) -> None:
                """Keep quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_args: None  # type: ignore[method-assign]
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """Close the port."""
        self.pause.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def then(self, *steps: Step) -> None:
        """Script what happens to the next requests."""
        self.script.extend(steps)

    def asked(self) -> Counter[tuple[str, str]]:
        """Count requests by model and by the text of the last message."""
        return Counter(
            (request["model"], request["messages"][-1]["content"]) for request in self.requests
        )

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        """Answer one request, or do what the script says."""
        body = json.loads(request.rfile.read(int(request.headers["content-length"])))
        with self.lock:
            self.requests.append(body)
            self.headers.append({k.lower(): v for k, v in request.headers.items()})
            self.together += 1
            self.most_together = max(self.most_together, self.together)
            step = self.script.popleft() if self.script else Step()
        try:
            self._follow(request, step, body)
        finally:
            with self.lock:
                self.together -= 1

    def _follow(self, request: BaseHTTPRequestHandler, step: Step, body: dict[str, Any]) -> None:
        for event in (step.wait_for, self.gate):
            if event is not None and not event.wait(30):
                raise TimeoutError("nobody let this request go")
        if step.hang_up:
            request.close_connection = True
            request.connection.close()
            return
        if step.raw is not None:
            request.close_connection = True
            self._write(request, step.raw(), step.drip)
            return
        self._send(request, step, body)

    def _send(self, request: BaseHTTPRequestHandler, step: Step, body: dict[str, Any]) -> None:
        if step.body is not None:
            text = step.body
        elif step.status == 200:
            text = json.dumps(self.answer(body) | {"model": self.model or body["model"]})
        else:
            error = {"message": step.message, "type": step.type, "param": None, "code": step.code}
            text = json.dumps({"error": error})
        data = text.encode() if isinstance(text, str) else text
        request.send_response(step.status)
        given = {"content-type": "application/json", "x-request-id": f"req-{len(self.requests)}"}
        for name, value in ({"content-length": str(len(data))} | given | step.headers).items():
            request.send_header(name, value)
        request.end_headers()
        request.close_connection = "connection" in step.headers
        if step.drip is None:
            request.wfile.write(data)
            return
        self._write(request, (bytes([byte]) for byte in data), step.drip)

    def _write(
        self, request: BaseHTTPRequestHandler, pieces: Iterator[bytes], drip: float | None
    ) -> None:
        """Write the pieces until the client hangs up, or the service stops."""
        with suppress(OSError):
            for piece in pieces:
                request.wfile.write(piece)
                self.written += len(piece)
                if self.pause.wait(drip) if drip else self.pause.is_set():
                    return


def _echo(body: dict[str, Any]) -> dict[str, Any]:
    return completion(f"{body['model']} says: {body['messages'][-1]['content']}")


def completion(text: str | None, *, finish_reason: str = "stop", **message: Any) -> dict[str, Any]:
    """Return the body of an answer."""
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "fake",
        "choices": [
            {
                "index": 0,
                "finish_reason": finish_reason,
                "message": {"role": "assistant", "content": text, **message},
            }
        ],
        "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
    }


@contextmanager
def fake_openai() -> Iterator[FakeOpenAI]:
    """Run the service for the time of a with block."""
    service = FakeOpenAI()
    try:
        yield service
    finally:
        service.stop()
