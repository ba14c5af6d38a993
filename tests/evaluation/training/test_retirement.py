"""Shutdown of base models: facts, what a provider reports, what a lead types; what is shown."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from datasets.erasure.actions.erasing import erase_example
from datasets.versions.models import DatasetVersion
from evaluation.promotion.actions import declare
from evaluation.registry.models import ModelVersion
from evaluation.training.retirement.actions import set_shutdown
from evaluation.training.retirement.dates import near_shutdowns, shutdown_of
from evaluation.training.retirement.models import BaseModelShutdown, Source
from reviewapp.people.models import ProjectEvent, Role
from tests.factories.people import make_member, make_project
from tests.factories.runs import make_model_version
from tests.factories.trainings import BASE, make_training, work
from tests.factories.versions import ProjectWithMembers, make_filed_version
from tests.fake_trainings import FakeTrainings, fake_trainings

pytestmark = pytest.mark.django_db
OPENAI, ELSEWHERE = "https://api.openai.com/v1", "https://models.example.com/v1"


@pytest.fixture
def service() -> Iterator[FakeTrainings]:
    with fake_trainings() as running:
        yield running


@pytest.fixture
def version() -> DatasetVersion:
    return make_filed_version(make_project("house"))


def in_days(days: int) -> date:
    return timezone.now().date() + timedelta(days=days)


def test_the_day_typed_last_wins_over_the_published_list(version: DatasetVersion) -> None:
    project = version.project
    tuned = f"ft:{BASE}:shop::1"
    listed = shutdown_of(project, tuned, OPENAI)
    assert listed and (listed.day, listed.source) == (date(2027, 1, 14), Source.LISTED)
    assert shutdown_of(project, BASE, ELSEWHERE) is None, (
        "another service has a calendar of its own"
    )
    set_shutdown(project=project, base_model=tuned, day=in_days(3), actor=None)
    typed = shutdown_of(project, BASE, ELSEWHERE)
    assert typed and (typed.day, typed.source, typed.days_left) == (in_days(3), Source.TYPED, 3)
    set_shutdown(project=project, base_model=BASE, day=None, actor=None)
    assert shutdown_of(project, BASE, OPENAI) is None
    events = ProjectEvent.objects.filter(action="set_base_model_shutdown").order_by("pk")
    assert [event.after for event in events] == [in_days(3).isoformat(), ""]


def test_a_day_in_the_list_of_the_provider_reaches_model_and_pages(
    client: Client, version: DatasetVersion, service: FakeTrainings
) -> None:
    service.shutdown_date = in_days(30).isoformat()
    training = work(make_training(version, service.url))
    stored = BaseModelShutdown.objects.get()
    assert (stored.base_model, stored.day, stored.source) == (BASE, in_days(30), "provider")
    model = ModelVersion.objects.get(checkpoint__training=training, checkpoint__is_final=True)
    assert model.retirement_date == in_days(30)
    assert [shutdown.base_model for shutdown in near_shutdowns(version.project)] == [BASE]
    client.force_login(make_member(version.project, Role.LEAD))
    shown_day = f'datetime="{in_days(30).isoformat()}"'
    for address in (
        reverse("evaluation:training_run", args=["house", training.pk]),
        reverse("evaluation:model", args=["house", model.pk]),
        reverse("datasets:version", args=["house", version.number]),
        reverse("evaluation:shutdowns", args=["house"]),
    ):
        assert shown_day in client.get(address).content.decode(), address
    home = client.get(reverse("project_home", args=["house"])).content.decode()
    assert reverse("evaluation:shutdowns", args=["house"]) in home
    set_shutdown(project=version.project, base_model=BASE, day=in_days(61), actor=None)
    assert near_shutdowns(version.project) == []


def test_a_base_model_in_service_or_in_training_is_warned_of_too(
    client: Client, version: DatasetVersion, service: FakeTrainings
) -> None:
    project = version.project
    set_shutdown(project=project, base_model=BASE, day=in_days(20), actor=None)
    set_shutdown(project=project, base_model="gpt-4o-mini", day=in_days(10), actor=None)
    model = make_model_version(project, model_id="gpt-4o-mini")
    assert near_shutdowns(project) == []
    lead = make_member(project, Role.LEAD)
    declare(project=project, alias="production", model_id=model.pk, note="It serves.", actor=lead)
    make_training(version, service.url)
    assert [found.base_model for found in near_shutdowns(project)] == ["gpt-4o-mini", BASE]
    client.force_login(lead)
    shown_day = f'datetime="{in_days(10).isoformat()}"'
    for address in (
        reverse("evaluation:model", args=["house", model.pk]),
        reverse("evaluation:shutdowns", args=["house"]),
    ):
        assert shown_day in client.get(address).content.decode(), address


def test_a_provider_without_such_a_list_changes_nothing(
    version: DatasetVersion, service: FakeTrainings
) -> None:
    work(make_training(version, service.url))
    assert not BaseModelShutdown.objects.exists()


def test_only_leads_see_and_set_days(client: Client, version: DatasetVersion) -> None:
    page = reverse("evaluation:shutdowns", args=["house"])
    client.force_login(make_member(version.project, Role.LEAD))
    fields = {"base_model": BASE, "day": in_days(5).isoformat()}
    assert client.post(page, fields)["Location"] == page
    assert client.post(page, {**fields, "day": "soon"}).status_code == 422
    client.force_login(make_member(version.project, Role.ANNOTATOR))
    assert (client.get(page).status_code, client.post(page, fields).status_code) == (403, 403)


def test_a_lead_downloads_the_result_file_with_its_digest(
    client: Client, version: DatasetVersion, service: FakeTrainings
) -> None:
    training = work(make_training(version, service.url))
    result = training.results.get()
    address = reverse("evaluation:training_result", args=["house", training.pk, result.pk])
    client.force_login(make_member(version.project, Role.LEAD))
    page = client.get(reverse("evaluation:training_run", args=["house", training.pk]))
    assert address in page.content.decode()
    sent = client.get(address)
    assert (sent.content, sent["ETag"]) == (bytes(result.content), f'"{result.sha256}"')
    other = make_training(version, service.url)
    wrong = reverse("evaluation:training_result", args=["house", other.pk, result.pk])
    assert client.get(wrong).status_code == 404
    client.force_login(make_member(version.project, Role.REVIEWER))
    assert client.get(address).status_code == 403


def test_erasing_an_example_marks_the_trainings_that_were_given_it(
    client: Client, service: FakeTrainings
) -> None:
    house = ProjectWithMembers()
    house.many(20)
    version = house.freeze()
    training = work(make_training(version, service.url))
    unsent = make_training(version, service.url)
    sent = version.items.filter(split="train").first()
    tested = version.items.filter(split="test").first()
    assert sent and tested
    for item in (sent, tested):
        erase_example(example_id=item.revision.example_id, reason="Asked for.", actor=house.lead)
    event = training.audit.get(action="erase_trained_example")
    assert (event.actor, event.detail["example"]) == (house.lead, sent.revision.example_id)
    assert not unsent.audit.filter(action="erase_trained_example").exists()
    client.force_login(house.lead)
    slug = house.project.slug
    model = ModelVersion.objects.get(checkpoint__training=training, checkpoint__is_final=True)
    for name, number in (("training_run", training.pk), ("model", model.pk)):
        page = client.get(reverse(f"evaluation:{name}", args=[slug, number])).content.decode()
        assert 'data-erased="1"' in page
