"""Bundles: what is handed over, what they report and upload, and what their token is good for."""

import ast
import hashlib
import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from datasets.versions.models import DatasetVersion
from evaluation.providers.kinds import UNSERVED
from evaluation.registry.models import ModelVersion
from evaluation.training.actions.asking import ask_training
from evaluation.training.bundle import storage
from evaluation.training.bundle.models import Bundle
from evaluation.training.local import adapters
from evaluation.training.local.asking import ask_to_serve, serve_denied_reason
from evaluation.training.local.bases import register_base
from evaluation.training.local.serving import server_command
from evaluation.training.models import Ask, Stage, TrainingEvent, TrainingRun
from evaluation.training.trainer import report, unsent
from evaluation.training.trainer.job import read_job
from reviewapp.people.models import Role
from tests.evaluation.training.bundles import (
    KEPT,
    STARTED,
    STEP,
    SUCCEEDED,
    Reporter,
    bundle_of,
    waiting,
)
from tests.evaluation.training.local.gguf_file import write_gguf
from tests.factories.people import make_member, make_project
from tests.factories.trainings import work
from tests.factories.versions import make_filed_version

pytestmark = pytest.mark.django_db
ADAPTER = b"weights" * 1000


@pytest.fixture(autouse=True)
def own_storage(settings: Any, tmp_path: Path) -> None:
    chosen = {**settings.STORAGES["trainings"], "OPTIONS": {"location": tmp_path / "trainings"}}
    settings.STORAGES = {**settings.STORAGES, "trainings": chosen}


@pytest.fixture
def version() -> DatasetVersion:
    return make_filed_version(make_project("house"))


@pytest.fixture
def training(version: DatasetVersion) -> TrainingRun:
    """A training that waits for its bundle."""
    return waiting(version)


def test_a_bundle_has_the_frozen_bytes_the_job_and_the_trainer(
    training: TrainingRun, version: DatasetVersion, tmp_path: Path
) -> None:
    assert (training.stage, training.provider_state) == (Stage.VALIDATING, "waiting")
    files = bundle_of(training)
    for line in files["SHA256SUMS"].decode().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256(files[name]).hexdigest() == digest
    for split in ("train", "validation"):
        digest = hashlib.sha256(files[f"{split}.jsonl"]).hexdigest()
        assert digest == version.files.get(split=split).sha256
    assert "test.jsonl" not in files
    (tmp_path / "job.json").write_bytes(files["job.json"])
    job = read_job(tmp_path)
    assert (job.base, job.epochs, job.rank, job.seed) == ("base/Tiny-1B.gguf", 2, 8, 3)
    assert b"\ntorch==" in files["requirements.txt"]
    assert b"\nnvidia-cudnn" in files["requirements.txt"], "PyTorch for Linux cannot do without it"
    assert "evaluation/training/trainer/loop.py" in files
    token = json.loads(files["report.json"])["token"]
    stored = Bundle.objects.get()
    assert stored.token_digest == hashlib.sha256(token.encode()).hexdigest()
    assert sum(token.encode() in content for content in files.values()) == 1
    assert TrainingEvent.objects.filter(action="download_bundle").count() == 1
    assert token not in str(TrainingEvent.objects.values_list("detail", flat=True))


