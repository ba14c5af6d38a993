"""What is checked before a start: on the page, over HTTP, and by a job where files are large."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from datasets.versions.models import DatasetVersion
from evaluation.training.models import TrainingRun
from evaluation.training.preflights import actions
from evaluation.training.preflights.models import PreflightJob
from reviewapp.core.errors import DigestMismatch
from reviewapp.jobs.actions import LOST
from reviewapp.jobs.models import JobState
from reviewapp.people.actions.members import create_token
from reviewapp.people.models import Role
from tests.factories.people import make_member, make_project
from tests.factories.trainings import BASE
from tests.factories.versions import make_filed_version

pytestmark = pytest.mark.django_db
URL = "http://127.0.0.1:9/v1"


@pytest.fixture
def version() -> DatasetVersion:
    """A version with 8 examples to train on, which OpenAI finds too few."""
    return make_filed_version(make_project("house"), examples=8)


class Lead:
    """Asks by the page and over HTTP."""

    def __init__(self, version: DatasetVersion) -> None:
        member = make_member(version.project, Role.LEAD)
        bearer = {"Authorization": f"Bearer {create_token(user=member).secret}"}
        self.api, self.browser, self.version = Client(headers=bearer), Client(), version
        self.browser.force_login(member)

    def page(self, kind: str = "openai") -> Any:
        asked = {"kind": kind, "version_id": self.version.pk, "base_model": BASE}
        service = {"base_url": URL, "api_key_name": ""} if kind == "openai" else {}
        url = reverse("evaluation:new_training", args=["house"])
        return self.browser.post(url, {**asked, **service})

    def dry_run(self) -> dict[str, Any]:
        asked = {"version": 1, "base_model": BASE, "base_url": URL, "api_key_name": ""}
        path = "/api/v1/projects/house/trainings"
        sent = {**asked, "dry_run": True}
        answer = self.api.post(path, sent, content_type="application/json")
        assert answer.status_code == 200
        return dict(answer.json())


def test_a_dry_run_tells_what_the_page_shows(version: DatasetVersion) -> None:
    lead = Lead(version)
    shown, answered = lead.page().context["checked"], lead.dry_run()
    assert len(shown.errors) == 1
    assert [error["code"] for error in answered["errors"]] == ["preflight.too_few_examples"]
    assert answered["errors"][0]["text"].startswith("Training file: ")
    assert len(answered["warnings"]) == len(shown.warnings)
    assert (answered["checked_share"], answered["denied"]) == (1.0, "")
    assert "forecast_for" not in lead.page().content.decode()


def test_large_files_are_checked_once_by_a_worker_for_each_provider(
    version: DatasetVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "MAX_BYTES_AT_ONCE", 0)
    lead = Lead(version)
    waiting = lead.page().content.decode()
    assert "load delay:3s" in waiting
    assert "forecast_for" not in waiting
    assert (lead.dry_run()["checked_share"], lead.dry_run()["errors"]) == (0.0, [])
    job = PreflightJob.objects.get()
    actions.carry_out(job.pk)
    actions.carry_out(job.pk)
    done = lead.page()
    assert "load delay:3s" not in done.content.decode()
    assert [error.code for error in done.context["checked"].errors] == ["training.in_train"]
    assert lead.dry_run()["checked_share"] == 1.0
    lead.page("bundle")
    other = PreflightJob.objects.exclude(pk=job.pk).get()
    actions.carry_out(other.pk)
    assert "forecast_for" in lead.page("bundle").content.decode()
    assert not TrainingRun.objects.exists()


def test_a_check_that_lost_its_workers_begins_again(
    version: DatasetVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "MAX_BYTES_AT_ONCE", 0)
    lead = Lead(version)
    lead.page()
    PreflightJob.objects.update(state=JobState.FAILED, error_code=LOST)
    assert lead.dry_run()["checked_share"] == 0.0
    actions.carry_out(PreflightJob.objects.get().pk)
    assert lead.dry_run()["checked_share"] == 1.0


def test_a_check_of_lost_bytes_says_so(
    version: DatasetVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "MAX_BYTES_AT_ONCE", 0)
    lead = Lead(version)
    lead.page()
    version.files.filter(split="train").update(sha256="0" * 64)
    PreflightJob.objects.update(state=JobState.WAITING)
    actions.carry_out(PreflightJob.objects.get().pk)
    job = PreflightJob.objects.get()
    assert job.error is not None
    assert (job.error_code, job.error.code) == ("lost_file", "versions.file_lost")


@pytest.mark.parametrize("bytes_at_once", [0, actions.MAX_BYTES_AT_ONCE])
def test_lost_bytes_are_an_error_in_whatever_words(
    version: DatasetVersion, monkeypatch: pytest.MonkeyPatch, bytes_at_once: int
) -> None:
    def lose(*_args: object, **_options: object) -> None:
        raise DigestMismatch("The file is gone.")

    monkeypatch.setattr(actions, "preflight", lose)
    monkeypatch.setattr(actions, "MAX_BYTES_AT_ONCE", bytes_at_once)
    lead = Lead(version)
    lead.page()
    for job in PreflightJob.objects.all():
        actions.carry_out(job.pk)
    assert [error["code"] for error in lead.dry_run()["errors"]] == ["training.no_files"]
