"""Trainings for tests, carried out by a worker's steps against the scripted service."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from datasets.versions.models import DatasetVersion
from evaluation.training.actions.starting import start_training
from evaluation.training.models import TrainingRun
from evaluation.training.tasks import TRAININGS
from evaluation.training.terms import TrainingPlan
from reviewapp.jobs.models import JobState
from reviewapp.people.models import User

KEY_NAME = "SHOP_API_KEY"
BASE = "gpt-4.1-mini-2025-04-14"


def make_plan(version: DatasetVersion, url: str, **fields: Any) -> TrainingPlan:
    """A plan for the scripted service, three epochs."""
    plan: dict[str, Any] = {
        "version_id": version.pk,
        "base_url": url,
        "api_key_name": "",
        "base_model": BASE,
        "hyperparameters": {"n_epochs": 3},
        **fields,
    }
    return TrainingPlan(**plan)


def make_training(
    version: DatasetVersion, url: str, *, actor: User | None = None, **fields: Any
) -> TrainingRun:
    """A training that has been started and that no worker has touched."""
    plan = make_plan(version, url, **fields)
    return start_training(project=version.project, plan=plan, actor=actor)


def work(training: TrainingRun, *, rounds: int = 30) -> TrainingRun:
    """Let a worker carry out every step as if each wait was over; at most so many rounds."""
    for _ in range(rounds):
        pass_time(training)
        TRAININGS.run(training.pk)
        training.refresh_from_db()
        if training.state in {JobState.DONE, JobState.FAILED}:
            break
    return training


def pass_time(training: TrainingRun) -> None:
    """Make a waiting training due, and an unanswered request one of long ago."""
    row = TrainingRun.objects.filter(pk=training.pk)
    row.filter(state=JobState.WAITING).update(run_after=None)
    row.filter(create_tried_at__isnull=False).update(
        create_tried_at=timezone.now() - timedelta(hours=1)
    )


def lose_worker(training: TrainingRun) -> None:
    """Make the worker that holds a training one that has been silent for too long."""
    row = TrainingRun.objects.filter(pk=training.pk, state=JobState.RUNNING)
    row.update(heartbeat_at=timezone.now() - timedelta(hours=1))


def seconds_left(training: TrainingRun) -> float:
    """Seconds until the next step of a waiting training."""
    assert training.run_after is not None
    return (training.run_after - timezone.now()).total_seconds()
