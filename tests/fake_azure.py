"""The scripted service as a resource of Azure OpenAI, with the traps of that one."""

from __future__ import annotations

import json
from typing import Any

from tests.fake_trainings import ENDED, FakeTrainings, Fault, error_body, find_verb, page
from tests.fake_trainings import VERBS as OPENAI_VERBS

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
MAX_SUFFIX = 18
VERBS = [*OPENAI_VERBS, ("GET", r"files/([^/]+)", "file")]
CSV = (
    "step,train_loss,train_mean_token_accuracy,valid_loss,validation_mean_token_accuracy,"
    "full_valid_loss,full_valid_mean_token_accuracy\n"
    "1,1.9,0.5,,,,\n2,1.2,0.6,1.3,0.55,,\n3,0.9,0.7,1.1,0.6,1.15,0.61\n"
)
NO_RETRY = Fault(
    429,
    "429",
    "rate_limit_error",
    "Requests to the Fine-tuning API have exceeded the call rate limit of your resource.",
    headers={"Retry-After": "-1", "x-ratelimit-reset-requests": "33"},
)
"""A rate limit as Azure sends it: no time to wait in the usual header."""


class FakeAzure(FakeTrainings):
    """The service below the address of a resource.

    Attributes:
        key: what the header `api-key` must have; empty for no check.
        version: the dated version that each address must name; empty for version 1.
        imports: polls until a file is processed.
    """

    prefix = "/"

    def __init__(self) -> None:
        """Listen on a free port."""
        super().__init__()
        self.key = self.version = ""
        self.imports = 2
        self.result = CSV.encode()
        self.polls: dict[str, int] = {}

    def verb(self, method: str, path: str) -> tuple[str, tuple[str, ...]]:
        """Return what a request asks for; an address of another version asks for nothing."""
        root = "/openai/" if self.version else "/openai/v1/"
        if not path.startswith(root) or (self.version and path.startswith("/openai/v1/")):
            return "lost", ()
        return find_verb(VERBS, method, path.removeprefix(root))

    def denied(self, headers: Any, query: dict[str, list[str]]) -> tuple[int, Any] | None:
        """Return the answer to a request without the key or the version."""
        if self.key and (headers.get("api-key") != self.key or headers.get("authorization")):
            return 401, error_body("", "Access denied due to invalid subscription key.", "401")
        if query.get("api-version", [""]) != [self.version]:
            return self._lost()
        return None

    def _lost(self, **_: Any) -> tuple[int, Any]:
        return 404, error_body("", "Resource not found", "404")

    def _upload(self, *, content: bytes, kind: str, **rest: Any) -> tuple[int, Any]:
        status, body = super()._upload(content=content, kind=kind, **rest)
        body["status"] = "pending"
        self.polls[body["id"]] = 0
        return status, body

    def _file(self, key: str, name: str = "", **_: Any) -> Any:
        if name:
            return super()._file(key, name)
        body = self.files[key]
        self.polls[key] += 1
        if self.polls[key] >= self.imports:
            is_marked = self.contents[key].startswith(BYTE_ORDER_MARK)
            body["status"] = "processed" if is_marked else "error"
            body["status_details"] = None if is_marked else "The file is not UTF-8 with a BOM."
        return 200, body

    def _list_files(self, **_: Any) -> tuple[int, Any]:
        return 200, {"object": "list", "data": list(self.files.values())}

    def _create(self, *, content: bytes, **rest: Any) -> tuple[int, Any]:
        asked = json.loads(content)
        if len(asked.get("suffix", "")) > MAX_SUFFIX or "metadata" in asked:
            return 400, error_body("", "The suffix is too long.", "invalidPayload")
        files = [asked["training_file"], asked.get("validation_file")]
        if any(self.files[key]["status"] != "processed" for key in files if key):
            return 400, error_body("", "The file is not ready.", "invalidPayload")
        return super()._create(content=content, **rest)

    def _method(self, asked: dict[str, Any]) -> dict[str, Any]:
        return {
            "method": None,
            "trainingType": asked.get("trainingType"),
            "hyperparameters": {"batch_size": -1, **asked["hyperparameters"]},
        }

    def _tuned_name(self, base: str, key: str) -> str:
        return f"{base}.ft-{key}"

    def _list_jobs(self, *, query: dict[str, list[str]], **_: Any) -> tuple[int, Any]:
        if any(name.startswith("metadata") for name in query):
            return 400, error_body("", "Unknown parameter", "invalidPayload")
        return 200, page([job.body for job in self.jobs.values()][::-1], query, size=2)

    def _pause(self, key: str, **_: Any) -> tuple[int, Any]:
        has_step = any(event["type"] == "metrics" for event in self.jobs[key].events)
        if not has_step:
            return 400, error_body("", "The job has no step yet.", "invalidState")
        return self._act(key, "paused", (*ENDED, "paused"))
