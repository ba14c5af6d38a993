"""SIGKILL at random moments of jobs: a child carries out the steps, its parent kills it."""

from __future__ import annotations

import json
import os
import random
import signal
import time
import warnings
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from datasets.versions.models import DatasetVersion
from evaluation.batches.models import AnswerBatch
from evaluation.batches.tasks import BATCHES
from evaluation.runs.models import EvaluationRun
from evaluation.training.models import TrainingRun
from evaluation.training.tasks import TRAININGS
from reviewapp.jobs.actions import release_lost_jobs
from reviewapp.jobs.models import JobState
from tests.factories.batches import due_batches, start_batches, work_batches
from tests.factories.trainings import lose_worker, make_training, pass_time, work
from tests.fake_batches import FakeBatches
from tests.workers import eventually

# The service ends what a killed client had sent within this time; a real one gets minutes
# (TRAINING_SETTLE_SECONDS).
SETTLE_SECONDS = 0.1
# Of each batch, by place: what the service lets expire, so that further batches follow.
EXPIRED = (1, 3, 5)
_kept: list[Any] = []


def survive_kills(
    version: DatasetVersion, url: str, *, kills: int, longest: float, seed: int, **fields: Any
) -> TrainingRun:
    """Start a training, kill its worker so often at random moments, then let another one finish.

    Args:
        longest: seconds that a worker lives at most.
        fields: of the plan, such as the kind of its provider.
    """
    training = make_training(version, url, **fields)

    def steps() -> None:
        while training.state not in {JobState.DONE, JobState.FAILED}:
            pass_time(training)
            TRAININGS.run(training.pk)
            training.refresh_from_db()

    def lose() -> None:
        lose_worker(training)
        release_lost_jobs(TrainingRun)

    _kill(steps, lose, kills=kills, longest=longest, seed=seed)
    return work(training, rounds=100)


def survive_batch_kills(
    service: FakeBatches, *, kills: int, longest: float, seed: int
) -> dict[str, int]:
    """Start a run in batches, kill its worker at random moments, then let another one finish.

    Returns:
        What is wrong, by name; all of it is 0 if nothing is.
    """
    before = set(service.batches)
    service.expired = set(EXPIRED)
    run = start_batches(service.url, fallback=("direct", "batch")[seed % 2])

    def steps() -> None:
        while open_ones := due_batches(run):
            for batch_id in open_ones:
                BATCHES.run(batch_id)

    def lose() -> None:
        rows = AnswerBatch.objects.filter(run=run, state=JobState.RUNNING)
        rows.update(heartbeat_at=timezone.now() - timedelta(hours=1))
        release_lost_jobs(AnswerBatch)

    _kill(steps, lose, kills=kills, longest=longest, seed=seed)
    work_batches(run, rounds=100)
    made = [batch for key, batch in service.batches.items() if key not in before]
    return _found(run, service, made)


def _found(run: EvaluationRun, service: FakeBatches, made: list[dict[str, Any]]) -> dict[str, int]:
    rows = AnswerBatch.objects.filter(run=run)
    answers = run.answers.filter(model_version=run.candidate).select_related("comparison")
    asked: Counter[str] = Counter()
    for batch in made:
        lines = service.contents[batch["input_file_id"]].splitlines()
        # What expired is asked for again; everything else once.
        asked.update(
            json.loads(line)["custom_id"]
            for place, line in enumerate(lines)
            if place not in service.expired
        )
    wrong = [
        answer
        for answer in answers.filter(state=JobState.DONE)
        if answer.text != f"Answer to {answer.comparison.prompt[-1]['content']}"
    ]
    # Waiting for nobody are those that are asked for directly from now on.
    lost = answers.exclude(state=JobState.DONE).exclude(state=JobState.WAITING, batch=None)
    return {
        "double_batches": len(made) - rows.count(),
        "orphan_files": len(service.files),
        "stuck_rows": rows.exclude(state=JobState.DONE).count(),
        "lost_answers": lost.count() + run.comparisons.count() - answers.count(),
        "wrong_answers": len(wrong),
        "asked_twice": sum(count > 1 for count in asked.values()),
    }


def _kill(
    steps: Callable[[], None], lose: Callable[[], None], *, kills: int, longest: float, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - moments, no secrets.
    for _ in range(kills):
        child = _start_child(steps)
        time.sleep(chance.uniform(0, longest))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        time.sleep(SETTLE_SECONDS)
        lose()


def kill_when(steps: Callable[[], None], is_reached: Callable[[], bool]) -> None:
    """Run steps in a child and kill it as soon as a point is reached."""
    child = _start_child(steps)
    eventually(is_reached, "the child is where it is killed")
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def _start_child(steps: Callable[[], None]) -> int:
    """Fork a worker, with a database connection of its own; return its id."""
    with warnings.catch_warnings():
        # Threads of the parent hold no lock that the child needs.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        with suppress(BaseException):
            # The socket of the parent stays open; only the parent closes it.
            _kept.append(connection.connection)
            connection.connection = None
            steps()
        os._exit(0)
    return child
