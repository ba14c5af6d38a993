"""SIGKILL at random moments of trainings: a child carries out the steps, its parent kills it."""

from __future__ import annotations

import os
import random
import signal
import time
import warnings
from contextlib import suppress
from typing import Any

from django.db import connection

from datasets.versions.models import DatasetVersion
from evaluation.training.models import TrainingRun
from evaluation.training.tasks import TRAININGS
from reviewapp.jobs.actions import release_lost_jobs
from reviewapp.jobs.models import JobState
from tests.factories.trainings import lose_worker, make_training, pass_time, work

# The service ends what a killed client had sent within this time; a real one gets minutes
# (TRAINING_SETTLE_SECONDS).
SETTLE_SECONDS = 0.1
_kept: list[Any] = []


def survive_kills(
    version: DatasetVersion, url: str, *, kills: int, longest: float, seed: int, **fields: Any
) -> TrainingRun:
    """Start a training, kill its worker so often at random moments, then let another one finish.

    Args:
        longest: seconds that a worker lives at most.
        fields: of the plan, such as the kind of its provider.
    """
    chance = random.Random(seed)  # noqa: S311 - moments, no secrets.
    training = make_training(version, url, **fields)
    for _ in range(kills):
        child = _start_child(training)
        time.sleep(chance.uniform(0, longest))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        time.sleep(SETTLE_SECONDS)
        lose_worker(training)
        release_lost_jobs(TrainingRun)
    return work(training, rounds=100)


def _start_child(training: TrainingRun) -> int:
    """Fork a worker of this training, with a database connection of its own; return its id."""
    with warnings.catch_warnings():
        # Threads of the parent hold no lock that the child needs.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        with suppress(BaseException):
            # The socket of the parent stays open; only the parent closes it.
            _kept.append(connection.connection)
            connection.connection = None
            while training.state not in {JobState.DONE, JobState.FAILED}:
                pass_time(training)
                TRAININGS.run(training.pk)
                training.refresh_from_db()
        os._exit(0)
    return child
