"""SmolLM2-135M is tuned by the provider `local` as `make demo` does it, and disturbed on the way.

A worker with the beat and one of the queue `training` are processes of their own; a lead starts,
watches, pauses, resumes and cancels over the API. `make test-training` runs it: 5.3 to 6.4
minutes of processor time.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client

from evaluation.demo.rows import demo_splits, write_rows
from evaluation.registry.models import ModelVersion
from evaluation.training.local.bases import PACKAGED_NAME, register_packaged_base
from evaluation.training.local.models import LocalJob
from reviewapp import env
from reviewapp.ops import broker
from reviewapp.ops.process import ends_with_parent
from reviewapp.people.actions.members import create_token
from reviewapp.people.models import Role, Scope
from tests.factories.people import make_member, make_project
from tests.factories.versions import make_filed_version
from tests.model_server import model_file
from tests.workers import eventually

pytestmark = [pytest.mark.training, pytest.mark.django_db(transaction=True)]
SPLITS = {"train": 32, "validation": 8}
SECONDS, LOOK_SECONDS = 1800.0, 0.5
# A lost worker is noticed within it; on a busy machine no living one is taken for lost.
LEASE_SECONDS = "30"
QUESTION = [{"role": "user", "content": "Where is my parcel? My order is AU-48213."}]


class Lead:
    """A lead with a token, who sees a training as the API shows it."""

    def __init__(self, folder: Path) -> None:
        project = make_project("aurora")
        token = create_token(user=make_member(project, Role.LEAD), scopes=[Scope.TRAININGS])
        self._client = Client(headers={"Authorization": f"Bearer {token.secret}"})
        self._base = f"/api/v1/projects/{project.slug}"
        rows, lines = demo_splits(), {}
        for split, count in SPLITS.items():
            path = folder / f"{split}.jsonl"
            write_rows(
                path, ({"messages": row["messages"]} for row in getattr(rows, split)[:count])
            )
            lines[split] = path.read_bytes()
        self.version = make_filed_version(project, lines=lines)

    def post(self, address: str, **body: Any) -> Any:
        """Send what the API accepts."""
        sent = self._client.post(f"{address}", body, content_type="application/json")
        assert sent.status_code == 202, sent.content
        return sent.json()

    def start(self) -> int:
        """Start a training of one epoch; return its id."""
        values = {"epochs": 1, "learning_rate": 1e-3}
        terms = {"version": self.version.number, "provider": "local", "base_model": PACKAGED_NAME}
        started = self.post(f"{self._base}/trainings", hyperparameters=values, **terms)
        return int(started["id"])

    def ask(self, training: int, what: str) -> None:
        """Pause, resume or cancel a training."""
        self.post(f"/api/v1/trainings/{training}/{what}")

    def see(self, training: int) -> dict[str, Any]:
        """Return a training as the API shows it."""
        shown: dict[str, Any] = self._client.get(f"/api/v1/trainings/{training}").json()
        return shown

    def wait(self, training: int, is_so: Callable[[dict[str, Any]], bool], what: str) -> None:
        """Wait until the training is as expected; fail if it has ended otherwise."""

        def look() -> bool:
            shown = self.see(training)
            assert is_so(shown) or not shown["is_over"], json.dumps(shown)
            return is_so(shown)

        eventually(look, what, seconds=SECONDS, every=LOOK_SECONDS)

    def serve(self, model: str) -> str:
        """Let the worker serve a model; return its address."""
        address = f"{self._base}/models/{model}/serving"
        self.post(f"{address}/start")

        def is_served() -> bool:
            shown = self._client.get(address).json()
            assert shown["state"] != "failed", shown
            return bool(shown["state"] == "served")

        eventually(is_served, "the model is served", seconds=SECONDS, every=LOOK_SECONDS)
        return str(self._client.get(address).json()["base_url"])


@contextmanager
def program(*words: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker on the database of the test."""
    name = "DATABASE_OWNER_URL" if "DATABASE_OWNER_URL" in os.environ else "DATABASE_URL"
    url = urlsplit(os.environ[name])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    changed = env.child(DATABASE_URL=url, TRAINING_LEASE_SECONDS=LEASE_SECONDS)
    process = subprocess.Popen(
        [sys.executable, "-m", "reviewapp.ops.worker", *words],
        cwd=env.ROOT,
        env={key: value for key, value in changed.items() if key != "BROKER_URL"},
        preexec_fn=ends_with_parent(signal.SIGTERM),  # noqa: PLW1509 - it only asks the kernel.
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def trainer_of(worker: int) -> int | None:
    """Return the trainer that a worker started; None while there is none."""
    for task in Path(f"/proc/{worker}/task").iterdir():
        with suppress(OSError):
            for child in (task / "children").read_text().split():
                if b"evaluation.training.trainer" in Path(f"/proc/{child}/cmdline").read_bytes():
                    return int(child)
    return None


def said(kind: str) -> list[int]:
    """Return the steps of what the trainer reported."""
    events = LocalJob.objects.latest("pk").events.filter(content__kind=kind)
    return [int(event.content["step"]) for event in events.order_by("number")]


def answer_of(base_url: str, model_id: str, scale: float) -> str:
    """Ask the served model, with so much of its adapter."""
    body = {"model": model_id, "messages": QUESTION, "max_tokens": 40, "temperature": 0}
    body |= {"lora": [{"id": 0, "scale": scale}]}
    address = urlsplit(base_url)
    headers = {"Content-Type": "application/json"}
    with closing(HTTPConnection(address.netloc, timeout=SECONDS)) as server:
        server.request("POST", f"{address.path}/chat/completions", json.dumps(body), headers)
        return str(json.load(server.getresponse())["choices"][0]["message"]["content"])


def test_a_disturbed_training_becomes_a_model_that_is_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model_file()
    register_packaged_base()
    monkeypatch.delenv("BROKER_URL")
    broker.install_schema(using="default")
    lead = Lead(tmp_path)
    training = lead.start()
    with program(str(tmp_path / "beat")):
        with program("--queue", "training") as worker:
            pause_and_resume(lead, training)
            worker.send_signal(signal.SIGKILL)
        with program("--queue", "training") as worker:
            eventually(lambda: len(said("resumed")) == 2, "the worker", seconds=SECONDS)
            trainer = trainer_of(worker.pid)
            assert trainer is not None
            os.kill(trainer, signal.SIGKILL)
            lead.wait(training, lambda shown: shown["stage"] == "succeeded", "it succeeded")
            check_result(lead.see(training))
            check_answers(lead, ModelVersion.objects.get(checkpoint__training=training))
            cancelled = lead.start()
            lead.wait(cancelled, lambda shown: shown["stage"] == "running", "it runs")
            lead.ask(cancelled, "cancel")
            lead.wait(cancelled, lambda shown: shown["stage"] == "cancelled", "it is cancelled")
    assert not ModelVersion.objects.filter(checkpoint__training=cancelled).exists()


def pause_and_resume(lead: Lead, training: int) -> None:
    """Pause a training after two steps, and resume it."""
    lead.wait(training, lambda shown: (shown["step"] or 0) >= 2, "it has done two steps")
    lead.ask(training, "pause")
    lead.wait(training, lambda shown: shown["stage"] == "paused", "it is paused")
    lead.ask(training, "resume")
    lead.wait(training, lambda shown: shown["stage"] == "running", "it runs again")
    eventually(lambda: bool(said("resumed")), "resumed", seconds=SECONDS)


def check_answers(lead: Lead, model: ModelVersion) -> None:
    """Check that the model is served, and answers otherwise than its base."""
    url = lead.serve(model.name)
    model.refresh_from_db()
    tuned, untuned = (answer_of(url, model.model_id, scale) for scale in (1.0, 0.0))
    assert tuned.strip()
    assert tuned != untuned


def check_result(shown: dict[str, Any]) -> None:
    """Check how a training ended: resumed each time, better than before, each step once."""
    events = LocalJob.objects.get(status="succeeded").events
    kinds = [event.content["kind"] for event in events.order_by("number")]
    assert (kinds.count("started"), kinds.count("resumed"), kinds.count("succeeded")) == (1, 3, 1)
    resumed = [event.content["step"] for event in events.filter(content__kind="resumed")]
    assert all(step >= 2 for step in resumed), "it went on from the checkpoint of the pause"
    losses = [row["full_valid_loss"] for row in shown["metrics"] if row["full_valid_loss"]]
    assert losses[-1] < 0.95 * losses[0]
    steps = [row["step"] for row in shown["metrics"] if row["train_loss"]]
    assert steps == list(range(1, shown["total_steps"] + 1))
    stages = [event["after"] for event in shown["history"] if event["after"]]
    for stage in ("preparing", "uploading", "running", "paused", "succeeded"):
        assert stage in stages
    [checkpoint] = shown["checkpoints"]
    assert checkpoint["name"]
    assert shown["model"]
