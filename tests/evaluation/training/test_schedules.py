"""Schedules: what a date freezes, prepares and starts; once for each date; pages and API."""

from dataclasses import replace
from datetime import time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from evaluation.training.models import Stage, TrainingRun
from evaluation.training.providers.base import Capability
from evaluation.training.providers.openai import OpenAITraining
from evaluation.training.schedules.actions import dates, freezing, setting
from evaluation.training.schedules.models import (
    Outcome,
    ScheduledTraining,
    ScheduleEvent,
    TrainingSchedule,
)
from evaluation.training.schedules.terms import ScheduleTerms, prepared_terms
from evaluation.training.windows.actions import set_time_zone
from reviewapp.core.errors import InvalidInput, InvalidTransition
from reviewapp.jobs.models import JobState
from reviewapp.people.actions.members import create_token
from reviewapp.people.models import Membership, Role
from tests.factories.people import make_member
from tests.factories.trainings import make_training
from tests.factories.versions import ProjectWithMembers

pytestmark = pytest.mark.django_db
URL = "https://models.example.com/v1"
FEW, MANY = 12, 3


@pytest.fixture
def house() -> ProjectWithMembers:
    """A project with a version on which a training has succeeded."""
    house = ProjectWithMembers()
    house.many(FEW)
    training = make_training(house.freeze(), URL)
    TrainingRun.objects.filter(pk=training.pk).update(
        stage=Stage.SUCCEEDED,
        ended_at=timezone.now(),
        provider_job_id="ftjob-1",
        tuned_model="ft:gpt-4.1-mini-2025-04-14:shop::1",
        state=JobState.DONE,
    )
    return house


def terms_of(house: ProjectWithMembers, **fields: Any) -> ScheduleTerms:
    like = TrainingRun.objects.filter(project=house.project).order_by("pk")[0]
    terms = ScheduleTerms(
        name="Monthly",
        every="month",
        weekday=0,
        number=1,
        at=time(2),
        min_changed=MANY,
        like_id=like.pk,
        changelog="Newest approved examples.",
    )
    return replace(terms, **fields)


def make_schedule(house: ProjectWithMembers, **fields: Any) -> TrainingSchedule:
    return setting.create_schedule(
        project=house.project, terms=terms_of(house, **fields), actor=house.lead
    )


def come_due(schedule: TrainingSchedule, days_ago: int = 0) -> ScheduledTraining:
    """Let the next date of a schedule have come, and a worker do it."""
    due = timezone.now() - timedelta(days=days_ago, seconds=1)
    TrainingSchedule.objects.filter(pk=schedule.pk).update(next_at=due)
    for scheduled_id in dates.dates_to_send():
        dates.carry_out(scheduled_id)
    found = schedule.dates.first()
    assert found
    return found


def test_a_date_with_too_few_changes_freezes_nothing(house: ProjectWithMembers) -> None:
    schedule = make_schedule(house)
    house.many(MANY - 1)
    date = come_due(schedule)
    assert (date.outcome, date.changed, date.version) == (Outcome.SKIPPED, MANY - 1, None)
    assert date.reason.code == "training.few_changed"
    assert house.project.versions.count() == 1
    schedule.refresh_from_db()
    assert schedule.next_at and schedule.next_at > timezone.now()


def test_a_date_freezes_a_version_and_prepares_a_training_for_a_lead(
    house: ProjectWithMembers,
) -> None:
    schedule = make_schedule(house)
    house.many(MANY)
    date = come_due(schedule)
    assert (date.outcome, date.changed, date.usd) == (Outcome.PREPARED, MANY, Decimal("0.01"))
    assert date.version and (date.version.number, date.version.created_by) == (2, house.lead)
    assert date.version.changelog == "Newest approved examples."
    assert TrainingRun.objects.count() == 1, "nothing was started"
    event = ScheduleEvent.objects.get(action="run_schedule")
    assert (event.after, event.detail["version"]) == ("prepared", 2)


