"""Trainings that wait for a time window: start, cancel, changes of the windows, page and API."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from datasets.versions.models import DatasetVersion
from evaluation.training.actions.asking import ask_training
from evaluation.training.actions.starting import start_training
from evaluation.training.models import Ask, Stage, TrainingRun
from evaluation.training.tasks import TRAININGS
from evaluation.training.windows import actions
from evaluation.training.windows.calendar import opening_of, waits_until
from evaluation.training.windows.models import TrainingWindow
from reviewapp.core.errors import InvalidInput, InvalidTransition
from reviewapp.people.actions.members import create_token
from reviewapp.people.models import ProjectEvent, Role
from tests.factories.people import make_member, make_project
from tests.factories.trainings import make_plan, pass_time, work
from tests.factories.versions import make_filed_version
from tests.fake_trainings import FakeTrainings, fake_trainings

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def service() -> Iterator[FakeTrainings]:
    with fake_trainings() as running:
        yield running


@pytest.fixture
def version() -> DatasetVersion:
    return make_filed_version(make_project("house"))


def add_window(version: DatasetVersion, begins_in: timedelta, length: timedelta = HOUR) -> datetime:
    """Add a window of every day around a moment; return when it opens."""
    begin = (timezone.now() + begins_in).replace(second=0, microsecond=0)
    starts, ends = begin.time(), (begin + length).time()
    actions.add_window(project=version.project, days=range(7), starts=starts, ends=ends, actor=None)
    return begin


def start_in_window(version: DatasetVersion, url: str, **fields: Any) -> TrainingRun:
    plan = make_plan(version, url, **fields)
    return start_training(project=version.project, plan=plan, actor=None, in_window=True)


def test_a_training_waits_until_the_window_opens(
    version: DatasetVersion, service: FakeTrainings
) -> None:
    opens = add_window(version, 3 * HOUR)
    training = start_in_window(version, service.url)
    assert waits_until(training) == opens
    TRAININGS.run(training.pk)
    pass_time(training)  # A message before its time changes nothing either.
    TRAININGS.run(training.pk)
    training.refresh_from_db()
    assert (training.stage, service.files) == (Stage.QUEUED, {})
    assert training.run_after and abs(training.run_after - opens) < timedelta(seconds=5)


def test_a_training_starts_at_once_while_a_window_is_open(
    version: DatasetVersion, service: FakeTrainings
) -> None:
    add_window(version, -HOUR, 3 * HOUR)
    assert work(start_in_window(version, service.url)).stage == Stage.SUCCEEDED


def test_without_windows_a_training_cannot_wait_for_one(version: DatasetVersion) -> None:
    with pytest.raises(InvalidInput, match="no time windows"):
        start_in_window(version, "http://127.0.0.1:9/v1")
    assert not TrainingRun.objects.exists()


def test_a_waiting_training_is_started_by_a_lead(
    version: DatasetVersion, service: FakeTrainings
) -> None:
    add_window(version, 3 * HOUR)
    lead = make_member(version.project, Role.LEAD)
    training = actions.start_now(training_id=start_in_window(version, service.url).pk, actor=lead)
    assert training.audit.get(action="start_training_now").actor == lead
    assert work(training).stage == Stage.SUCCEEDED
    with pytest.raises(InvalidTransition):
        actions.start_now(training_id=training.pk, actor=lead)


def test_a_waiting_training_is_cancelled_without_the_provider(
    version: DatasetVersion, service: FakeTrainings
) -> None:
    add_window(version, 3 * HOUR)
    training = start_in_window(version, service.url)
    ask_training(training_id=training.pk, ask=Ask.CANCEL, actor=None)
    TRAININGS.run(training.pk)
    training.refresh_from_db()
    assert (training.stage, service.jobs) == (Stage.CANCELLED, {})


def test_a_waiting_training_follows_a_change_of_windows_and_zone(version: DatasetVersion) -> None:
    add_window(version, 5 * HOUR)
    training = start_in_window(version, "http://127.0.0.1:9/v1")
    sooner = add_window(version, 2 * HOUR)
    training.refresh_from_db()
    assert waits_until(training) == sooner
    actions.set_time_zone(project=version.project, time_zone="Asia/Tokyo", actor=None)
    opening = opening_of(version.project)
    training.refresh_from_db()
    assert opening and waits_until(training) == max(opening.starts, timezone.now() - HOUR)
    events = ProjectEvent.objects.filter(action="change_training_windows").order_by("pk")
    assert [sorted(event.detail) for event in events] == [["added"], ["added"], ["after", "before"]]


def test_the_last_window_is_kept_while_a_training_waits_for_it(version: DatasetVersion) -> None:
    add_window(version, 3 * HOUR)
    training = start_in_window(version, "http://127.0.0.1:9/v1")
    window = TrainingWindow.objects.get()
    with pytest.raises(InvalidTransition):
        actions.remove_window(project=version.project, window_id=window.pk, actor=None)
    ask_training(training_id=training.pk, ask=Ask.CANCEL, actor=None)
    actions.remove_window(project=version.project, window_id=window.pk, actor=None)
    assert not TrainingWindow.objects.exists()


@pytest.mark.parametrize("days", [[], [7]])
def test_a_window_opens_on_days_of_the_week(version: DatasetVersion, days: list[int]) -> None:
    with pytest.raises(InvalidInput):
        actions.add_window(
            project=version.project, days=days, starts=time(1), ends=time(2), actor=None
        )


def test_a_lead_sets_windows_and_starts_in_one_on_the_pages(
    client: Client, version: DatasetVersion
) -> None:
    client.force_login(make_member(version.project, Role.LEAD))
    page = reverse("evaluation:training_windows", args=["house"])
    window = {"days": ["0", "1", "2", "3", "4", "5", "6"], "starts": "22:00", "ends": "06:00"}
    assert client.post(f"{page}add/", window)["Location"] == page
    twice = client.post(f"{page}add/", window)
    assert (twice.status_code, twice.context["window_form"]["starts"].value()) == (422, "22:00")
    assert client.post(f"{page}zone/", {"time_zone": "Mars/Base"}).status_code == 422
    assert client.post(f"{page}zone/", {"time_zone": "Europe/Berlin"})["Location"] == page
    assert "Europe/Berlin" in client.get(page).content.decode()
    new = reverse("evaluation:new_training", args=["house"])
    plan = make_plan(version, "https://models.example.com/v1")
    fields = {
        "version_id": plan.version_id,
        "base_model": plan.base_model,
        "api_key_name": "",
        "base_url": plan.base_url,
        "n_epochs": "3",
    }
    shown = client.post(new, fields)
    assert 'name="start" value="window"' in shown.content.decode()
    agreed = {**fields, "forecast_for": shown.context["forecast_for"], "start": "window"}
    started = client.post(new, agreed)["Location"]
    training = TrainingRun.objects.get()
    training.run_after = timezone.now() + HOUR
    training.save(update_fields=["run_after"])
    assert reverse("evaluation:start_training_now", args=["house", training.pk]) in (
        client.get(started).content.decode()
    )
    client.post(reverse("evaluation:start_training_now", args=["house", training.pk]))
    training.refresh_from_db()
    assert not training.starts_in_window
    remove = f"{page}{TrainingWindow.objects.get().pk}/remove/"
    assert client.post(remove)["Location"] == page


def test_a_script_starts_in_the_window_and_reads_who_did_what(version: DatasetVersion) -> None:
    opens = add_window(version, 3 * HOUR)
    lead = make_member(version.project, Role.LEAD)
    client = Client(headers={"Authorization": f"Bearer {create_token(user=lead).secret}"})
    windows = client.get("/api/v1/projects/house/training-windows").json()
    assert (windows["time_zone"], len(windows["windows"])) == ("UTC", 1)
    assert datetime.fromisoformat(windows["opens_at"]) == opens
    plan = make_plan(version, "https://models.example.com/v1")
    body = {
        "version": version.number,
        "base_model": plan.base_model,
        "start": "window",
        "base_url": plan.base_url,
        "api_key_name": "",
    }
    sent: dict[str, Any] = {"content_type": "application/json"}
    started = client.post("/api/v1/projects/house/trainings", body, **sent).json()
    assert datetime.fromisoformat(started["waits_until"]) == opens
    assert started["started_by"] == lead.email
    address = f"/api/v1/trainings/{started['id']}"
    assert client.post(f"{address}/start", {}, **sent).json()["waits_until"] is None
    assert client.post(f"{address}/start", {}, **sent).status_code == 409
    history = client.get(address).json()["history"]
    assert [(entry["event"], entry["actor"]) for entry in history] == [
        ("start_training", lead.email),
        ("start_training_now", lead.email),
    ]


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.ANNOTATOR])
def test_only_leads_see_and_change_windows(
    client: Client, version: DatasetVersion, role: Role
) -> None:
    client.force_login(make_member(version.project, role))
    page = reverse("evaluation:training_windows", args=["house"])
    training = start_training(
        project=version.project, plan=make_plan(version, "http://127.0.0.1:9/v1"), actor=None
    )
    assert client.get(page).status_code == 403
    for address in (
        *(f"{page}add/", f"{page}zone/", f"{page}1/remove/"),
        reverse("evaluation:start_training_now", args=["house", training.pk]),
    ):
        assert client.post(address).status_code == 403


def test_each_stage_of_a_training_is_an_event(
    version: DatasetVersion, service: FakeTrainings
) -> None:
    training = work(
        start_training(project=version.project, plan=make_plan(version, service.url), actor=None)
    )
    events = training.audit.order_by("pk").values_list("action", "before", "after")
    assert [event for event in events if event[2]] == [
        ("change_training_stage", "queued", "preparing"),
        ("change_training_stage", "preparing", "uploading"),
        ("change_training_stage", "uploading", "validating"),
        ("change_training_stage", "validating", "running"),
        ("end_training", "running", "succeeded"),
    ]
