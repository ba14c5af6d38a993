"""Local trainings from start to end, by a scripted trainer: stored, paused, killed, resumed."""

import signal
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from datasets.versions.models import DatasetVersion
from evaluation.providers import kinds
from evaluation.registry.models import ModelVersion
from evaluation.training.actions.asking import ask_training
from evaluation.training.actions.starting import prepare_training
from evaluation.training.local import counting, files, jobs_state, provider, supervisor, work_folder
from evaluation.training.local.bases import withdraw_base
from evaluation.training.local.models import BaseModel, LocalJob, LocalStatus, TrainingWorker
from evaluation.training.local.work_folder import folder_of
from evaluation.training.local.workers import due_jobs, readiness, sign_in, sign_out
from evaluation.training.models import Ask, Stage, TrainingRun
from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import message
from reviewapp.jobs.models import JobState
from tests.evaluation.training.local.local_training import (
    job_of,
    make_base,
    make_local_plan,
    make_local_training,
    start_scripted,
    start_until,
    start_with,
    supervise,
)
from tests.factories.people import make_project
from tests.factories.trainings import work
from tests.factories.versions import make_filed_version

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("base")]


@pytest.fixture
def models_folder(tmp_path: Path, settings: Any) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    settings.TRAINING_MODELS_DIR = str(folder)
    settings.DATA_DIR = tmp_path
    return folder


@pytest.fixture
def base(models_folder: Path, monkeypatch: pytest.MonkeyPatch) -> BaseModel:
    monkeypatch.setattr(supervisor, "POLL_SECONDS", 0.01)
    return make_base(models_folder, tokens_per_second=100.0)


@pytest.fixture
def version() -> DatasetVersion:
    return make_filed_version(make_project())


def follow(training: TrainingRun) -> TrainingRun:
    return work(training, rounds=1)


def ask(training: TrainingRun, what: Ask) -> None:
    ask_training(training_id=training.pk, ask=what, actor=None)
    follow(training)


def test_a_local_training_reports_losses_and_registers_each_epoch(
    version: DatasetVersion, tmp_path: Path
) -> None:
    training = make_local_training(version, seed=3)
    assert (training.stage, training.endpoint) == (Stage.VALIDATING, None)
    job = supervise(training)
    assert (job.state, job.status) == (JobState.DONE, LocalStatus.SUCCEEDED)
    training = work(training)
    assert (training.state, training.stage) == (JobState.DONE, Stage.SUCCEEDED)
    assert (training.trained_tokens, training.cost_usd) == (200, Decimal(0))
    assert training.total_steps == 4
    losses = list(training.metrics.values_list("step", "train_loss", "full_valid_loss"))
    assert losses == [(0, None, 3.0), (1, 3.0, None), (2, 1.5, 1.0), (3, 1.0, None), (4, 0.75, 0.5)]
    final, earlier = ModelVersion.objects.filter(checkpoint__training=training).order_by("pk")
    assert (final.provider, final.endpoint) == (kinds.UNSERVED, None)
    assert (final.dataset_version, final.base_model) == (version, "tiny")
    values = {"epochs": 2, "learning_rate": 0.0005, "batch_size": 4, "rank": 16}
    assert final.hyperparameters == {**values, "seed": 3}
    assert (final.checkpoint.full_valid_loss, earlier.checkpoint.full_valid_loss) == (0.5, 1.0)
    adapter = job.adapters.get(epoch=2)
    assert final.checkpoint.files == adapter.files
    assert files.fetch(adapter.files["adapter.gguf"], tmp_path / "fetched")
    assert (tmp_path / "fetched").read_text().endswith("after epoch 2")
    assert not folder_of(job).exists(), "what is stored is not kept twice"


