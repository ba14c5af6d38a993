"""The API of trainings: forecast, start, follow, cancel; a scope of its own, for leads only."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from datasets.versions.models import DatasetVersion
from evaluation.training.models import Stage, TrainingRun
from reviewapp.people.actions.members import create_token
from reviewapp.people.models import Role, Scope
from tests.factories.people import make_member, make_project
from tests.factories.trainings import BASE, work
from tests.factories.versions import make_filed_version
from tests.fake_trainings import FakeTrainings, fake_trainings

pytestmark = pytest.mark.django_db
LIST = "/api/v1/projects/house/trainings"


@pytest.fixture
def service() -> Iterator[FakeTrainings]:
    with fake_trainings() as running:
        yield running


@pytest.fixture
def version() -> DatasetVersion:
    return make_filed_version(make_project("house"))


def caller(version: DatasetVersion, *roles: Role, scopes: list[str] | None = None) -> Client:
    member = make_member(version.project, *roles)
    token = create_token(user=member, **({"scopes": scopes} if scopes else {}))  # type: ignore[arg-type]
    return Client(headers={"Authorization": f"Bearer {token.secret}"})


def body(url: str, **fields: Any) -> dict[str, Any]:
    asked = {"version": 1, "base_model": BASE, "base_url": url, "api_key_name": ""}
    return {**asked, "hyperparameters": {"n_epochs": 3}, **fields}


def post(client: Client, path: str, sent: dict[str, Any] | None = None) -> Any:
    return client.post(path, sent or {}, content_type="application/json")


def test_a_script_forecasts_starts_and_follows_a_training(
    version: DatasetVersion, service: FakeTrainings
) -> None:
    client = caller(version, Role.LEAD)
    forecast = post(client, LIST, body(service.url, dry_run=True))
    assert (forecast.status_code, forecast.json()["tokens"]) == (200, 1800)
    assert not TrainingRun.objects.exists()
    started = post(client, LIST, body(service.url))
    assert (started.status_code, started.json()["stage"]) == (202, "queued")
    training = work(TrainingRun.objects.get())
    shown = client.get(f"/api/v1/trainings/{training.pk}").json()
    assert (shown["stage"], shown["is_over"], shown["tokens"]) == ("succeeded", True, 4000)
    assert [metric["step"] for metric in shown["metrics"]] == [1, 2, 3]
    assert [checkpoint["is_final"] for checkpoint in shown["checkpoints"]] == [True, False, False]
    assert shown["checkpoints"][0]["name"] == f"house-{BASE}-v1-1"
    assert [row["id"] for row in client.get(LIST).json()["items"]] == [training.pk]


def test_a_script_cancels_a_training(version: DatasetVersion, service: FakeTrainings) -> None:
    client = caller(version, Role.LEAD)
    training = post(client, LIST, body(service.url)).json()
    path = f"/api/v1/trainings/{training['id']}"
    assert post(client, f"{path}/pause").status_code == 409
    assert post(client, f"{path}/cancel").json()["asked"] == "cancel"
    assert work(TrainingRun.objects.get()).stage == Stage.CANCELLED
    assert post(client, f"{path}/cancel").status_code == 409


@pytest.mark.parametrize(
    ("roles", "scopes"),
    [
        ([Role.REVIEWER], None),
        ([Role.ANNOTATOR], None),
        ([Role.LEAD], [Scope.RUNS.value, Scope.MANAGE.value]),
    ],
)
def test_only_a_lead_with_the_scope_may_ask(
    version: DatasetVersion, roles: list[Role], scopes: list[str] | None
) -> None:
    client = caller(version, *roles, scopes=scopes)
    assert client.get(LIST).status_code == 403
    assert post(client, LIST, body("http://127.0.0.1:9/v1")).status_code == 403
    assert not TrainingRun.objects.exists()


@pytest.mark.parametrize(
    "wrong", [{"version": 9}, {"hyperparameters": {"n_epochs": 99}}, {"base_url": "ftp://x"}]
)
def test_a_plan_that_cannot_start_is_refused_with_a_sentence(
    version: DatasetVersion, wrong: dict[str, Any]
) -> None:
    answer = post(caller(version, Role.LEAD), LIST, body("http://127.0.0.1:9/v1", **wrong))
    assert answer.status_code == 422
    assert answer.json()["detail"].endswith(".")
