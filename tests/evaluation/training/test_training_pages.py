"""The pages of trainings: forecast before the start, what is shown while it runs, what follows."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from datasets.versions.models import DatasetVersion
from evaluation.promotion.actions import declare
from evaluation.promotion.models import Alias
from evaluation.providers import kinds
from evaluation.registry.models import ModelVersion
from evaluation.training.actions.starting import change_training_settings
from evaluation.training.models import Ask, Stage, TrainingRun
from evaluation.training.views import baseline_of
from reviewapp.people.models import ProjectEvent, Role
from tests.factories.people import make_member, make_project
from tests.factories.runs import make_model_version, make_voting_run
from tests.factories.trainings import BASE, make_training, work
from tests.factories.versions import ProjectWithMembers, make_filed_version
from tests.fake_trainings import FakeTrainings, fake_trainings

pytestmark = pytest.mark.django_db
STOP = 286


@pytest.fixture
def service() -> Iterator[FakeTrainings]:
    with fake_trainings() as running:
        yield running


@pytest.fixture
def version() -> DatasetVersion:
    return make_filed_version(make_project("house"))


@pytest.fixture
def page(client: Client, version: DatasetVersion) -> Client:
    client.force_login(make_member(version.project, Role.LEAD))
    return client


def at(name: str, *args: object) -> str:
    return reverse(f"evaluation:{name}", args=["house", *args])


def entered(version: DatasetVersion, url: str, **fields: str) -> dict[str, str]:
    return {
        "version_id": str(version.pk),
        "base_model": BASE,
        "base_url": url,
        "api_key_name": "",
        "n_epochs": "3",
        **fields,
    }


def test_a_training_starts_only_after_its_forecast_was_shown(
    page: Client, version: DatasetVersion, service: FakeTrainings
) -> None:
    shown = page.get(at("new_training"), {"version": "1"})
    assert f'value="{version.pk}" selected' in shown.content.decode()
    fields = entered(version, service.url)
    forecast = page.post(at("new_training"), fields)
    assert not TrainingRun.objects.exists()
    prepared = forecast.context["prepared"]
    assert (prepared.forecast.tokens, prepared.forecast.usd) == (1800, Decimal("0.01"))
    assert prepared.forecast.price.is_listed
    agreed = {**fields, "forecast_for": forecast.context["forecast_for"]}
    changed = page.post(at("new_training"), {**agreed, "n_epochs": "4"})
    assert changed.context["prepared"].forecast.tokens == 2400
    assert not TrainingRun.objects.exists(), "another plan than the one that was forecast"
    started = page.post(at("new_training"), agreed)
    training = TrainingRun.objects.get()
    assert started["Location"] == at("training_run", training.pk)
    assert (training.expected_tokens, training.hyperparameters) == (1800, {"n_epochs": 3})


def test_errors_of_the_files_and_of_the_budget_leave_no_button_to_start(
    page: Client, version: DatasetVersion, service: FakeTrainings
) -> None:
    small = make_filed_version(version.project, 3)
    found = page.post(at("new_training"), entered(small, service.url))
    assert [error.code for error in found.context["checked"].errors] == ["training.in_train"]
    assert 'name="forecast_for"' not in found.content.decode()
    change_training_settings(
        project=version.project, monthly_budget_usd=0, name_pattern="{n}", actor=None
    )
    found = page.post(at("new_training"), entered(version, service.url))
    assert found.context["denied"].code == "training.over_budget"
    assert 'name="forecast_for"' not in found.content.decode()


def test_the_forecast_says_that_the_key_is_not_set(
    page: Client,
    version: DatasetVersion,
    service: FakeTrainings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY_HOSTS", "127.0.0.1")
    fields = {**entered(version, service.url), "api_key_name": "OPENAI_API_KEY"}
    found = page.post(at("new_training"), fields)
    assert found.context["key_notes"][0].code == "providers.key_unset"
    assert "OPENAI_API_KEY" in found.content.decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [("n_epochs", "51"), ("suffix", "ü"), ("base_url", "ftp://x"), ("api_key_name", "SECRET_KEY")],
)
def test_a_wrong_value_is_shown_at_its_field_and_nothing_typed_is_lost(
    page: Client, version: DatasetVersion, field: str, value: str
) -> None:
    fields = entered(version, "https://models.example.com/v1", note="Kept.")
    found = page.post(at("new_training"), {**fields, field: value})
    assert found.status_code == 422
    assert list(found.context["form"].errors) == [field]
    assert "Kept." in found.content.decode()


def test_the_page_follows_a_training_until_it_can_be_compared(
    page: Client, version: DatasetVersion, service: FakeTrainings
) -> None:
    training = work(make_training(version, service.url), rounds=2)
    shown = page.get(at("training_run", training.pk))
    assert shown.context["acts"] == [Ask.CANCEL, Ask.PAUSE]
    assert (shown.context["progress"].step, shown.context["progress"].total_steps) == (2, 3)
    assert 'hx-trigger="every 5s"' in shown.content.decode()
    live = page.get(at("training_live", training.pk), {"seen": "running-"})
    assert (live.status_code, live.get("HX-Refresh")) == (200, None)
    moved = page.get(at("training_live", training.pk), {"seen": "queued-"})
    assert (moved.status_code, moved["HX-Refresh"]) == (STOP, "true")
    training = work(training)
    base = make_model_version(version.project, name=BASE)
    shown = page.get(at("training_run", training.pk))
    assert shown.context["acts"] == []
    assert shown.context["progress"].usd_so_far == Decimal("0.02")
    assert shown.context["progress"].chart.has_validation
    final = ModelVersion.objects.get(checkpoint__training=training, checkpoint__is_final=True)
    compare = f"{at('new_run')}?candidate_id={final.pk}&amp;baseline_id={base.pk}"
    compare += f"&amp;prompts={version.pk}:test"
    assert compare in shown.content.decode()
    run_form = page.get(compare.replace("&amp;", "&")).content.decode()
    assert f'<option value="{final.pk}" selected' in run_form
    assert "hx-trigger" not in page.get(at("training_live", training.pk)).content.decode()
    assert f"Training {training.pk}" in page.get(at("trainings")).content.decode()
    assert [metric.step for metric in shown.context["progress"].steps] == [3, 2, 1]
    drawn = ('aria-describedby="accuracy-reading"', 'scope="col">Training accuracy</th>')
    training.metrics.update(train_accuracy=None, valid_accuracy=None, full_valid_accuracy=None)
    without = page.get(at("training_run", training.pk)).content.decode()
    assert all(part in shown.content.decode() and part not in without for part in drawn)
    audit = page.get(reverse("audit", args=["house"])).content.decode()
    assert at("training_run", training.pk) in audit


def test_the_page_of_a_tuned_model_shows_where_it_comes_from(
    client: Client, service: FakeTrainings
) -> None:
    house = ProjectWithMembers()
    house.many(14)
    earlier = house.freeze()
    served = make_model_version(house.project, name="served", dataset_version_id=earlier.pk)
    declare(
        project=house.project,
        alias="production",
        model_id=served.pk,
        note="It serves.",
        actor=house.lead,
    )
    house.many(3)
    version = house.freeze("Three more.")
    training = work(make_training(version, service.url, seed=71))
    model = training.checkpoints.get(is_final=True).model_version
    assert model is not None
    first = dict(earlier.items.values_list("revision_id", "split"))
    now = version.items.values_list("revision_id", "split")
    moved = sum(first.get(revision, split) != split for revision, split in now)
    changes = {"since": 1, "added": 3, "removed": 0, "changed": 0, "moved": moved}
    assert model.version_changes == {"model": "served", **changes}
    client.force_login(house.lead)
    slug = house.project.slug
    shown = client.get(reverse("evaluation:model", args=[slug, model.pk])).content.decode()
    assert "Since version 1" in shown
    assert "served was trained on it." in shown
    assert reverse("datasets:version", args=[slug, version.number]) in shown
    assert reverse("evaluation:training_run", args=[slug, training.pk]) in shown
    assert training.cost_usd
    cost = f"${training.cost_usd}"
    for fact in (version.digest, training.provider_job_id, "Training loss", cost, ">71<"):
        assert fact in shown, fact


def test_a_tuned_model_is_compared_with_production_if_that_can_be_asked(
    page: Client, version: DatasetVersion, service: FakeTrainings
) -> None:
    project = version.project
    training = work(make_training(version, service.url))
    base, served = (make_model_version(project, name=name) for name in (BASE, "served"))
    imported = ModelVersion.objects.create(project=project, name="old", provider=kinds.IMPORTED)
    assert baseline_of(training, Alias(model_version=served)) == served
    assert baseline_of(training, Alias(model_version=imported)) == base
    assert baseline_of(training, None) == base
    lead = make_member(project, Role.LEAD)
    declare(
        project=project, alias="production", model_id=imported.pk, note="It serves.", actor=lead
    )
    shown = page.get(at("training_run", training.pk))
    assert shown.context["production_from_file"] == imported
    assert at("upload_answers") in shown.content.decode()


def test_a_tuned_model_is_compared_with_the_answers_that_production_has_in_a_file(
    page: Client, version: DatasetVersion, service: FakeTrainings
) -> None:
    project = version.project
    training = work(make_training(version, service.url))
    assert training.stage == Stage.SUCCEEDED
    earlier = make_voting_run(project, raters=1)
    model, lead = earlier.baseline_id, make_member(project, Role.LEAD)
    declare(project=project, alias="production", model_id=model, note="It serves.", actor=lead)
    shown = page.get(at("training_run", training.pk)).content.decode()
    assert f"&amp;baseline_id={model}&amp;prompts=run:{earlier.pk}" in shown
    assert earlier.name in shown


def test_a_training_before_its_first_step_shows_none_of_its_steps_done(
    page: Client, version: DatasetVersion, service: FakeTrainings
) -> None:
    training = make_training(version, service.url)
    TrainingRun.objects.filter(pk=training.pk).update(total_steps=39)
    assert "0 of 39" in page.get(at("training_run", training.pk)).content.decode()


def test_a_lead_cancels_on_the_page(
    page: Client, version: DatasetVersion, service: FakeTrainings
) -> None:
    training = work(make_training(version, service.url), rounds=2)
    assert page.post(at("act_on_training", training.pk), {"act": "fly"}).status_code == 404
    page.post(at("act_on_training", training.pk), {"act": "cancel"})
    assert work(training).stage == Stage.CANCELLED
    assert page.post(at("act_on_training", training.pk), {"act": "cancel"}).status_code == 409


def test_settings_of_trainings_are_recorded(page: Client, version: DatasetVersion) -> None:
    fields = {"monthly_budget_usd": "50", "name_pattern": "{project}-{n}"}
    assert page.post(at("training_settings"), fields)["Location"] == at("trainings")
    assert version.project.training_settings.monthly_budget_usd == 50
    assert ProjectEvent.objects.get(action="change_training_settings").detail["after"] == {
        "budget": 50,
        "names": "{project}-{n}",
    }
    refused = page.post(at("training_settings"), {**fields, "name_pattern": "{x}"})
    assert list(refused.context["form"].errors) == ["name_pattern"]


def test_a_training_of_another_project_is_not_found(page: Client) -> None:
    other = make_training(make_filed_version(make_project()), "http://127.0.0.1:9/v1")
    for name in ("training_run", "training_live"):
        assert page.get(at(name, other.pk)).status_code == 404
    assert page.post(at("act_on_training", other.pk), {"act": "cancel"}).status_code == 404


def test_the_base_model_is_checked_not_one_tuned_from_it_that_is_called_alike(
    page: Client, version: DatasetVersion
) -> None:
    project = version.project
    base, steady, tuned = (make_model_version(project, name=n) for n in (BASE, "steady", "tuned"))
    ModelVersion.objects.filter(project=project).update(model_id=BASE)
    ModelVersion.objects.filter(pk=tuned.pk).update(dataset_version=version)
    form = page.get(at("new_training"), {"version": str(version.number), "base_model": BASE})
    shown = form.content.decode()
    assert f"?model={base.pk}" in shown
    assert f"?model={steady.pk}" not in shown and f"?model={tuned.pk}" not in shown