def test_the_version_is_not_frozen_twice_when_it_is_the_newest_already(
    house: ProjectWithMembers,
) -> None:
    schedule = make_schedule(house)
    house.many(MANY)
    frozen = house.freeze("By hand.")
    assert come_due(schedule).version == frozen
    assert house.project.versions.count() == 2


def test_within_its_limit_a_training_starts_itself(house: ProjectWithMembers) -> None:
    schedule = make_schedule(house, starts_itself=True, limit_usd=1, continues_last=True)
    house.many(MANY)
    date = come_due(schedule)
    assert (date.outcome, date.training and date.training.started_by) == (
        Outcome.STARTED,
        house.lead,
    )
    assert date.training and date.training.base_model == "ft:gpt-4.1-mini-2025-04-14:shop::1"
    assert date.training.hyperparameters == {"n_epochs": 3}
    dates.carry_out(date.pk)
    assert TrainingRun.objects.count() == 2, "a second message does nothing"


def test_a_schedule_freezes_what_changed_and_trains_the_last_tuned_model_further(
    house: ProjectWithMembers,
) -> None:
    schedule = make_schedule(house, replay_percent=50)
    assert schedule.continues_last, "a base model would learn too little from a mini-batch"
    house.many(MANY)
    date = come_due(schedule)
    first = house.project.versions.get(number=1)
    assert (date.outcome, date.changed) == (Outcome.PREPARED, MANY)
    version = date.version
    assert version and (version.parent, version.replay_percent) == (first, 50)
    replayed = version.summary["mini_batch"]["replayed"]
    assert version.files.get(split="train").examples == MANY + replayed > MANY
    terms = prepared_terms(house.project, date.pk)
    assert terms["base_model"] == "ft:gpt-4.1-mini-2025-04-14:shop::1"
    again = come_due(schedule)
    assert (again.version, house.project.versions.count()) == (version, 2), "frozen once"
    house.many(1)
    assert come_due(schedule).version != version


def test_without_a_tuned_model_a_mini_batch_schedule_freezes_everything(
    house: ProjectWithMembers,
) -> None:
    TrainingRun.objects.update(tuned_model="", stage=Stage.FAILED, state=JobState.FAILED)
    schedule = make_schedule(house, replay_percent=0)
    house.many(MANY)
    version = come_due(schedule).version
    assert version and (version.parent, version.number) == (None, 2)


def test_a_provider_that_trains_no_tuned_model_further_freezes_no_mini_batch(
    house: ProjectWithMembers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OpenAITraining, "capabilities", frozenset({Capability.CANCEL}))
    with pytest.raises(InvalidInput) as caught:
        make_schedule(house, replay_percent=20)
    assert caught.value.field == "replay_percent"


def test_a_limit_that_is_exceeded_leaves_the_start_to_a_lead(house: ProjectWithMembers) -> None:
    schedule = make_schedule(house, starts_itself=True, limit_usd=1)
    house.project.training_prices.create(
        base_model="gpt-4.1-mini", usd_per_million_tokens=9000, as_of=timezone.localdate()
    )
    house.many(MANY)
    date = come_due(schedule)
    assert (date.outcome, date.reason.code) == (Outcome.PREPARED, "training.schedule_over_limit")


def test_no_date_has_two_rows_and_missed_dates_are_made_up_for_once(
    house: ProjectWithMembers,
) -> None:
    schedule = make_schedule(house, every="week")
    long_ago = timezone.now() - timedelta(days=40)
    TrainingSchedule.objects.filter(pk=schedule.pk).update(next_at=long_ago)
    first = dates.dates_to_send()
    TrainingSchedule.objects.filter(pk=schedule.pk).update(next_at=long_ago)
    assert dates.dates_to_send() == [], "sent already"
    row = ScheduledTraining.objects.get()
    assert first == [row.pk]
    assert timezone.now() - timedelta(days=7) < row.due_at < timezone.now()
    dates.carry_out(row.pk)
    dates.carry_out(row.pk)
    assert ScheduleEvent.objects.filter(action="run_schedule").count() == 1


