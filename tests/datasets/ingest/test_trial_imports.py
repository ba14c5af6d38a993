"""Looking at a file first: what an import would do is shown, and nothing but the file is stored."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from datasets.curation.models import GoldenExample
from datasets.erasure.actions.retention import apply_retention
from datasets.ingest import actions as imports
from datasets.ingest.models import ImportBatch
from datasets.ingest.tasks import IMPORTS
from reviewapp.core.errors import InvalidTransition
from reviewapp.people.models import Project, ProjectEvent, Role, User
from tests.factories.imports import make_file, make_import, make_row
from tests.factories.people import make_member, make_project

pytestmark = pytest.mark.django_db

COUNTS = ("read", "created", "unchanged", "rejected", "relabelled")


@pytest.fixture(autouse=True)
def uploads(tmp_path: Path, settings: Settings) -> Path:
    """A folder of uploads for one test."""
    storages = {**settings.STORAGES}
    folder = tmp_path / "uploads"
    storages["default"] = {**storages["default"], "OPTIONS": {"location": folder}}
    settings.STORAGES = storages
    return folder


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def annotator(project: Project) -> User:
    return make_member(project, Role.ANNOTATOR)


@pytest.fixture
def page(client: Client, annotator: User) -> Client:
    client.force_login(annotator)
    return client


@pytest.fixture
def trial(page: Client, project: Project, tmp_path: Path) -> ImportBatch:
    """A file that a worker has looked at: a known row, two new ones, a bad one."""
    make_import(project, tmp_path / "known.jsonl", [make_row(1)])
    rows: list[dict[str, Any] | str] = [
        make_row(1, intent="parcels"),
        make_row(2, colour="red"),
        make_row(30),
        "{",
    ]
    file = make_file(tmp_path / "rows.jsonl", rows)
    upload = SimpleUploadedFile("rows.jsonl", file.read_bytes())
    answer = page.post(f"/p/{project.slug}/import/", {"upload": upload, "look": "1"})
    assert answer.status_code == 302
    batch = ImportBatch.objects.get(is_trial=True)
    IMPORTS.run(batch.pk)
    batch.refresh_from_db()
    return batch


def stored(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_trial_counts_and_shows_rows_and_stores_no_example(
    page: Client, project: Project, trial: ImportBatch, uploads: Path
) -> None:
    assert [getattr(trial, name) for name in COUNTS] == [4, 2, 1, 1, 1]
    assert GoldenExample.objects.filter(project=project).count() == 1
    assert len(stored(uploads)) == 1
    answer = page.get(f"/p/{project.slug}/import/{trial.pk}/").content.decode()
    assert "Where is parcel 2 of mine" in answer
    assert "Where is parcel 1 of mine" not in answer
    assert "colour" in answer
    assert "not_json" in answer


def test_importing_what_was_looked_at_does_what_the_trial_said_once(
    page: Client, project: Project, trial: ImportBatch, uploads: Path
) -> None:
    expected = [getattr(trial, name) for name in COUNTS]
    start = f"/p/{project.slug}/import/{trial.pk}/start/"
    assert page.post(start).status_code == 302
    assert page.post(start).status_code == 302
    IMPORTS.run(trial.pk)
    batch = ImportBatch.objects.get(pk=trial.pk)
    assert [getattr(batch, name) for name in COUNTS] == expected
    assert batch.rejections.count() == 1
    assert (batch.is_trial, batch.preview) == (False, [])
    assert GoldenExample.objects.filter(project=project).count() == 3
    assert [path.name.rpartition(".")[0] for path in stored(uploads)] != [""]
    actions = ProjectEvent.objects.filter(detail__batch=trial.pk).order_by("pk")
    assert [event.action for event in actions] == ["look_at_file", "import_file"]


def test_a_discarded_trial_leaves_neither_file_nor_row(
    page: Client,
    project: Project,
    trial: ImportBatch,
    uploads: Path,
    django_capture_on_commit_callbacks: object,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        page.post(f"/p/{project.slug}/import/{trial.pk}/discard/")
    assert stored(uploads) == []
    assert not ImportBatch.objects.filter(pk=trial.pk).exists()


def test_retention_deletes_old_trials(trial: ImportBatch) -> None:
    assert apply_retention() == 0
    old = timezone.now() - timedelta(days=8)
    ImportBatch.objects.filter(pk=trial.pk).update(created_at=old)
    assert apply_retention() == 1
    assert not ImportBatch.objects.filter(pk=trial.pk).exists()


def test_a_trial_without_its_file_cannot_be_imported(
    trial: ImportBatch, uploads: Path, annotator: User
) -> None:
    for path in stored(uploads):
        path.unlink()
    with pytest.raises(InvalidTransition):
        imports.import_looked_at(batch_id=trial.pk, actor=annotator)


def test_near_duplicates_are_counted_as_the_import_would(
    page: Client, project: Project, tmp_path: Path
) -> None:
    text = (
        "My parcel with the number {} was to arrive on Monday, but the driver never rang the bell."
    )
    rows = [
        {
            "messages": [
                {"role": "user", "content": text.format(number)},
                {"role": "assistant", "content": "I am sorry. We send it again at once, for free."},
            ]
        }
        for number in (1, 2)
    ]
    make_import(project, tmp_path / "known.jsonl", rows[:1])
    file = make_file(tmp_path / "rows.jsonl", rows[1:])
    upload = SimpleUploadedFile("rows.jsonl", file.read_bytes())
    fields = {"upload": upload, "look": "1", "near_duplicates": "skip"}
    page.post(f"/p/{project.slug}/import/", fields)
    batch = ImportBatch.objects.get(is_trial=True)
    IMPORTS.run(batch.pk)
    batch.refresh_from_db()
    assert (batch.similar, batch.created, batch.unchanged) == (1, 0, 1)
