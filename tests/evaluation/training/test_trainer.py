"""The trainer as a process, on a tiny model: killed, paused, continued. Needs PyTorch."""

from __future__ import annotations

import json
import math
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evaluation.training.trainer.events import read_events
from evaluation.training.trainer.folder import EVENTS_FILE
from evaluation.training.trainer.job import TrainingJob
from tests.evaluation.training.tiny_model import (
    write_conversations,
    write_pairs,
    write_tiny_model,
)

pytest.importorskip("torch", reason="needs PyTorch: make setup-training")
pytest.importorskip("peft", reason="needs peft: make setup-training")

ROOT = Path(__file__).resolve().parents[3]
# Only ends a hang: the trainer steps back behind other work, which may take most of the time.
SECONDS = 900


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model") / "tiny"
    write_tiny_model(folder)
    return folder


def make_job(folder: Path, base: Path, **values: Any) -> Path:
    folder.mkdir()
    write_conversations(folder / "train.jsonl", 10)
    write_conversations(folder / "validation.jsonl", 4, first=100)
    settings = {"epochs": 2, "learning_rate": 1e-2, "checkpoint_seconds": 0} | values
    job = TrainingJob(base=str(base), validation="validation.jsonl", **settings)
    (folder / "job.json").write_text(job.to_json())
    return folder


def start(folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "evaluation.training.trainer", str(folder)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def train(folder: Path, *, seconds: int = SECONDS) -> int:
    with start(folder) as trainer:
        return trainer.wait(seconds)


def events(folder: Path, kind: str) -> list[dict[str, Any]]:
    return [event for event in read_events(folder / EVENTS_FILE).events if event["kind"] == kind]


def stop_at(
    folder: Path,
    step: int,
    act: Callable[[subprocess.Popen[str]], object],
    *,
    seconds: int = SECONDS,
) -> int:
    """Start the trainer; do something as soon as it has done this step; return its exit status."""
    with start(folder) as trainer:
        while not any(event["step"] >= step for event in events(folder, "step")):
            assert trainer.poll() is None
            time.sleep(0.01)
        act(trainer)
        return trainer.wait(seconds)


def test_two_processes_measure_the_same_losses_as_one(tmp_path: Path, base: Path) -> None:
    values = {"epochs": 1, "dropout": 0.0, "device": "cpu"}
    alone = make_job(tmp_path / "alone", base, **values)
    together = make_job(tmp_path / "together", base, **values)
    assert train(alone) == 0
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    command += ["--module", "evaluation.training.trainer", str(together), "--several"]
    assert subprocess.run(command, cwd=ROOT, check=False, timeout=SECONDS).returncode == 0
    losses = [
        [round(event["loss"], 2) for event in events(folder, "step")]
        for folder in (alone, together)
    ]
    assert losses[0] == losses[1]
    measured = [round(event["loss"], 2) for event in events(together, "evaluation")]
    assert measured == [round(event["loss"], 2) for event in events(alone, "evaluation")]
    assert len(events(together, "started")) == 1
    assert weights(together, 1).keys() == weights(alone, 1).keys()


def weights(folder: Path, epoch: int) -> dict[str, Any]:
    from safetensors.torch import load_file  # noqa: PLC0415 - it comes with PyTorch.

    return dict(load_file(folder / f"adapters/epoch-{epoch}/adapter_model.safetensors"))


def test_a_killed_and_paused_training_ends_with_the_same_weights(
    tmp_path: Path, base: Path
) -> None:
    undisturbed = make_job(tmp_path / "undisturbed", base)
    disturbed = make_job(tmp_path / "disturbed", base)

    assert train(undisturbed) == 0
    assert (
        stop_at(disturbed, 2, lambda process: process.send_signal(signal.SIGKILL))
        == -signal.SIGKILL
    )
    assert stop_at(disturbed, 4, lambda _one: (disturbed / "pause").touch()) == 0
    (disturbed / "pause").unlink()
    assert train(disturbed) == 0

    for epoch in (1, 2):
        expected, found = weights(undisturbed, epoch), weights(disturbed, epoch)
        assert expected.keys() == found.keys()
        assert all(bool((found[name] == expected[name]).all()) for name in expected)
    assert len(events(disturbed, "paused")) == 1
    losses = [event["loss"] for event in events(undisturbed, "evaluation")]
    assert losses[-1] < losses[0]


def test_a_cancelled_training_stops_and_keeps_what_it_has(tmp_path: Path, base: Path) -> None:
    folder = make_job(tmp_path / "job", base, epochs=50)

    assert stop_at(folder, 3, lambda _one: (folder / "cancel").touch()) == 0

    assert events(folder, "cancelled")
    assert not events(folder, "succeeded")
    assert weights(folder, 1)


def test_one_folder_has_one_trainer(tmp_path: Path, base: Path) -> None:
    folder = make_job(tmp_path / "job", base, epochs=50)

    def start_another(first: subprocess.Popen[str]) -> None:
        assert train(folder) == 3
        first.kill()

    stop_at(folder, 1, start_another)
    assert len(events(folder, "started")) == 1


def test_a_checkpoint_of_other_data_is_refused(tmp_path: Path, base: Path) -> None:
    folder = make_job(tmp_path / "job", base, epochs=1)
    assert train(folder) == 0
    write_conversations(folder / "train.jsonl", 9)

    assert train(folder) == 1
    assert events(folder, "failed")[-1]["code"] == "checkpoint_of_other_job"


def test_the_adapter_names_its_base_without_the_place_of_it(tmp_path: Path, base: Path) -> None:
    folder = make_job(tmp_path / "job", base, epochs=1)
    assert train(folder) == 0

    kept = folder / "adapters/epoch-1"
    assert json.loads((kept / "adapter_config.json").read_text())["base_model_name_or_path"] == (
        base.name
    )
    assert str(base.parent) not in (kept / "adapter_config.json").read_text()


def test_pairs_move_the_model_towards_the_preferred_answers(tmp_path: Path, base: Path) -> None:
    folder = make_job(tmp_path / "pairs", base, method="dpo", epochs=2, dropout=0.0)
    write_pairs(folder / "train.jsonl", 8)
    write_pairs(folder / "validation.jsonl", 4, first=100)
    # At its third step the checkpoint of the second one is whole.
    stop_at(folder, 3, lambda process: process.send_signal(signal.SIGKILL))
    assert train(folder) == 0
    before, *_, after = events(folder, "evaluation")
    # Without an adapter neither answer is ahead: the loss is that of a coin, log 2.
    assert before["loss"] == pytest.approx(math.log(2), abs=1e-4)
    assert after["loss"] < 0.9 * before["loss"]
    assert after["accuracy"] == 1
    assert events(folder, "resumed")
    started = events(folder, "started")[0]
    assert started["learnt_tokens_an_epoch"] < started["tokens_an_epoch"]
    assert (folder / "adapters/epoch-2/adapter_model.safetensors").exists()


def test_a_file_of_conversations_is_no_file_of_pairs(tmp_path: Path, base: Path) -> None:
    folder = make_job(tmp_path / "pairs", base, method="dpo")
    assert train(folder) == 1
    assert events(folder, "failed")[-1]["code"] == "data_unreadable"
