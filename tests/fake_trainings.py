"""A scripted service of fine-tuning jobs, over real HTTP on 127.0.0.1, with the traps of real ones.

Its time passes by polls: each GET of a job moves it one state on in `lifecycle`. `faults` says what
happens to the next requests of a verb instead of, or after, the work. `fake_azure.py`,
`fake_together.py` and `fake_fireworks.py` are other services on the same ground.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

F = TypeVar("F", bound="FakeTrainings")
deque_of = deque[str]
Verbs = list[tuple[str, str, str]]
LIFECYCLE = ("validating_files", "running", "running", "running", "succeeded")
ENDED = ("succeeded", "failed", "cancelled")
CSV = (
    "step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy\n"
    "1,1.9,0.5,,\n2,1.2,0.6,1.3,0.55\n3,0.9,0.7,1.1,0.6\n"
)


@dataclass(frozen=True)
class Fault:
    """What happens to one request. `after` does the work first; `hang_up` sends no answer."""

    status: int = 500
    code: str | None = "server_error"
    type: str = "server_error"
    message: str = "injected"
    after: bool = False
    hang_up: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    then: Callable[[], None] | None = None


@dataclass
class Job:
    """A job of the service, with the states that are still ahead of it."""

    body: dict[str, Any]
    ahead: deque[str]
    events: list[dict[str, Any]] = field(default_factory=list)


class FakeTrainings:
    """The service at `url`; `prefix` is that of the path of its API."""

    prefix = "/v1/"

    def __init__(self) -> None:
        """Listen on a free port."""
        self.files: dict[str, dict[str, Any]] = {}
        self.contents: dict[str, bytes] = {}
        self.jobs: dict[str, Job] = {}
        self.faults: dict[str, deque[Fault]] = defaultdict(deque)
        self.calls: Counter[str] = Counter()
        self.headers: list[dict[str, str]] = []
        self.lifecycle: tuple[str, ...] = LIFECYCLE
        self.error: dict[str, Any] = {}
        self.result = CSV.encode()
        self.is_base64 = False
        self.result_missing = 0
        self.ignores_metadata = False
        # Of every model, in the list of models.
        self.shutdown_date: str | None = None
        self.lock = threading.RLock()
        self.created = 0
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                service.handle(self)

            def do_POST(self) -> None:
                service.handle(self)

            def do_DELETE(self) -> None:
                service.handle(self)

            def log_message(self, *_args: object) -> None:
                """Keep quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_args: None  # type: ignore[method-assign]
        path = self.prefix.rstrip("/")
        self.url = f"http://127.0.0.1:{self.server.server_port}{path}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """Close the port."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def fail(self, verb: str, *faults: Fault) -> None:
        """Script what happens to the next requests of a verb."""
        self.faults[verb].extend(faults)

    @property
    def open_jobs(self) -> list[str]:
        """Jobs that run or will."""
        return [key for key, job in self.jobs.items() if job.body["status"] not in ENDED]

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        """Answer one request, or do what the script says."""
        content = request.rfile.read(int(request.headers.get("content-length") or 0))
        parts = urlsplit(request.path)
        verb, arguments = self.verb(request.command, parts.path)
        with self.lock:
            self.calls[verb] += 1
            self.headers.append({k.lower(): v for k, v in request.headers.items()})
            fault = self.faults[verb].popleft() if self.faults[verb] else None
        answer: Any = self.denied(request.headers, parse_qs(parts.query))
        if answer is None and (fault is None or fault.after):
            with self.lock:
                work = getattr(self, f"_{verb}")
                answer = work(
                    *arguments,
                    query=parse_qs(parts.query),
                    content=content,
                    kind=request.headers.get("content-type", ""),
                )
        if fault is not None:
            if fault.then:
                fault.then()
            if fault.hang_up:
                request.close_connection = True
                request.connection.close()
                return
            error = {"message": fault.message, "type": fault.type, "code": fault.code}
            answer = (fault.status, {"error": error}, fault.headers)
        _send(request, *answer)

    def denied(self, headers: Any, query: dict[str, list[str]]) -> tuple[int, Any] | None:
        """Return the answer to a request that may not be asked; None if it may."""
        return None

    def verb(self, method: str, path: str) -> tuple[str, tuple[str, ...]]:
        """Return what a request asks for, with the ids in its path."""
        return find_verb(VERBS, method, path.removeprefix(self.prefix))

    def _upload(self, *, content: bytes, kind: str, **_: Any) -> tuple[int, Any]:
        boundary = kind.partition("boundary=")[2].encode()
        for part in content.split(b"--" + boundary):
            head, _sep, body = part.partition(b"\r\n\r\n")
            if match := re.search(rb'filename="([^"]+)"', head):
                key = f"file-{len(self.contents) + 1}"
                self.contents[key] = body.removesuffix(b"\r\n")
                self.files[key] = self._file(key, match[1].decode())
                return 200, self.files[key]
        return 400, error_body("invalid_request_error", "no file")

    def _file(self, key: str, name: str) -> dict[str, Any]:
        self.created += 1
        return {
            "id": key,
            "object": "file",
            "filename": name,
            "purpose": "fine-tune",
            "bytes": 1,
            "created_at": self.created,
            "status": "processed",
        }

    def _list_files(self, *, query: dict[str, list[str]], **_: Any) -> tuple[int, Any]:
        return 200, page(list(self.files.values()), query, size=2)

    def _delete_file(self, key: str, **_: Any) -> tuple[int, Any]:
        if key not in self.files:
            return 404, error_body("invalid_request_error", "No such File object")
        del self.files[key]
        return 200, {"id": key, "object": "file", "deleted": True}

    def _content(self, key: str, **_: Any) -> tuple[int, Any]:
        if self.result_missing:
            self.result_missing -= 1
            return 404, error_body("invalid_request_error", "No such File object")
        data = base64.b64encode(self.result) if self.is_base64 else self.result
        return 200, data

    def _create(self, *, content: bytes, **_: Any) -> tuple[int, Any]:
        asked = json.loads(content)
        if asked["training_file"] not in self.files:
            return 400, error_body("invalid_request_error", "no such file")
        self.created += 1
        key = f"ftjob-{len(self.jobs) + 1}"
        metadata = None if self.ignores_metadata else asked.get("metadata")
        body = {
            "id": key,
            "object": "fine_tuning.job",
            "created_at": self.created,
            "model": asked["model"],
            "status": self.lifecycle[0],
            "error": {},
            "training_file": asked["training_file"],
            "metadata": metadata,
            "validation_file": asked.get("validation_file"),
            "result_files": [],
            "trained_tokens": None,
            "fine_tuned_model": None,
            "finished_at": None,
            **self._method(asked),
            "seed": asked.get("seed", 7),
            "organization_id": "org-1",
            "suffix": asked.get("suffix"),
        }
        self.jobs[key] = Job(body, deque(self.lifecycle[1:]))
        self._say(key, "Created fine-tuning job", "message")
        return 200, body

    def _method(self, asked: dict[str, Any]) -> dict[str, Any]:
        """The fields of a job that repeat how it is trained."""
        return {
            "hyperparameters": asked["method"][asked["method"]["type"]]["hyperparameters"],
            "method": asked["method"],
        }

    def _say(self, key: str, text: str, kind: str, data: Any = None) -> None:
        events = self.jobs[key].events
        events.append(
            {
                "object": "fine_tuning.job.event",
                "id": f"ev-{key}-{len(events) + 1}",
                "created_at": 1_790_000_000 + len(events),
                "level": "info",
                "message": text,
                "type": kind,
                "data": data or {},
            }
        )

    def _list_jobs(self, *, query: dict[str, list[str]], **_: Any) -> tuple[int, Any]:
        found = [job.body for job in self.jobs.values()]
        wanted = query.get("metadata[touchstone_training]")
        if wanted:
            found = [
                job
                for job in found
                if (job["metadata"] or {}).get("touchstone_training") == wanted[0]
            ]
        return 200, page(found[::-1], query, size=2)

    def _model(self, name: str, **_: Any) -> tuple[int, Any]:
        body = {"id": name, "object": "model", "created": 1, "owned_by": "openai"}
        return 200, {**body, "shutdown_date": self.shutdown_date}

    def _job(self, key: str, **_: Any) -> tuple[int, Any]:
        if key not in self.jobs:
            return 404, error_body("invalid_request_error", "no such job")
        job = self.jobs[key]
        if job.ahead and job.body["status"] not in (*ENDED, "paused"):
            self._move(key, job.ahead.popleft())
        return 200, job.body

    def _move(self, key: str, state: str) -> None:
        job = self.jobs[key]
        job.body["status"] = state
        if state == "running":
            step = sum(event["type"] == "metrics" for event in job.events) + 1
            data = {
                "step": step,
                "total_steps": 3,
                "train_loss": 2.0 / step,
                "train_mean_token_accuracy": 0.5,
            }
            self._say(key, f"Step {step}/3", "metrics", data)
        if state == "succeeded":
            self._say(key, "Moderation checks passed", "moderation_checks", {"blocked": False})
            job.body |= {
                "fine_tuned_model": self._tuned_name(job.body["model"], key),
                "trained_tokens": 4000,
                "result_files": [f"result-{key}"],
            }
        if state == "failed":
            job.body["error"] = self.error

    def _tuned_name(self, base: str, key: str) -> str:
        return f"ft:{base}:shop::{key}"

    def _events(self, key: str, *, query: dict[str, list[str]], **_: Any) -> tuple[int, Any]:
        return 200, page(self.jobs[key].events[::-1], query, size=2)

    def _checkpoints(self, key: str, *, query: dict[str, list[str]], **_: Any) -> tuple[int, Any]:
        done = sum(event["type"] == "metrics" for event in self.jobs[key].events)
        model = self._tuned_name(self.jobs[key].body["model"], key)
        found = [
            {
                "object": "fine_tuning.job.checkpoint",
                "id": f"ftckpt-{step}",
                "created_at": step,
                "fine_tuned_model_checkpoint": f"{model}:ckpt-step-{step}",
                "step_number": step,
                "fine_tuning_job_id": key,
                "metrics": {"step": step, "train_loss": 2.0 / step, "full_valid_loss": 2.2 / step},
            }
            # The last three are kept.
            for step in range(done, max(0, done - 3), -1)
        ]
        return 200, page(found, query, size=10)

    def _cancel(self, key: str, **_: Any) -> tuple[int, Any]:
        return self._act(key, "cancelled", ENDED)

    def _pause(self, key: str, **_: Any) -> tuple[int, Any]:
        return self._act(key, "paused", (*ENDED, "paused"))

    def _resume(self, key: str, **_: Any) -> tuple[int, Any]:
        return self._act(key, "running", ENDED)

    def _act(self, key: str, state: str, refused: tuple[str, ...]) -> tuple[int, Any]:
        job = self.jobs[key]
        if job.body["status"] in refused:
            return 400, error_body("invalid_request_error", f"the job is {job.body['status']}")
        self._move(key, state)
        return 200, job.body


