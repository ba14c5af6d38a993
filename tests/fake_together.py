"""The scripted service as Together's, by its published shapes, with its traps."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.fake_trainings import FakeTrainings, Job, deque_of, error_body, find_verb

LIFECYCLE = ("pending", "queued", "running", "running", "running", "uploading", "completed")
ENDED = ("completed", "error", "user_error", "cancelled")
VERBS = [
    ("POST", r"files/upload", "upload"),
    ("GET", r"files", "list_files"),
    ("GET", r"files/([^/]+)", "file"),
    ("DELETE", r"files/([^/]+)", "delete_file"),
    ("GET", r"fine-tunes/models/limits", "limits"),
    ("POST", r"fine-tunes/estimate-price", "estimate"),
    ("POST", r"fine-tunes", "create"),
    ("GET", r"fine-tunes", "list_jobs"),
    ("GET", r"fine-tunes/([^/]+)", "job"),
    ("GET", r"fine-tunes/([^/]+)/events", "events"),
    ("GET", r"fine-tunes/([^/]+)/metrics", "metrics"),
    ("GET", r"fine-tunes/([^/]+)/checkpoints", "checkpoints"),
    ("POST", r"fine-tunes/([^/]+)/cancel", "cancel"),
]


class FakeTogether(FakeTrainings):
    """The service.

    Attributes:
        imports: polls until a file is checked.
        may_proceed: whether the credit is enough.
    """

    def __init__(self) -> None:
        """Listen on a free port."""
        super().__init__()
        self.lifecycle = LIFECYCLE
        self.imports = 2
        self.may_proceed = True

    @property
    def open_jobs(self) -> list[str]:
        """Jobs that run or will."""
        return [key for key, job in self.jobs.items() if job.body["status"] not in ENDED]

    def verb(self, method: str, path: str) -> tuple[str, tuple[str, ...]]:
        """Return what a request asks for, with the ids in its path."""
        return find_verb(VERBS, method, path.removeprefix(self.prefix))

    def _upload(self, *, content: bytes, kind: str, **rest: Any) -> tuple[int, Any]:
        asked = dict(re.findall(rb'name="(\w+)"\r\n\r\n([^\r]*)\r\n', content))
        if not {b"purpose", b"file_name"} <= set(asked):
            return 400, error_body("invalid_request_error", "purpose and file_name are required")
        status, body = super()._upload(content=content, kind=kind, **rest)
        body["polls"] = 0
        return status, body

    def _file(self, key: str, name: str = "", **_: Any) -> Any:
        if name:
            return super()._file(key, name)
        body = self.files[key]
        body["polls"] += 1
        state = "COMPLETED" if body["polls"] >= self.imports else "RUNNING"
        return 200, {**body, "processing_status": state}

    def _list_files(self, **_: Any) -> tuple[int, Any]:
        return 200, {"data": list(self.files.values())}

    def _limits(self, *, query: dict[str, list[str]], **_: Any) -> tuple[int, Any]:
        lora = {"max_batch_size": 64, "min_batch_size": 8, "max_rank": 64}
        return 200, {
            "model_name": query["model_name"][0],
            "max_num_epochs": 20,
            "max_learning_rate": 0.1,
            "lora_training": lora,
        }

    def _estimate(self, *, content: bytes, **_: Any) -> tuple[int, Any]:
        assert json.loads(content)["training_file"] in self.files
        return 200, {
            "estimation_available": True,
            "estimated_total_price": 4.5,
            "user_limit": 1.0,
            "allowed_to_proceed": self.may_proceed,
        }

    def _create(self, *, content: bytes, **_: Any) -> tuple[int, Any]:
        asked = json.loads(content)
        if asked["training_file"] not in self.files:
            return 400, error_body("invalid_request_error", "no such file")
        self.created += 1
        key = f"ft-{len(self.jobs) + 1}"
        body = {**asked, "id": key, "status": self.lifecycle[0], "events": []}
        body["created_at"] = f"2026-11-27T10:00:{self.created:02}Z"
        self.jobs[key] = Job(body, deque_of(self.lifecycle[1:]))
        self._note(key, "JOB_PENDING", "Fine-tune request created")
        return 200, body

    def _note(self, key: str, kind: str, text: str) -> None:
        events = self.jobs[key].events
        events.append(
            {
                "object": "fine-tune-event",
                "created_at": f"2026-11-27T11:00:{len(events):02}Z",
                "level": "Error" if "ERROR" in kind else "Info",
                "message": text,
                "type": kind,
                "hash": "",
            }
        )

    def _list_jobs(self, **_: Any) -> tuple[int, Any]:
        return 200, {"data": [job.body for job in self.jobs.values()][::-1]}

    def _job(self, key: str, **_: Any) -> tuple[int, Any]:
        if key not in self.jobs:
            return 404, error_body("invalid_request_error", "no such job")
        job = self.jobs[key]
        if job.ahead and job.body["status"] not in ENDED:
            self._move(key, job.ahead.popleft())
        return 200, job.body

    def _move(self, key: str, state: str) -> None:
        job = self.jobs[key]
        job.body["status"] = state
        if state == "running":
            self._note(key, "EPOCH_COMPLETE", "Epoch completed")
        if state == "completed":
            suffix = job.body.get("suffix", "")
            job.body["model_output_name"] = f"shop/{job.body.get('model')}-{suffix}-{key}"
            job.body["token_count"] = 4000
        if state in {"error", "user_error"}:
            self._note(key, "JOB_ERROR", "The training failed for want of memory.")

    def _events(self, key: str, **_: Any) -> tuple[int, Any]:
        return 200, {"data": self.jobs[key].events}

    def _metrics(self, key: str, **_: Any) -> tuple[int, Any]:
        done = sum(event["type"] == "EPOCH_COMPLETE" for event in self.jobs[key].events)
        rows = [{"train/global_step": n, "train/loss": 2 / n} for n in range(1, done + 1)]
        rows += [{"train/global_step": n, "eval/loss": 2.2 / n} for n in range(1, done + 1)]
        return 200, {"metrics": rows}

    def _checkpoints(self, key: str, **_: Any) -> tuple[int, Any]:
        kinds = [("Intermediate (step 1)", 1), ("Intermediate (step 2)", 2), ("Final", 3)]
        return 200, {
            "data": [
                {
                    "checkpoint_type": kind,
                    "created_at": "2026-11-27T12:00:00Z",
                    "path": f"s3://{key}/{step}",
                    "step": step,
                    "object_name": f"shop/{key}-{step}",
                }
                for kind, step in kinds
            ]
        }

    def _cancel(self, key: str, **_: Any) -> tuple[int, Any]:
        job = self.jobs[key]
        if job.body["status"] in ENDED:
            return 400, error_body("invalid_request_error", "the job has ended")
        job.body["status"] = "cancel_requested"
        job.ahead = deque_of(("cancelled",))
        return 200, job.body
