"""The scripted service as an account at Fireworks, by its published shapes, with its traps."""

from __future__ import annotations

import json
from typing import Any

from tests.fake_trainings import FakeTrainings, Job, deque_of, find_verb

ACCOUNT = "accounts/shop"
LIFECYCLE = ("CREATING", "VALIDATING", "RUNNING", "RUNNING", "WRITING_RESULTS", "COMPLETED")
ENDED = ("COMPLETED", "EARLY_STOPPED", "FAILED", "EXPIRED", "CANCELLED")
JOBS = "supervisedFineTuningJobs"
VERBS = [
    ("POST", r"datasets", "make_data_set"),
    ("POST", r"datasets/([^/:]+):upload", "upload"),
    ("GET", r"datasets/([^/:]+)", "file"),
    ("DELETE", r"datasets/([^/:]+)", "delete_file"),
    ("POST", JOBS, "create"),
    ("GET", rf"{JOBS}/([^/:]+)", "job"),
    ("POST", rf"{JOBS}/([^/:]+):cancel", "cancel"),
    ("POST", rf"{JOBS}/([^/:]+):resume", "resume"),
]


class FakeFireworks(FakeTrainings):
    """The account."""

    prefix = f"/v1/{ACCOUNT}/"

    def __init__(self) -> None:
        """Listen on a free port."""
        super().__init__()
        self.lifecycle = LIFECYCLE

    @property
    def open_jobs(self) -> list[str]:
        """Jobs that run or will."""
        return [key for key, job in self.jobs.items() if _state(job) not in ENDED]

    def verb(self, method: str, path: str) -> tuple[str, tuple[str, ...]]:
        """Return what a request asks for, with the ids in its path."""
        return find_verb(VERBS, method, path.removeprefix(self.prefix))

    def _make_data_set(self, *, content: bytes, **_: Any) -> tuple[int, Any]:
        asked = json.loads(content)
        key = asked["datasetId"]
        if key in self.files:
            return 409, _status(6, "Dataset already exists")
        body = {**asked["dataset"], "name": f"{ACCOUNT}/datasets/{key}", "state": "UPLOADING"}
        self.files[key] = body
        return 200, body

    def _upload(self, key: str = "", *, content: bytes, kind: str, **_: Any) -> tuple[int, Any]:
        if key not in self.files:
            return 404, _status(5, "no such dataset")
        boundary = kind.partition("boundary=")[2].encode()
        body = content.split(b"--" + boundary)[1].partition(b"\r\n\r\n")[2]
        self.contents[key] = body.removesuffix(b"\r\n")
        self.files[key]["state"] = "READY"
        return 200, {}

    def _file(self, key: str, *_name: Any, **_: Any) -> Any:
        if key not in self.files:
            return 404, _status(5, "no such dataset")
        return 200, self.files[key]

    def _delete_file(self, key: str, **_: Any) -> tuple[int, Any]:
        if key not in self.files:
            return 404, _status(5, "no such dataset")
        del self.files[key]
        return 200, {}

    def _create(self, *, content: bytes, **rest: Any) -> tuple[int, Any]:
        asked, key = json.loads(content), rest["query"]["supervisedFineTuningJobId"][0]
        if key in self.jobs:
            return 409, _status(6, "Job already exists")
        if asked["dataset"].rpartition("/")[2] not in self.files:
            return 400, _status(3, "no such dataset")
        self.created += 1
        body = {
            "outputModel": f"{ACCOUNT}/models/{key}",
            **asked,
            "name": f"{ACCOUNT}/{JOBS}/{key}",
            "createTime": f"2026-11-27T10:00:{self.created:02}Z",
            "state": f"JOB_STATE_{self.lifecycle[0]}",
            "status": {"code": "OK", "message": ""},
        }
        self.jobs[key] = Job(body, deque_of(self.lifecycle[1:]))
        return 200, body

    def _job(self, key: str, **_: Any) -> tuple[int, Any]:
        if key not in self.jobs:
            return 404, _status(5, "no such job")
        job = self.jobs[key]
        if job.ahead and _state(job) not in (*ENDED, "PAUSED"):
            self._move(key, job.ahead.popleft())
        return 200, job.body

    def _move(self, key: str, state: str) -> None:
        body = self.jobs[key].body
        body["state"] = f"JOB_STATE_{state}"
        percent = 100 if state == "COMPLETED" else 40
        body["jobProgress"] = {"percent": percent, "epoch": 0, "inputTokens": 4000}
        if state == "FAILED":
            body["status"] = {"code": "INVALID_ARGUMENT", "message": "A row has no answer."}

    def _cancel(self, key: str, **_: Any) -> tuple[int, Any]:
        if _state(self.jobs[key]) in ENDED:
            return 400, _status(9, "the job has ended")
        self._move(key, "CANCELLING")
        self.jobs[key].ahead = deque_of(("CANCELLED",))
        return 200, {}

    def _resume(self, key: str, **_: Any) -> tuple[int, Any]:
        self._move(key, "RUNNING")
        return 200, self.jobs[key].body


def _state(job: Job) -> str:
    return str(job.body["state"]).removeprefix("JOB_STATE_")


def _status(code: int, text: str) -> dict[str, Any]:
    return {"code": code, "message": text, "details": []}