VERBS = [
    ("POST", r"files", "upload"),
    ("GET", r"files", "list_files"),
    ("DELETE", r"files/([^/]+)", "delete_file"),
    ("GET", r"files/([^/]+)/content", "content"),
    ("POST", r"fine_tuning/jobs", "create"),
    ("GET", r"models/([^/]+)", "model"),
    ("GET", r"fine_tuning/jobs", "list_jobs"),
    ("GET", r"fine_tuning/jobs/([^/]+)", "job"),
    ("GET", r"fine_tuning/jobs/([^/]+)/events", "events"),
    ("GET", r"fine_tuning/jobs/([^/]+)/checkpoints", "checkpoints"),
    ("POST", r"fine_tuning/jobs/([^/]+)/cancel", "cancel"),
    ("POST", r"fine_tuning/jobs/([^/]+)/pause", "pause"),
    ("POST", r"fine_tuning/jobs/([^/]+)/resume", "resume"),
]


def find_verb(verbs: Verbs, method: str, path: str) -> tuple[str, tuple[str, ...]]:
    """Return the verb of a request and the ids in its path."""
    for wanted, pattern, verb in verbs:
        if method == wanted and (match := re.fullmatch(pattern, path)):
            return verb, match.groups()
    raise ValueError(f"{method} {path}")


