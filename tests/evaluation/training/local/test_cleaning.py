"""What local trainings leave: adapters stay, all else goes with the end of the job."""

import os
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages

from datasets.versions.models import DatasetVersion
from evaluation.training.actions.asking import ask_training
from evaluation.training.local import cleaning, files, jobs_state, supervisor
from evaluation.training.local.models import LocalStatus
from evaluation.training.local.work_folder import FOLDER, folder_of
from evaluation.training.models import Ask
from tests.evaluation.training.local.local_training import (
    job_of,
    make_base,
    make_local_training,
    start_with,
    supervise,
)
from tests.factories.people import make_project
from tests.factories.trainings import work
from tests.factories.versions import make_filed_version

pytestmark = pytest.mark.django_db
TWO_DAYS = 2 * 86_400


@pytest.fixture
def version(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> DatasetVersion:
    settings.TRAINING_MODELS_DIR, settings.DATA_DIR = str(tmp_path), tmp_path
    chosen = {**settings.STORAGES["datasets"], "OPTIONS": {"location": tmp_path / "datasets"}}
    settings.STORAGES = {**settings.STORAGES, "datasets": chosen}
    monkeypatch.setattr(supervisor, "POLL_SECONDS", 0.01)
    make_base(tmp_path)
    return make_filed_version(make_project())


def test_the_copies_of_the_data_go_with_the_end_of_a_job(
    version: DatasetVersion, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    running, cancelled = make_local_training(version), make_local_training(version)
    for training in (running, cancelled):
        assert supervise(training, start_with(kill_at=2)).error_code == "crashed"
    ask_training(training_id=cancelled.pk, ask=Ask.CANCEL, actor=None)
    work(cancelled)
    (tmp_path / FOLDER / "sha256").mkdir()
    assert cleaning.clean_machine() == 1
    assert not folder_of(job_of(cancelled)).exists()
    assert folder_of(job_of(running)).exists(), "it goes on here"
    assert (tmp_path / FOLDER / "sha256").exists(), "uploads of bundles are there"
    monkeypatch.setattr(jobs_state, "MAX_CRASHES", 1)
    assert supervise(running, start_with(kill_at=2)).status == LocalStatus.FAILED
    assert not folder_of(job_of(running)).exists()


def test_stored_files_are_kept_while_an_adapter_or_an_open_job_refers_to_them(
    version: DatasetVersion, tmp_path: Path
) -> None:
    done, waiting = make_local_training(version), make_local_training(version)
    supervise(done)
    lost, fresh, checkpoint = (_stored(tmp_path, name) for name in ("lost", "fresh", "checkpoint"))
    type(job_of(waiting)).objects.filter(pk=job_of(waiting).pk).update(checkpoint=checkpoint)
    for stored in (tmp_path / "datasets" / files.FOLDER).glob("*/*"):
        if stored.name != fresh:
            os.utime(stored, times=(0, time.time() - TWO_DAYS))
    assert cleaning.clean_storage() == 1
    assert not storages["datasets"].exists(files.storage_name(lost))
    kept = [file for adapter in job_of(done).adapters.all() for file in adapter.files.values()]
    for sha256 in (fresh, checkpoint, *kept):
        assert storages["datasets"].exists(files.storage_name(sha256))


def _stored(folder: Path, content: str) -> str:
    (folder / content).write_text(content)
    return files.store(folder / content)
