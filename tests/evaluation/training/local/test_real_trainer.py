"""The provider `local` with its real trainer, on a tiny model. Needs PyTorch."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from datasets.versions.files import write_file
from evaluation.providers import kinds
from evaluation.registry.models import ModelVersion
from evaluation.training.local import files, supervisor, tokenizers
from evaluation.training.local.bases import register_base
from evaluation.training.local.counting import Counted, count_now
from evaluation.training.local.models import LocalStatus
from evaluation.training.local.work_folder import folder_of
from evaluation.training.models import Stage
from evaluation.training.trainer.samples import read_samples
from evaluation.training.trainer.save_tokenizer import load_tokenizer
from reviewapp import env
from reviewapp.jobs.models import JobState
from tests.evaluation.training.local.local_training import NAME, job_of, make_local_training
from tests.evaluation.training.tiny_model import write_tiny_model
from tests.factories.people import make_project
from tests.factories.trainings import work
from tests.factories.versions import make_filed_version

pytest.importorskip("torch", reason="needs PyTorch: make setup-training")
pytest.importorskip("peft", reason="needs peft: make setup-training")

pytestmark = pytest.mark.django_db


def test_two_optimiser_steps_of_the_real_trainer_become_a_model(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TRAINING_MODELS_DIR = settings.DATA_DIR = tmp_path
    monkeypatch.setattr(supervisor, "POLL_SECONDS", 0.05)
    write_tiny_model(tmp_path / NAME)
    register_base(name=NAME, path=NAME)
    version = make_filed_version(make_project())
    examples = version.files.get(split="train").examples
    # The learning rate moves weights of a tiny model within two steps.
    values = {"epochs": 1, "batch_size": -(-examples // 2), "learning_rate": 0.05, "rank": 4}
    training = make_local_training(version, hyperparameters=values)

    supervisor.supervise(job_of(training).pk, threading.Event())

    job, training = job_of(training), work(training)
    log = folder_of(job) / supervisor.LOG_FILE
    assert job.status == LocalStatus.SUCCEEDED, log.read_text() if log.exists() else job.error
    assert (training.stage, training.state) == (Stage.SUCCEEDED, JobState.DONE)
    steps = training.metrics.exclude(train_loss=None).order_by("step")
    assert [step.step for step in steps] == [1, 2]
    measured = training.metrics.exclude(full_valid_loss=None).order_by("step")
    before, after = (step.full_valid_loss or 0.0 for step in measured)
    assert 0 < after < before
    started = next(
        event.content for event in job.events.all() if event.content["kind"] == "started"
    )
    assert training.trained_tokens == started["tokens_an_epoch"]
    model = ModelVersion.objects.get(checkpoint__training=training)
    assert (model.provider, model.dataset_version, model.base_model) == (
        *(kinds.UNSERVED, version, NAME),
    )
    stored = job.adapters.get().files
    assert files.fetch(stored["adapter_config.json"], tmp_path / "config")
    assert json.loads((tmp_path / "config").read_text())["r"] == values["rank"]
    assert files.fetch(stored["adapter_model.safetensors"], tmp_path / "weights")
    assert any(_weights(tmp_path / "weights"))


def test_tokens_are_counted_as_the_trainer_reads_them_without_pytorch(
    tmp_path: Path, settings: Any
) -> None:
    settings.TRAINING_MODELS_DIR = settings.DATA_DIR = tmp_path
    write_tiny_model(tmp_path / NAME)
    base = register_base(name=NAME, path=NAME)
    version = make_filed_version(make_project())
    file = version.files.get(split="train")
    with (tmp_path / "train.jsonl").open("w+b") as copy:
        write_file(copy, file)
    samples = read_samples(tmp_path / "train.jsonl", load_tokenizer(tmp_path / NAME), 512)
    expected = Counted(
        sum(len(sample.ids) for sample in samples), sum(sample.learnt for sample in samples)
    )
    assert count_now(base, [file.sha256]) == {file.sha256: expected}
    words = ["evaluation.training.trainer.count", str(tmp_path / tokenizers.FOLDER / base.sha256)]
    command = [
        sys.executable,
        "-X",
        "importtime",
        "-m",
        *words,
        "512",
        str(tmp_path / "train.jsonl"),
    ]
    log = subprocess.run(command, cwd=env.ROOT, check=True, capture_output=True, text=True).stderr
    loaded = {line.rpartition("|")[2].strip() for line in log.splitlines()}
    assert "tokenizers" in loaded
    assert "torch" not in loaded


def _weights(path: Path) -> list[bool]:
    """Whether each second matrix of the adapter, which begins as zeros, has learnt something."""
    from safetensors.torch import load_file  # noqa: PLC0415 - it comes with PyTorch.

    return [bool(value.any()) for name, value in load_file(path).items() if "lora_B" in name]