def test_the_reporter_needs_only_the_standard_library() -> None:
    nodes = [
        node
        for module in (report, unsent)
        for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8")))
    ]
    names = [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    names += [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names.remove(unsent.__name__)
    assert {name.partition(".")[0] for name in names} <= set(sys.stdlib_module_names)


def test_events_are_stored_once_in_any_order(training: TrainingRun) -> None:
    reporter = Reporter(training)
    late = reporter.tell((3, {"kind": "step", "step": 2, "loss": 1.0}), (2, STEP))
    assert late.json() == {"received": 0, "wanted": "run"}
    assert reporter.tell((1, STARTED), (2, STEP)).json()["received"] == 3
    training = work(training, rounds=1)
    assert (training.stage, training.provider_state, training.total_steps) == (
        Stage.RUNNING,
        "started",
        2,
    )
    assert list(training.metrics.values_list("step", "train_loss")) == [(1, 1.5), (2, 1.0)]
    assert training.events.count() == 3
    ended = training.events.last()
    assert ended is not None
    assert reporter.tell((4, {"kind": "x", "note": "y" * 9000})).json()["code"] == "event_too_large"
    assert reporter.tell((300_000, STEP)).json()["code"] == "too_many_events"


def test_each_log_is_counted_for_itself_and_a_fresh_one_begins_the_steps_again(
    training: TrainingRun,
) -> None:
    reporter, second = Reporter(training), {**STEP, "step": 2, "loss": 1.2}
    reporter.tell((1, STARTED), (2, STEP), (3, second))
    training = work(training, rounds=1)
    reporter = Reporter(training)
    fresh = (1, STARTED), (2, {**STEP, "loss": 1.4})
    for _sent_twice in range(2):
        assert reporter.tell(*fresh, log="f0").json()["received"] == 2
    assert reporter.tell().json()["received"] == 3, "the log of reports without an id"
    training = work(training, rounds=1)
    assert list(training.metrics.values_list("step", "train_loss")) == [(1, 1.4)]
    assert training.events.count() == 5
    reporter.tell((3, {**second, "loss": 1.1}), log="f0")
    reporter.tell((4, {"kind": "resumed", "step": 1, "steps": 2}), (5, second), log="f0")
    training = work(training, rounds=1)
    assert list(training.metrics.values_list("step", "train_loss")) == [(1, 1.4), (2, 1.2)]
    assert reporter.tell(log="a b").status_code == 422


def _is_served_here(model: ModelVersion, folder: Path) -> None:
    """Check that its adapter is served once a base model of its name is registered."""
    denied = serve_denied_reason(model)
    assert denied is not None
    assert denied.code == "local.unknown_base"
    base = Path(model.base_model).name
    write_gguf(folder / base)
    register_base(name="tiny", path=base)
    row = ask_to_serve(model=model, actor=None)
    words = server_command(row, 18300)
    assert str(folder / base) in words
    [fetched] = (folder / adapters.FOLDER).iterdir()
    assert str(fetched) in words
    assert fetched.read_bytes() == ADAPTER


def test_an_adapter_is_registered_only_when_all_of_it_has_arrived(
    training: TrainingRun, tmp_path: Path, settings: Any
) -> None:
    settings.TRAINING_MODELS_DIR = settings.DATA_DIR = tmp_path
    reporter = Reporter(training)
    reporter.tell((1, STARTED), (2, STEP), (3, KEPT), (4, SUCCEEDED))
    training = work(training, rounds=1)
    assert (training.stage, training.provider_state) == (Stage.RUNNING, "uploading")
    upload = reporter.announce(ADAPTER).json()
    assert (upload["offset"], upload["is_complete"]) == (0, False)
    half = len(ADAPTER) // 2
    assert reporter.send(upload["id"], 0, ADAPTER[:half]).json()["offset"] == half
    wrong = reporter.send(upload["id"], 0, ADAPTER[:half])
    assert (wrong.status_code, wrong.json()["code"]) == (409, "wrong_offset")
    assert reporter.announce(ADAPTER).json()["offset"] == half
    assert work(training, rounds=1).stage == Stage.RUNNING
    assert reporter.send(upload["id"], half, ADAPTER[half:]).json()["is_complete"]
    training = work(training)
    assert (training.stage, training.trained_tokens) == (Stage.SUCCEEDED, 100)
    checkpoint = training.checkpoints.get()
    assert checkpoint.model_version is not None
    assert (checkpoint.is_final, checkpoint.model_version.provider) == (True, UNSERVED)
    assert checkpoint.files == {"adapter.gguf": hashlib.sha256(ADAPTER).hexdigest()}
    name = storage.file_name(hashlib.sha256(ADAPTER).hexdigest())
    with storages["trainings"].open(name) as stored:
        assert stored.read() == ADAPTER
    _is_served_here(checkpoint.model_version, tmp_path)
    ended = reporter.tell()
    assert (ended.status_code, ended.json()["code"]) == (410, "training_ended")


def test_bytes_with_another_digest_are_not_kept(training: TrainingRun, settings: Any) -> None:
    reporter = Reporter(training)
    upload = reporter.announce(ADAPTER).json()
    wrong = reporter.send(upload["id"], 0, b"x" * len(ADAPTER))
    assert (wrong.status_code, wrong.json()["code"]) == (422, "digest_mismatch")
    assert reporter.announce(ADAPTER).json()["offset"] == 0
    settings.BUNDLE_MAX_MEGABYTES = 1
    large = reporter.announce(b"", name="adapters/x", size=2**20)
    assert (large.status_code, large.json()["code"]) == (413, "too_large")
    assert reporter.send(upload["id"], 0, ADAPTER + b"x").json()["code"] == "too_large"
    for name in ("../x", "/etc/x", "a/.ssh", "a//b"):
        assert reporter.announce(ADAPTER, name=name).status_code == 422
    assert reporter.send(upload["id"] + 9, 0, b"x").status_code == 404


def test_a_token_is_good_for_its_training_alone_until_the_next_download(
    training: TrainingRun, version: DatasetVersion
) -> None:
    reporter, other = Reporter(training), waiting(version)
    assert reporter.tell().status_code == 200
    path = f"/api/v1/trainings/{other.pk}/events"
    foreign = reporter.client.post(path, {"events": []}, content_type="application/json")
    assert foreign.status_code == 404
    assert reporter.client.get("/api/v1/me").status_code == 401
    assert reporter.client.get(f"/api/v1/trainings/{training.pk}").status_code == 401
    again = Reporter(training)
    assert (reporter.tell().status_code, again.tell().status_code) == (401, 200)
    Bundle.objects.filter(training=training).update(token_expires_at=timezone.now())
    assert again.tell().status_code == 401


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.ANNOTATOR])
def test_only_a_lead_downloads_a_bundle(client: Client, training: TrainingRun, role: Role) -> None:
    url = reverse("evaluation:download_bundle", args=["house", training.pk])
    client.force_login(make_member(training.project, role))
    assert client.post(url).status_code == 403
    client.force_login(make_member(training.project, Role.LEAD))
    assert client.get(url).status_code == 405
    sent = client.post(url)
    assert b"".join(sent.streaming_content).startswith(b"PK")  # type: ignore[attr-defined]
    page = client.get(reverse("evaluation:training_run", args=["house", training.pk]))
    assert url in page.content.decode()


