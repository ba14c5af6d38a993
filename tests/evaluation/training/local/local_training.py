"""Local trainings for tests: a registered base without weights, and the scripted trainer."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from datasets.versions.models import DatasetVersion
from evaluation.training.actions.starting import start_training
from evaluation.training.local import supervisor
from evaluation.training.local.bases import register_base
from evaluation.training.local.models import BaseModel, LocalJob
from evaluation.training.models import TrainingRun
from evaluation.training.terms import TrainingPlan
from reviewapp.jobs.models import JobState
from reviewapp.people.models import User
from tests.evaluation.training.local import scripted_trainer
from tests.evaluation.training.local.gguf_file import write_gguf
from tests.factories.trainings import work

NAME = "tiny"


def make_base(folder: Path, **fields: Any) -> BaseModel:
    """A base model below the allowed folder."""
    write_gguf(folder / "tiny.gguf")
    return register_base(name=NAME, path="tiny.gguf", **fields)


def make_local_plan(version: DatasetVersion, **fields: Any) -> TrainingPlan:
    """A plan of two epochs."""
    plan: dict[str, Any] = {
        "version_id": version.pk,
        "base_url": "",
        "api_key_name": "",
        "base_model": NAME,
        "provider": "local",
        "hyperparameters": {"epochs": 2},
        **fields,
    }
    return TrainingPlan(**plan)


def make_local_training(
    version: DatasetVersion, *, actor: User | None = None, **fields: Any
) -> TrainingRun:
    """A training with a job that waits for a worker."""
    plan = make_local_plan(version, **fields)
    training = start_training(project=version.project, plan=plan, actor=actor)
    return work(training, rounds=1)


def job_of(training: TrainingRun) -> LocalJob:
    """The job of a training, as it is now."""
    return LocalJob.objects.get(key=training.key)


def start_scripted(folder: Path) -> "subprocess.Popen[bytes]":
    """Start the scripted trainer, which trains to the end."""
    (folder / "script.json").unlink(missing_ok=True)
    return _start(folder)


def start_until(step: int, act: Callable[[], object]) -> Callable[[Path], Any]:
    """Start the scripted trainer, which waits before a step; then do something."""

    def start(folder: Path) -> Any:
        trainer = start_with(wait_at=step)(folder)
        events = folder / "events.jsonl"
        while not events.exists() or events.read_text().count('"step",') < step - 1:
            assert trainer.poll() is None
            time.sleep(0.005)
        act()
        return trainer

    return start


def _start(folder: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, scripted_trainer.__file__, str(folder)])


def start_with(**script: object) -> Callable[[Path], "subprocess.Popen[bytes]"]:
    """Start the scripted trainer with a script in its folder."""

    def start(folder: Path) -> "subprocess.Popen[bytes]":
        (folder / "script.json").write_text(json.dumps(script))
        return _start(folder)

    return start


def supervise(
    training: TrainingRun,
    start: Callable[[Path], "subprocess.Popen[bytes]"] = start_scripted,
    *,
    stopping: threading.Event | None = None,
) -> LocalJob:
    """Let a worker supervise the job as if each wait was over."""
    job = job_of(training)
    waiting = LocalJob.objects.filter(pk=job.pk, state=JobState.WAITING)
    waiting.exclude(status="paused").update(run_after=None)
    supervisor.supervise(job.pk, stopping or threading.Event(), start=start)
    return job_of(training)
