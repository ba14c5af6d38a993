"""A bundle for tests: its training, its download, and what it reports over the API."""

import hashlib
import io
import json
from typing import Any
from zipfile import ZipFile

from django.test import Client

from datasets.versions.models import DatasetVersion
from evaluation.training.models import TrainingRun
from reviewapp.people.actions.members import create_token
from reviewapp.people.models import Role
from tests.factories.people import make_member
from tests.factories.trainings import make_training, work

STARTED = {"kind": "started", "step": 0, "steps": 2, "epochs": 2, "tokens_an_epoch": 50}
STEP = {"kind": "step", "step": 1, "loss": 1.5, "accuracy": 0.4}
KEPT = {"kind": "checkpoint", "step": 2, "folder": "adapters/epoch-1", "files": ["adapter.gguf"]}
SUCCEEDED = {"kind": "succeeded", "step": 2, "steps": 2}


def waiting(version: DatasetVersion) -> TrainingRun:
    chosen = {"epochs": 2, "rank": 8}
    base = "/models/Tiny 1B.gguf"
    fields: dict[str, Any] = {
        "provider": "bundle",
        "base_model": base,
        "hyperparameters": chosen,
        "seed": 3,
    }
    return work(make_training(version, "", **fields), rounds=1)


def bundle_of(training: TrainingRun, *, host: str = "testserver") -> dict[str, bytes]:
    """Download the bundle as a lead's script does; return its files."""
    lead = make_member(training.project, Role.LEAD)
    bearer = {"Authorization": f"Bearer {create_token(user=lead).secret}"}
    found = Client(headers=bearer).post(f"/api/v1/trainings/{training.pk}/bundle", HTTP_HOST=host)
    assert found.status_code == 200
    assert "no-store" in found["Cache-Control"]
    with ZipFile(io.BytesIO(b"".join(found.streaming_content))) as archive:  # type: ignore[attr-defined]
        return {name: archive.read(name) for name in archive.namelist()}


class Reporter:
    """A bundle's side of the API."""

    def __init__(self, training: TrainingRun) -> None:
        contact = json.loads(bundle_of(training)["report.json"])
        assert contact["url"] == f"http://testserver/api/v1/trainings/{training.pk}"
        self.client = Client(headers={"Authorization": f"Bearer {contact['token']}"})
        self.path = f"/api/v1/trainings/{training.pk}"

    def tell(self, *events: tuple[int, dict[str, Any]], log: str | None = None) -> Any:
        rows = [{"number": number, "event": event} for number, event in events]
        return self.post("events", {"events": rows} | ({"log": log} if log else {}))

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return self.client.post(f"{self.path}/{path}", body, content_type="application/json")

    def announce(self, content: bytes, **fields: Any) -> Any:
        digest = hashlib.sha256(content).hexdigest()
        name = "adapters/epoch-1/adapter.gguf"
        body = {"name": name, "step": 2, "size": len(content), "sha256": digest, **fields}
        return self.post("uploads", body)

    def send(self, upload: int, offset: int, content: bytes) -> Any:
        path = f"{self.path}/uploads/{upload}?offset={offset}"
        return self.client.patch(path, content, content_type="application/octet-stream")
