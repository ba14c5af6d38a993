"""What the bench of killed local trainings does in Django: `ROUNDS KILLS`, JSON out.

The real trainer tunes a tiny model. Each kill hits the supervising worker, whose trainer the kernel
then ends, or the trainer alone, at a random moment of the time that an undisturbed training takes.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import threading
import time
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import storages
from django.db import connection

from datasets.versions.models import DatasetVersion
from datasets.versions.storage import ALIAS
from evaluation.registry.models import ModelVersion
from evaluation.training.local import files, supervisor, work_folder
from evaluation.training.local.bases import register_base
from evaluation.training.local.models import LocalJob
from evaluation.training.models import Stage, TrainingRun
from reviewapp.jobs.actions import release_lost_jobs
from reviewapp.jobs.models import JobState
from tests.evaluation.training.local.local_training import NAME, job_of, make_local_training
from tests.evaluation.training.tiny_model import write_tiny_model
from tests.factories.people import make_project
from tests.factories.trainings import work
from tests.factories.versions import make_filed_version

EPOCHS = 3
VALUES = {"epochs": EPOCHS, "batch_size": 2, "learning_rate": 0.01, "rank": 4}
WEIGHTS = "adapter_model.safetensors"
ATTEMPTS = 20
UNDISTURBED = 2
_kept: list[Any] = []


def main() -> None:
    """Run an undisturbed training, then the rounds; print what became of them."""
    rounds, kills = map(int, sys.argv[1:])
    settings.TRAINING_MODELS_DIR = settings.DATA_DIR / "models"
    write_tiny_model(settings.TRAINING_MODELS_DIR / NAME)
    register_base(name=NAME, path=NAME)
    version = make_filed_version(make_project("bench-trainings"))
    # The first one compiles PyTorch into the folder of the bench, which takes minutes.
    _train(version)
    began = time.monotonic()
    expected = _weights(_train(version))
    longest = time.monotonic() - began
    found: dict[str, float] = {"seconds_undisturbed": round(longest, 1)}
    ends = []
    for seed in range(1, rounds + 1):
        ends.append(_train(version, seed=seed, kills=kills, longest=longest))
        sys.stderr.write(f"round {seed}: {ends[-1].stage}\n")
    done = [
        training
        for training in ends
        if (training.state, training.stage) == (JobState.DONE, Stage.SUCCEEDED)
    ]
    jobs = [job_of(training) for training in ends]
    models = ModelVersion.objects.filter(checkpoint__training__in=ends).count()
    found |= {
        "resumed_rounds": len(done),
        "stuck": rounds - len(done),
        "from_checkpoint": sum(_kinds(job).count("resumed") for job in jobs),
        "from_start": sum(_kinds(job).count("started") - 1 for job in jobs),
        "double_jobs": LocalJob.objects.count() - rounds - UNDISTURBED,
        "double_models": models - EPOCHS * rounds,
        "orphan_files": len(_orphan_files()) + len(_folders()),
        "trainers_left": _trainers_left(),
        "other_weights": sum(_weights(training) != expected for training in ends),
    }
    sys.stdout.write(json.dumps(found) + "\n")


def _train(
    version: DatasetVersion, *, seed: int = 0, kills: int = 0, longest: float = 0
) -> TrainingRun:
    chance = random.Random(seed)  # noqa: S311 - moments, no secrets.
    training = make_local_training(version, hyperparameters=VALUES, seed=5)
    for _ in range(kills):
        worker = _start_worker(training)
        time.sleep(chance.uniform(0, longest))
        # Before there is a trainer, the worker is killed.
        trainers = _children(worker) if chance.random() < 0.5 else []
        for process in trainers or [worker]:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        os.waitpid(worker, 0)
        _make_due(training)
    for _ in range(ATTEMPTS):
        if job_of(training).state in {JobState.DONE, JobState.FAILED}:
            break
        supervisor.supervise(job_of(training).pk, threading.Event())
        _make_due(training)
    return work(training, rounds=100)


def _start_worker(training: TrainingRun) -> int:
    """Fork a worker that supervises the job once, with a database connection of its own."""
    with warnings.catch_warnings():
        # Threads of the parent hold no lock that the child needs.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        with suppress(BaseException):
            # The socket of the parent stays open; only the parent closes it.
            _kept.append(connection.connection)
            connection.connection = None
            supervisor.supervise(job_of(training).pk, threading.Event())
        os._exit(0)
    return child


def _make_due(training: TrainingRun) -> None:
    """End the waits: a lost worker has been silent for long, a crashed trainer starts again."""
    job = LocalJob.objects.filter(key=training.key)
    job.filter(state=JobState.RUNNING).update(heartbeat_at="2000-01-01T00:00Z")
    release_lost_jobs(LocalJob)
    job.filter(state=JobState.WAITING).update(run_after=None)


def _children(parent: int) -> list[int]:
    """Return the processes that a process started; the worker starts the trainer only."""
    listed = Path(f"/proc/{parent}/task/{parent}/children")
    with suppress(OSError):
        return [int(pid) for pid in listed.read_text().split()]
    return []


def _kinds(job: LocalJob) -> list[str]:
    return [str(event.content["kind"]) for event in job.events.all()]


def _weights(training: TrainingRun) -> list[str]:
    return [adapter.files[WEIGHTS] for adapter in job_of(training).adapters.all()]


def _orphan_files() -> set[str]:
    """Return the stored files of trainings that no adapter and no waiting job refers to."""
    stored = storages[ALIAS]
    with suppress(FileNotFoundError):
        folders = stored.listdir(files.FOLDER)[0]
        names = {
            name for folder in folders for name in stored.listdir(f"{files.FOLDER}/{folder}")[1]
        }
        jobs = LocalJob.objects.prefetch_related("adapters")
        used = {
            sha for job in jobs for adapter in job.adapters.all() for sha in adapter.files.values()
        }
        return names - used
    return set()


def _folders() -> list[Path]:
    return list((settings.DATA_DIR / work_folder.FOLDER).iterdir())


def _trainers_left() -> int:
    """Return how many trainers of this bench are alive."""
    place = str(settings.DATA_DIR).encode()
    left = 0
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            words = command.read_bytes()
            left += b"evaluation.training.trainer" in words and place in words
    return left
