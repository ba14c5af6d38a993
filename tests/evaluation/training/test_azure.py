"""Trainings at Azure: its bytes, its header, its limits, and its states as they are."""

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from datasets.versions.models import DatasetVersion
from evaluation.training.actions.asking import ask_denied_reason, ask_training
from evaluation.training.models import Ask, Stage, TrainingRun
from evaluation.training.providers.http_errors import seconds_of
from evaluation.training.tasks import TRAININGS
from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import Message
from reviewapp.people.models import Role
from tests.factories.people import make_member, make_project
from tests.factories.trainings import make_training, pass_time, seconds_left, work
from tests.factories.versions import make_filed_version
from tests.fake_azure import BYTE_ORDER_MARK, NO_RETRY, FakeAzure
from tests.fake_trainings import Fault, running

pytestmark = pytest.mark.django_db


@pytest.fixture
def service() -> Iterator[FakeAzure]:
    with running(FakeAzure) as found:
        yield found


@pytest.fixture
def version() -> DatasetVersion:
    return make_filed_version(make_project("house"))


def start(version: DatasetVersion, service: FakeAzure, **fields: Any) -> TrainingRun:
    return make_training(version, service.url, provider="azure", **fields)


def test_azure_gets_marked_bytes_and_reports_what_it_chose(
    service: FakeAzure, version: DatasetVersion
) -> None:
    chosen = {"n_epochs": 2, "trainingType": "globalStandard"}
    training = work(start(version, service, hyperparameters=chosen, suffix="x" * 18))
    assert training.stage == Stage.SUCCEEDED
    assert training.endpoint is not None
    assert training.endpoint.base_url == f"{service.url}/openai/v1"
    [job] = service.jobs.values()
    sent = service.contents[job.body["training_file"]]
    assert sent.startswith(BYTE_ORDER_MARK)
    assert training.files["train"]["sha256"] == hashlib.sha256(sent).hexdigest()
    assert hashlib.sha256(sent[3:]).hexdigest() == version.files.get(split="train").sha256
    assert job.body["trainingType"] == "globalStandard"
    assert training.used_hyperparameters == {"n_epochs": 2, "batch_size": "auto"}
    assert training.metrics.get(step=3).full_valid_loss == 1.15
    assert service.files == {}
    models = training.checkpoints.values_list("model_version__model_id", flat=True)
    assert training.tuned_model in models


@pytest.mark.parametrize("dated", ["", "2025-04-01-preview"])
def test_the_key_goes_in_azures_header_to_the_version_that_is_set(
    service: FakeAzure,
    version: DatasetVersion,
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
    dated: str,
) -> None:
    monkeypatch.setenv("SHOP_API_KEY", "secret")
    monkeypatch.setenv("SHOP_API_KEY_HOSTS", "127.0.0.1")
    settings.AZURE_OPENAI_API_VERSION = service.version = dated
    service.key = "secret"
    training = work(start(version, service, api_key_name="SHOP_API_KEY"), rounds=4)
    assert training.provider_job_id


def test_a_lost_answer_to_create_is_found_by_the_training_file(
    service: FakeAzure, version: DatasetVersion
) -> None:
    service.fail("create", Fault(after=True))
    assert work(start(version, service)).stage == Stage.SUCCEEDED
    assert (len(service.jobs), service.calls["create"], service.files) == (1, 1, {})


def test_a_rate_limit_without_retry_after_waits_for_the_reset(
    service: FakeAzure, version: DatasetVersion
) -> None:
    service.fail("upload", NO_RETRY)
    training = start(version, service)
    TRAININGS.run(training.pk)
    training.refresh_from_db()
    assert 30 < seconds_left(training) < 34
    assert work(training).stage == Stage.SUCCEEDED
    # Azure's list has no last page: a second request repeats the files of the first.
    assert service.calls["list_files"] <= 4


@pytest.mark.parametrize(
    ("given", "seconds"),
    [("45", 45), ("6m0s", 360), ("20ms", 0.02), ("2s81ms", 2.081), ("-1", None), ("", None)],
)
def test_resets_are_seconds_or_durations(given: str, seconds: float | None) -> None:
    assert seconds_of(given) == pytest.approx(seconds)


def test_azure_pauses_only_after_a_step(service: FakeAzure, version: DatasetVersion) -> None:
    service.lifecycle = ("queued", "running", "running", "running", "succeeded")
    training = start(version, service)
    TRAININGS.run(training.pk)
    TrainingRun.objects.filter(pk=training.pk).update(stage=Stage.RUNNING, provider_job_id="job")
    training.refresh_from_db()
    denied = ask_denied_reason(training, Ask.PAUSE)
    assert isinstance(denied, Message)
    assert denied.code == "training.pause_after_step"


def test_a_paused_azure_job_goes_on_and_unknown_states_are_shown(
    service: FakeAzure, version: DatasetVersion
) -> None:
    service.lifecycle = ("queued", "running", "rehydrating", "running", "succeeded")
    training = start(version, service)
    for _ in range(9):
        pass_time(training)
        TRAININGS.run(training.pk)
        training.refresh_from_db()
        if training.provider_state == "rehydrating":
            break
    assert (training.stage, training.provider_state) == (Stage.RUNNING, "rehydrating")
    ask_training(training_id=training.pk, ask=Ask.PAUSE, actor=None)
    assert work(training, rounds=1).stage == Stage.PAUSED
    ask_training(training_id=training.pk, ask=Ask.RESUME, actor=None)
    assert work(training).stage == Stage.SUCCEEDED


def test_a_file_that_azure_cannot_read_ends_the_training_without_a_job(
    service: FakeAzure, version: DatasetVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.fake_azure.BYTE_ORDER_MARK", b"something else")
    training = work(start(version, service))
    assert (training.stage, training.error_code) == (Stage.FAILED, "file_rejected")
    assert (service.jobs, service.files) == ({}, {})


@pytest.mark.parametrize(
    "wrong",
    [
        {"suffix": "x" * 19},
        {"hyperparameters": {"trainingType": "moon"}},
        {"hyperparameters": {"n_epochs": "many"}},
    ],
)
def test_azures_own_limits_are_checked_before_the_start(
    service: FakeAzure, version: DatasetVersion, wrong: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInput):
        start(version, service, **wrong)


def test_openais_list_prices_are_not_azures(service: FakeAzure, version: DatasetVersion) -> None:
    assert start(version, service).expected_usd is None


def test_the_set_up_page_has_the_fields_and_terms_of_the_chosen_provider(
    client: Client, version: DatasetVersion
) -> None:
    client.force_login(make_member(version.project, Role.LEAD))
    url = reverse("evaluation:new_training", args=["house"])
    first = client.get(url)
    assert "trainingType" not in first.context["form"].fields
    typed = {"kind": "openai", "switch_to": "azure", "base_model": "kept-model", "n_epochs": "2"}
    switched = client.post(url, typed)
    form = switched.context["form"]
    assert (switched.status_code, form.provider.kind) == (200, "azure")
    assert (form["base_model"].value(), form["n_epochs"].value()) == ("kept-model", "2")
    assert form["api_key_name"].value() == "AZURE_OPENAI_API_KEY"
    assert "trainingType" in form.fields
    page = switched.content.decode()
    assert all(str(sentence) in page for sentence in form.provider.terms)