def test_the_trainer_gets_the_frozen_bytes_and_the_values(version: DatasetVersion) -> None:
    training = make_local_training(version, hyperparameters={"epochs": 1.0, "rank": 8.0})
    seen: dict[str, Any] = {}

    def start(folder: Path) -> Any:
        seen["job"] = (folder / "job.json").read_text()
        seen["train"] = (folder / "train.jsonl").read_bytes()
        return start_scripted(folder)

    supervise(training, start)
    assert seen["train"].count(b"\n") == version.files.get(split="train").examples
    assert '"rank": 8,' in seen["job"], "as the API sends it, it is 8.0"
    assert '"epochs": 1,' in seen["job"]
    assert '"alpha": 16' in seen["job"]
    assert '"max_tokens": 2048' in seen["job"]


def test_an_empty_field_means_the_default_that_the_forecast_used(version: DatasetVersion) -> None:
    plan = make_local_plan(version, hyperparameters={"rank": 8})
    forecast = prepare_training(project=version.project, plan=plan).forecast
    assert (forecast.epochs, forecast.is_epochs_assumed) == (2, False)
    job = job_of(make_local_training(version, hyperparameters={"rank": 8}))
    assert job.values == {"epochs": 2, "learning_rate": 0.0005, "batch_size": 4, "rank": 8}


def test_a_paused_training_goes_on_where_it_was(version: DatasetVersion) -> None:
    training = make_local_training(version)
    watched = pause_at_step(training, 3)
    assert (watched.status, watched.state) == (LocalStatus.PAUSED, JobState.WAITING)
    assert follow(training).stage == Stage.PAUSED
    supervise(training)
    assert job_of(training).status == LocalStatus.PAUSED, "nothing wakes a paused job"
    ask(training, Ask.RESUME)
    broken = supervise(training, start_with(does_not_start=True))
    assert (broken.state, broken.error_code) == (JobState.WAITING, "crashed"), "no second pause"
    assert supervise(training).status == LocalStatus.SUCCEEDED
    kinds_seen = [event.content["kind"] for event in job_of(training).events.all()]
    assert (kinds_seen.count("resumed"), kinds_seen.count("step")) == (1, 4)
    follow(training)
    said = [event.message for event in training.events.all() if event.message]
    assert message("training.trainer_paused", step=2, steps=4) in said


def pause_at_step(training: TrainingRun, step: int) -> LocalJob:
    """Let a lead pause a training while its trainer waits before a step."""

    def pause() -> None:
        LocalJob.objects.filter(key=training.key).update(asked="pause")

    return supervise(training, start_until(step, pause))


