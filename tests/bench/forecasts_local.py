"""What the bench of forecasts does with the real trainer on a tiny model: JSON out."""

from __future__ import annotations

import json
import sys
import threading
import time
from typing import Any

from django.conf import settings

from datasets.versions.models import DatasetVersion
from evaluation.training.actions.starting import prepare_training
from evaluation.training.forecast import Forecast
from evaluation.training.local import supervisor
from evaluation.training.local.bases import register_base
from tests.evaluation.training.local.local_training import (
    NAME,
    job_of,
    make_local_plan,
    make_local_training,
)
from tests.evaluation.training.tiny_model import write_tiny_model
from tests.factories.people import make_project
from tests.factories.trainings import work
from tests.factories.versions import make_filed_version

EPOCHS = (1, 1, 3, 2)
COUNTING_SECONDS = 300


def main() -> None:
    """Run a few trainings of few steps, and print how they were forecast and ended."""
    settings.TRAINING_MODELS_DIR = settings.DATA_DIR / "models"
    write_tiny_model(settings.TRAINING_MODELS_DIR / NAME)
    register_base(name=NAME, path=NAME)
    version = make_filed_version(make_project("bench-forecasts"))
    # The first one compiles PyTorch into the folder of the bench, which takes minutes.
    _train(version, 1)
    rows = [_train(version, epochs) for epochs in EPOCHS]
    sys.stdout.write(json.dumps({"rows": rows}) + "\n")


def _train(version: DatasetVersion, epochs: int) -> dict[str, Any]:
    values = {"epochs": epochs, "batch_size": 4, "rank": 4}
    forecast = _counted(version, values)
    training = make_local_training(version, hyperparameters=values)
    supervisor.supervise(job_of(training).pk, threading.Event())
    training = work(training)
    assert training.ended_at and training.started_at
    examples = version.files.get(split="train").examples
    return {
        "what": f"an own machine: {examples:,} examples",
        "base_model": "a tiny model, really trained",
        "epochs": forecast.epochs,
        "is_assumed": forecast.is_epochs_assumed,
        "expected_tokens": training.expected_tokens,
        "tokens": training.trained_tokens,
        "expected_usd": float(training.expected_usd or 0),
        "billed": float(training.cost_usd or 0),
        "expected_seconds": training.expected_seconds,
        "factor": forecast.time_factor,
        "seconds": (training.ended_at - training.started_at).total_seconds(),
    }


def _counted(version: DatasetVersion, values: dict[str, Any]) -> Forecast:
    """Forecast as the page does, which asks again while the tokens are counted."""
    plan = make_local_plan(version, hyperparameters=values)
    until = time.monotonic() + COUNTING_SECONDS
    while not (forecast := prepare_training(version.project, plan).forecast).is_exact:
        assert time.monotonic() < until, "the tokens were not counted"
        time.sleep(1)
    return forecast