def test_a_lead_who_left_freezes_nothing(house: ProjectWithMembers) -> None:
    schedule = make_schedule(house)
    house.many(MANY)
    Membership.objects.filter(user=house.lead).delete()
    date = come_due(schedule)
    assert (date.outcome, date.state, house.project.versions.count()) == ("failed", "failed", 1)
    assert date.reason


def test_a_worker_that_cannot_store_the_files_tries_again(
    house: ProjectWithMembers, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule = make_schedule(house)
    house.many(MANY)

    def full(**_: object) -> None:
        raise OSError("No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(freezing, "freeze_version", full)
        date = come_due(schedule)
    assert (date.outcome, date.state, date.error_code) == (Outcome.OPEN, "waiting", "storage")
    ScheduledTraining.objects.update(run_after=None)
    dates.carry_out(date.pk)
    date.refresh_from_db()
    assert date.outcome == Outcome.PREPARED


def test_a_later_date_supersedes_what_an_earlier_one_prepared(house: ProjectWithMembers) -> None:
    schedule = make_schedule(house, every="week")
    house.many(MANY)
    earlier = come_due(schedule, days_ago=8)
    later = come_due(schedule)
    earlier.refresh_from_db()
    assert (earlier.outcome, later.outcome) == (Outcome.DISMISSED, Outcome.PREPARED)
    assert earlier.version == later.version


def test_a_paused_schedule_has_no_dates_and_makes_none_up(house: ProjectWithMembers) -> None:
    schedule = make_schedule(house)
    setting.act_on_schedule(schedule_id=schedule.pk, act="pause", actor=house.lead)
    assert dates.dates_to_send() == []
    with pytest.raises(InvalidTransition):
        setting.act_on_schedule(schedule_id=schedule.pk, act="pause", actor=house.lead)
    resumed = setting.act_on_schedule(schedule_id=schedule.pk, act="resume", actor=house.lead)
    assert resumed.next_at and resumed.next_at > timezone.now()
    deleted = setting.act_on_schedule(schedule_id=schedule.pk, act="delete", actor=house.lead)
    assert deleted.next_at is None
    with pytest.raises(InvalidTransition):
        setting.act_on_schedule(schedule_id=schedule.pk, act="resume", actor=house.lead)
    actions = ScheduleEvent.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == [
        *("create_schedule", "pause_schedule", "resume_schedule", "delete_schedule"),
    ]


def test_the_next_date_follows_the_time_zone(house: ProjectWithMembers) -> None:
    schedule = make_schedule(house)
    before = schedule.next_at
    set_time_zone(project=house.project, time_zone="Asia/Tokyo", actor=house.lead)
    schedule.refresh_from_db()
    assert before and schedule.next_at and schedule.next_at.hour == 17


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("changelog", ""),
        ("weekday", 7),
        ("min_changed", 0),
        ("like_id", 0),
        ("in_window", True),
        ("replay_percent", 101),
    ],
)
def test_wrong_terms_are_named(house: ProjectWithMembers, field: str, value: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        make_schedule(house, **{field: value})
    assert caught.value.field == field


def test_without_a_limit_nothing_starts_itself(house: ProjectWithMembers) -> None:
    with pytest.raises(InvalidInput) as caught:
        make_schedule(house, starts_itself=True)
    assert caught.value.field == "limit_usd"


def test_a_lead_starts_what_was_prepared_from_the_start_page(
    client: Client, house: ProjectWithMembers
) -> None:
    schedule = make_schedule(house)
    house.many(MANY)
    date = come_due(schedule)
    client.force_login(house.lead)
    slug = house.project.slug
    new = f"{reverse('evaluation:new_training', args=[slug])}?prepared={date.pk}"
    assert new in client.get(reverse("project_home", args=[slug])).content.decode()
    shown = client.get(new)
    values = {field.html_name: field.value() or "" for field in shown.context["form"]}
    assert (values["n_epochs"], values["base_url"]) == (3, URL)
    fields = {**values, "prepared": date.pk}
    forecast = client.post(new, fields)
    agreed = {**fields, "forecast_for": forecast.context["forecast_for"]}
    started = client.post(new, agreed)["Location"]
    date.refresh_from_db()
    assert date.outcome == Outcome.STARTED
    assert started == reverse("evaluation:training_run", args=[slug, date.training_id])
    assert client.post(new, agreed).status_code == 409, "it is started once"
    assert TrainingRun.objects.count() == 2


def test_a_lead_sets_and_changes_a_schedule_on_the_pages(
    client: Client, house: ProjectWithMembers
) -> None:
    client.force_login(house.lead)
    slug = house.project.slug
    page = reverse("evaluation:training_schedules", args=[slug])
    like = TrainingRun.objects.get()
    fields = {
        "name": "Monthly",
        "number": "-1",
        "weekday": "4",
        "at": "23:30",
        "min_changed": "3",
        "changelog": "Newest.",
        "like_id": str(like.pk),
    }
    wrong = client.post(f"{page}new/", {**fields, "starts_itself": "on"})
    assert (wrong.status_code, list(wrong.context["form"].errors)) == (422, ["limit_usd"])
    assert len(wrong.context["dates"]) == 3
    assert client.post(f"{page}new/", fields)["Location"] == page
    schedule = TrainingSchedule.objects.get()
    preview = client.get(f"{page}dates/", {"number": "week", "weekday": "4", "at": "23:30"})
    first, second, third = preview.context["dates"]
    assert (second - first, third - second) == (timedelta(days=7), timedelta(days=7))
    changed = client.post(f"{page}{schedule.pk}/", {**fields, "number": "week"})
    assert changed["Location"] == page
    house.many(MANY)
    date = come_due(schedule)
    listed = client.get(page).content.decode()
    assert f"?prepared={date.pk}" in listed
    assert client.post(f"{page}prepared/{date.pk}/dismiss/")["Location"] == page
    assert client.post(f"{page}prepared/{date.pk}/dismiss/").status_code == 409
    assert date.version and f"/versions/{date.version.number}/" in (
        client.get(f"{page}{schedule.pk}/").content.decode()
    )
    assert client.post(f"{page}{schedule.pk}/act/", {"act": "fly"}).status_code == 404
    assert client.post(f"{page}{schedule.pk}/act/", {"act": "delete"})["Location"] == page
    assert client.get(f"{page}{schedule.pk}/").status_code == 404


def test_only_leads_see_and_set_schedules(client: Client, house: ProjectWithMembers) -> None:
    schedule = make_schedule(house)
    slug = house.project.slug
    page = reverse("evaluation:training_schedules", args=[slug])
    client.force_login(make_member(house.project, Role.ANNOTATOR, Role.REVIEWER))
    for address in (page, f"{page}new/", f"{page}dates/", f"{page}{schedule.pk}/"):
        assert client.get(address).status_code == 403
    for address in (f"{page}{schedule.pk}/act/", f"{page}prepared/1/dismiss/"):
        assert client.post(address).status_code == 403


def test_a_script_reads_what_came_of_the_last_date(house: ProjectWithMembers) -> None:
    schedule = make_schedule(house)
    come_due(schedule)
    token = create_token(user=house.lead).secret
    client = Client(headers={"Authorization": f"Bearer {token}"})
    path = f"/api/v1/projects/{house.project.slug}/training-schedules"
    (found,) = client.get(path).json()
    assert (found["name"], found["at"], found["last"]["outcome"]) == ("Monthly", "02:00", "skipped")
    assert (found["last"]["code"], found["last"]["changed"]) == ("training.few_changed", 0)