def test_the_page_says_that_a_machine_of_your_own_costs_nothing(
    client: Client, training: TrainingRun
) -> None:
    client.force_login(make_member(training.project, Role.LEAD))
    args = [training.project.slug, training.pk]
    page = client.get(reverse("evaluation:training_run", args=args)).content.decode()
    assert "none: it runs on a machine of your own" in page


def test_pause_and_cancel_are_answered_to_the_next_report(training: TrainingRun) -> None:
    reporter = Reporter(training)
    reporter.tell((1, STARTED))
    training = work(training, rounds=1)
    ask_training(training_id=training.pk, ask=Ask.PAUSE, actor=None)
    training = work(training, rounds=1)
    assert reporter.tell().json()["wanted"] == "pause"
    reporter.tell((2, {"kind": "paused", "step": 1, "steps": 2}))
    training = work(training, rounds=1)
    assert training.stage == Stage.PAUSED
    ask_training(training_id=training.pk, ask=Ask.RESUME, actor=None)
    work(training, rounds=1)
    assert reporter.tell((3, {"kind": "resumed", "step": 1, "steps": 2})).json()["wanted"] == "run"
    ask_training(training_id=training.pk, ask=Ask.CANCEL, actor=None)
    assert work(training, rounds=1).stage == Stage.RUNNING
    assert reporter.tell().json()["wanted"] == "cancel"
    reporter.tell((4, {"kind": "cancelled", "step": 1, "steps": 2}))
    assert work(training).stage == Stage.CANCELLED


def test_a_bundle_that_does_not_report_is_said_so_and_can_be_cancelled(
    client: Client, training: TrainingRun, version: DatasetVersion
) -> None:
    client.force_login(make_member(version.project, Role.LEAD))
    url = reverse("evaluation:training_run", args=["house", training.pk])
    assert client.get(url).context["bundle_state"] == "waiting"
    reporter = Reporter(training)
    reporter.tell((1, STARTED))
    long_ago = timezone.now() - timedelta(hours=1)
    Bundle.objects.update(last_report_at=long_ago)
    training = work(training, rounds=1)
    assert (training.stage, training.provider_state) == (Stage.RUNNING, "silent")
    assert client.get(url).context["bundle_state"] == "silent"
    ask_training(training_id=training.pk, ask=Ask.CANCEL, actor=None)
    assert work(training).stage == Stage.CANCELLED
    assert reporter.tell().status_code == 410
    never = waiting(version)
    ask_training(training_id=never.pk, ask=Ask.CANCEL, actor=None)
    assert work(never).stage == Stage.CANCELLED


def test_a_failed_trainer_ends_the_training_with_its_reason(training: TrainingRun) -> None:
    Reporter(training).tell((1, {"kind": "failed", "code": "out_of_memory", "text": "Too large."}))
    training = work(training)
    assert (training.stage, training.error_code) == (Stage.FAILED, "out_of_memory")