def test_another_machine_goes_on_from_the_stored_checkpoint(
    version: DatasetVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = make_local_training(version)
    stopping = threading.Event()
    job = supervise(training, start_until(3, stopping.set), stopping=stopping)
    assert (job.status, job.state) == (LocalStatus.WAITING, JobState.WAITING)
    assert job.checkpoint
    for module in (work_folder, supervisor):
        monkeypatch.setattr(module, "machine", lambda: "another")
    (folder_of(job) / "checkpoint.pt").unlink()
    job = supervise(training)
    assert job.status == LocalStatus.SUCCEEDED
    [resumed] = [event.content for event in job.events.all() if event.content["kind"] == "resumed"]
    assert resumed["step"] == 2


@pytest.mark.parametrize("step", [1, 2, 3, 4])
def test_a_killed_trainer_is_started_again(version: DatasetVersion, step: int) -> None:
    training = make_local_training(version)
    killed = supervise(training, start_with(kill_at=step))
    assert (killed.state, killed.error_code) == (JobState.WAITING, "crashed")
    assert supervise(training).status == LocalStatus.SUCCEEDED
    training = work(training)
    assert training.checkpoints.count() == 2
    assert training.trained_tokens == 200


def test_a_trainer_that_is_killed_before_each_step_ends_the_training(
    version: DatasetVersion,
) -> None:
    training = make_local_training(version)
    for _ in range(jobs_state.MAX_CRASHES):
        job = supervise(training, start_with(kill_at=1))
    assert (job.status, job.error_code) == (LocalStatus.FAILED, "crashed")
    assert follow(training).stage == Stage.FAILED


def test_an_error_of_the_trainer_is_shown(version: DatasetVersion) -> None:
    training = make_local_training(version)
    supervise(training, start_with(fail_at=2))
    training = work(training)
    assert (training.stage, training.error_code) == (Stage.FAILED, "loss_not_finite")
    assert training.error is not None
    assert training.error.params["details"] == "The loss is no number."


def test_a_cancelled_training_ends_with_and_without_a_trainer(version: DatasetVersion) -> None:
    waiting = make_local_training(version)
    ask(waiting, Ask.CANCEL)
    assert work(waiting).stage == Stage.CANCELLED
    running = make_local_training(version)

    def start(folder: Path) -> Any:
        trainer = start_with(wait_at=2)(folder)
        LocalJob.objects.filter(key=running.key).update(asked="cancel")
        return trainer

    supervise(running, start)
    assert work(running).stage == Stage.CANCELLED


def test_a_machine_without_the_base_model_leaves_the_job_to_others(
    version: DatasetVersion, models_folder: Path
) -> None:
    training = make_local_training(version)
    (models_folder / "tiny.gguf").write_bytes(b"other")
    assert supervise(training).error_code == "local.base_differs"
    (models_folder / "tiny.gguf").unlink()
    job = supervise(training)
    assert (job.state, job.error_code) == (JobState.WAITING, "local.base_missing")


def test_a_lost_worker_leaves_no_trainer_behind(version: DatasetVersion) -> None:
    training = make_local_training(version)
    trainers = []

    def start(folder: Path) -> Any:
        trainers.append(start_with(wait_at=1)(folder))
        LocalJob.objects.filter(key=training.key).update(claim=training.key)
        return trainers[0]

    supervise(training, start)
    assert trainers[0].returncode == -signal.SIGKILL


def test_the_forecast_is_exact_where_the_tokenizer_is_installed(
    version: DatasetVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = prepare_training(version.project, make_local_plan(version)).forecast
    assert not found.is_exact
    counted = counting.Counted(tokens=1000, learnt_tokens=500)
    monkeypatch.setattr(provider, "count_tokens", lambda _base, digests: [counted for _ in digests])
    found = prepare_training(version.project, make_local_plan(version)).forecast
    assert (found.tokens, found.is_exact, found.usd) == (2000, True, Decimal(0))
    # 30 s, then 2,000 tokens and a third of 3,000 at 100 a second.
    assert found.seconds == 60


def test_what_the_trainer_would_not_read_is_not_started(
    version: DatasetVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = counting.Counted(code="too_long", text="conversation 3")
    monkeypatch.setattr(provider, "count_tokens", lambda _base, digests: [long for _ in digests])
    with pytest.raises(InvalidInput) as error:
        prepare_training(version.project, make_local_plan(version))
    assert error.value.message.params["error"].code == "local.too_long"  # type: ignore[union-attr]
    withdraw_base(name="tiny")
    with pytest.raises(InvalidInput) as error:
        prepare_training(version.project, make_local_plan(version))
    assert error.value.message.code == "local.unknown_base"  # type: ignore[union-attr]


def test_jobs_are_sent_to_workers_without_one(version: DatasetVersion) -> None:
    make_local_training(version)
    second = job_of(make_local_training(version))
    BaseModel.objects.update(is_offered=True)
    assert due_jobs() == []
    assert "make setup-training" in readiness()
    sign_in()
    assert len(due_jobs()) == 1
    assert "make setup-training" not in readiness()
    LocalJob.objects.filter(pk=second.pk).update(
        state=JobState.RUNNING, claim=second.key, heartbeat_at=second.created_at
    )
    assert due_jobs() == []
    sign_out()
    assert not TrainingWorker.objects.exists()
