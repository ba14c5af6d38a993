"""A scripted service of batches, over real HTTP on 127.0.0.1, with the traps of real ones.

Its time passes by polls: each GET of a batch moves it one state on in `lifecycle`. The results come
in another order than the requests, some in the error file, with lines that are nobody's.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.fake_trainings import VERBS, FakeTrainings, find_verb, page

LIFECYCLE = ("validating", "in_progress", "in_progress", "finalizing", "completed")
ENDED = ("completed", "failed", "expired", "cancelled")
NOISE = (
    b"",
    b"not JSON",
    b'["a list"]',
    b'{"custom_id": "answer-999999", "response": null}',
    b'{"custom_id": "of-another-batch", "response": {"status_code": 200, "body": {}}}',
)
BATCH_VERBS = [
    ("POST", r"batches", "create_batch"),
    ("GET", r"batches", "list_batches"),
    ("GET", r"batches/([^/]+)", "batch"),
    ("POST", r"batches/([^/]+)/cancel", "cancel_batch"),
]


class FakeBatches(FakeTrainings):
    """The service at `url`."""

    def __init__(self) -> None:
        """Listen on a free port."""
        super().__init__()
        self.lifecycle = LIFECYCLE
        self.batches: dict[str, dict[str, Any]] = {}
        self.ahead: dict[str, deque[str]] = {}
        # By the place of a line in its batch: what is answered instead of a completion.
        self.answers: dict[int, tuple[int, dict[str, Any]]] = {}
        self.expired: set[int] = set()
        self.errors: list[dict[str, Any]] = []

    def verb(self, method: str, path: str) -> tuple[str, tuple[str, ...]]:
        """Return what a request asks for, with the ids in its path."""
        return find_verb([*VERBS, *BATCH_VERBS], method, path.removeprefix(self.prefix))

    def _content(self, key: str, **more: Any) -> tuple[int, Any]:
        if self.result_missing or key not in self.files:
            return super()._content(key, **more) if self.result_missing else (404, _GONE)
        return 200, self.contents[key]

    def _create_batch(self, *, content: bytes, **_: Any) -> tuple[int, Any]:
        asked = json.loads(content)
        if asked["input_file_id"] not in self.files:
            return 400, _GONE
        self.created += 1
        key = f"batch-{len(self.batches) + 1}"
        self.batches[key] = {
            "id": key,
            "object": "batch",
            "endpoint": asked["endpoint"],
            "completion_window": asked["completion_window"],
            "input_file_id": asked["input_file_id"],
            "created_at": self.created,
            "status": self.lifecycle[0],
            "errors": None,
            "output_file_id": None,
            "error_file_id": None,
            "request_counts": {"total": 0, "completed": 0, "failed": 0},
            "metadata": None if self.ignores_metadata else asked.get("metadata"),
        }
        self.ahead[key] = deque(self.lifecycle[1:])
        return 200, self.batches[key]

    def _list_batches(self, *, query: dict[str, list[str]], **_: Any) -> tuple[int, Any]:
        rows = list(self.batches.values())[::-1]
        return 200, page(rows, query, size=2)

    def _batch(self, key: str, **_: Any) -> tuple[int, Any]:
        if key not in self.batches:
            return 404, _GONE
        ahead = self.ahead[key]
        if ahead and self.batches[key]["status"] not in ENDED:
            self._move_batch(key, ahead.popleft())
        return 200, self.batches[key]

    def _cancel_batch(self, key: str, **_: Any) -> tuple[int, Any]:
        if self.batches[key]["status"] in ENDED:
            return 409, _GONE
        self.ahead[key] = deque(["cancelled"])
        self.batches[key]["status"] = "cancelling"
        return 200, self.batches[key]

    def _move_batch(self, key: str, state: str) -> None:
        batch = self.batches[key]
        batch["status"] = state
        if state == "failed":
            batch["errors"] = {"object": "list", "data": self.errors}
        elif state in ENDED:
            self._finish(batch)

    def _finish(self, batch: dict[str, Any]) -> None:
        good: list[dict[str, Any]] = []
        bad: list[dict[str, Any]] = []
        lines = self.contents[batch["input_file_id"]].splitlines()
        for place, line in enumerate(lines):
            asked = json.loads(line)
            found = {"id": f"line-{place}", "custom_id": asked["custom_id"]}
            if place in self.expired:
                error = {"code": "batch_expired", "message": "This request could not be executed."}
                bad.append({**found, "response": None, "error": error})
                continue
            status, body = self.answers.get(place, (200, _completion(asked)))
            response = {"status_code": status, "request_id": f"req-{place}", "body": body}
            target = good if status == 200 else bad
            target.append({**found, "response": response, "error": None})
        batch["request_counts"] = {
            "total": len(lines),
            "completed": len(good),
            "failed": len(bad),
        }
        for name, rows in (("output", good), ("error", bad)):
            if rows:
                batch[f"{name}_file_id"] = self._keep(name, rows)

    def _keep(self, name: str, rows: list[dict[str, Any]]) -> str:
        key = f"file-{len(self.contents) + 1}"
        # The first line comes twice, the second time with another text.
        again = json.loads(json.dumps(rows[0]).replace("Answer to", "Another answer to"))
        encoded = [json.dumps(row).encode() for row in [*rows[::-1], again]]
        self.contents[key] = b"\n".join([*NOISE, *encoded])
        self.files[key] = self._file(key, f"{name}.jsonl")
        return key


_GONE = {"error": {"message": "gone", "type": "invalid_request_error", "code": None}}


def _completion(asked: dict[str, Any]) -> dict[str, Any]:
    question = asked["body"]["messages"][-1]["content"]
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": asked["body"]["model"],
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": f"Answer to {question}"},
            }
        ],
        "usage": {"prompt_tokens": 30, "completion_tokens": 9},
    }


@contextmanager
def fake_batches() -> Iterator[FakeBatches]:
    """Run the service while the `with` block runs."""
    service = FakeBatches()
    try:
        yield service
    finally:
        service.stop()