def page(rows: list[dict[str, Any]], query: dict[str, list[str]], *, size: int) -> dict[str, Any]:
    """A page of at most `size` rows, so that clients have to follow the cursor."""
    after = query.get("after", [""])[0]
    ids = [row["id"] for row in rows]
    start = ids.index(after) + 1 if after in ids else 0
    return {
        "object": "list",
        "data": rows[start : start + size],
        "has_more": start + size < len(rows),
    }


def error_body(kind: str, text: str, code: str | None = None) -> dict[str, Any]:
    return {"error": {"message": text, "type": kind, "code": code, "param": None}}


def _send(request: BaseHTTPRequestHandler, status: int, body: Any, headers: Any = None) -> None:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    kind = "application/octet-stream" if isinstance(body, bytes) else "application/json"
    request.send_response(status)
    given = {"content-type": kind, "content-length": str(len(data)), **(headers or {})}
    for name, value in given.items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(data)


@contextmanager
def fake_trainings() -> Iterator[FakeTrainings]:
    """Run OpenAI's service for the time of a with block."""
    with running(FakeTrainings) as service:
        yield service


@contextmanager
def running(kind: type[F]) -> Iterator[F]:
    """Run a service for the time of a with block."""
    service = kind()
    try:
        yield service
    finally:
        service.stop()
