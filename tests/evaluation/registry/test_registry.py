"""The registry: what may be registered, what may change, and that no key ever comes near it."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from evaluation.registry.actions import registry
from evaluation.registry.actions.registry import Description, Limits, Registration
from evaluation.registry.models import Endpoint, ModelEvent, ModelTrial, ModelVersion
from reviewapp.core.errors import InvalidInput, PermissionDeniedError
from reviewapp.people.models import Project, Role, User
from tests.factories.people import make_member, make_project
from tests.factories.runs import make_model_version

pytestmark = pytest.mark.django_db
SECRET = "sk-very-secret-value"
FIELDS = {
    "name": "tuned",
    "provider": "compatible",
    "base_url": "https://models.example.com/v1/",
    "model_id": "shop-7b",
    "api_key_name": "SHOP_API_KEY",
    "max_concurrent": "4",
    "requests_per_minute": "90",
    "hyperparameters": '{"epochs": 3}',
    "extra_body": "",
    "usd_per_million_input_tokens": "0.8",
    "usd_per_million_output_tokens": "3.2",
}


@pytest.fixture
def project() -> Project:
    return make_project("house")


@pytest.fixture
def lead(project: Project) -> User:
    return make_member(project, Role.LEAD)


@pytest.fixture
def page(client: Client, lead: User) -> Client:
    client.force_login(lead)
    return client


def at(name: str, *args: object) -> str:
    return reverse(f"evaluation:{name}", args=["house", *args])


def registration(**fields: Any) -> Registration:
    given = {"name": "tuned", "base_url": "https://models.example.com/v1", "model_id": "shop-7b"}
    return Registration(**given | fields)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://models.example.com",
        "file:///etc/passwd",
        "models.example.com/v1",
        "https://",
        "https://user:secret@models.example.com/v1",
        "https://models.example.com/v1?key=secret",
        "https://models.example.com/v1#x",
        "https://models.example.com:99999/v1",
        "https://models example.com/v1",
        "http://169.254.169.254/v1",
    ],
)
def test_only_plain_web_addresses_may_be_called(project: Project, url: str) -> None:
    with pytest.raises(InvalidInput):
        registry.register_model(
            project=project, registration=registration(base_url=url), actor=None
        )


@pytest.mark.parametrize(
    "name", ["SECRET_KEY", "DATABASE_URL", SECRET, "shop_api_key", "X_API_KEY_FILE", "_API_KEY"]
)
def test_only_names_of_keys_may_name_a_key(project: Project, name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        registry.register_model(
            project=project, registration=registration(api_key_name=name), actor=None
        )
    assert SECRET not in str(refused.value)


def test_a_name_stands_once_in_a_project(project: Project) -> None:
    registry.register_model(project=project, registration=registration(), actor=None)
    with pytest.raises(InvalidInput, match="already"):
        registry.register_model(project=project, registration=registration(), actor=None)


def test_models_behind_one_address_share_its_limits(project: Project) -> None:
    first = make_model_version(project, base_url="https://one.example.com/v1")
    second = make_model_version(project, base_url="https://one.example.com/v1/")
    assert first.endpoint_id == second.endpoint_id
    other = make_model_version(
        project, base_url="https://one.example.com/v1", api_key_name="OTHER_API_KEY"
    )
    assert other.endpoint_id != first.endpoint_id
    registry.set_limits(model_id=second.pk, limits=Limits(7, 70), actor=None)
    assert Endpoint.objects.get(pk=first.endpoint_id or 0).max_concurrent == 7


@pytest.mark.parametrize("limits", [Limits(0, 60), Limits(2, 0), Limits(500, 60)])
def test_limits_out_of_range_are_refused(project: Project, limits: Limits) -> None:
    model = make_model_version(project)
    with pytest.raises(InvalidInput):
        registry.set_limits(model_id=model.pk, limits=limits, actor=None)


def test_a_dataset_version_of_another_project_is_refused(project: Project) -> None:
    with pytest.raises(InvalidInput, match="does not belong"):
        registry.register_model(
            project=project, registration=registration(dataset_version_id=12345), actor=None
        )


def test_a_change_is_recorded_with_before_and_after(project: Project, lead: User) -> None:
    model = make_model_version(project)
    said = Description(purpose="Answer customers", usd_per_million_input_tokens=Decimal("0.5"))
    registry.describe_model(model_id=model.pk, description=said, actor=lead)
    registry.describe_model(model_id=model.pk, description=said, actor=lead)
    event = ModelEvent.objects.get(action="describe_model")
    assert event.actor == lead
    assert event.detail["changed"]["purpose"] == {"before": "", "after": "Answer customers"}


def test_only_leads_register(project: Project) -> None:
    reviewer = make_member(project, Role.REVIEWER)
    with pytest.raises(PermissionDeniedError):
        registry.register_model(project=project, registration=registration(), actor=reviewer)


def test_a_lead_registers_a_model_on_the_page(page: Client) -> None:
    answer = page.post(at("register_model"), FIELDS)
    model = ModelVersion.objects.get()
    assert answer["Location"] == at("model", model.pk)
    assert (model.name, model.model_id, model.hyperparameters) == (
        "tuned",
        "shop-7b",
        {"epochs": 3},
    )
    assert model.endpoint is not None
    assert model.endpoint.base_url == "https://models.example.com/v1"
    assert (model.endpoint.max_concurrent, model.usd_per_million_output_tokens) == (
        4,
        Decimal("3.2"),
    )
    assert ModelEvent.objects.get().action == "register_model"


def test_a_key_typed_by_mistake_is_refused_and_not_shown_again(page: Client) -> None:
    answer = page.post(at("register_model"), FIELDS | {"api_key_name": SECRET})
    assert answer.status_code == 422
    assert SECRET not in answer.content.decode()
    assert not Endpoint.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"base_url": "nonsense"},
        {"hyperparameters": "[1]"},
        {"extra_body": "{"},
        {"extra_body": '{"a": NaN}'},
        {"extra_body": '{"a": 1e999}'},
        {"extra_body": '{"a": "\\u0000"}'},
        {"hyperparameters": '{"a": "\\ud83d"}'},
        {"hyperparameters": f'{{"a": {"9" * 5000}}}'},
        {"hyperparameters": "[" * 3000},
        {"hyperparameters": '{"a":' * 3000 + "1" + "}" * 3000},
        {"max_concurrent": "0"},
        {"name": ""},
    ],
)
def test_a_form_with_a_mistake_comes_back(page: Client, wrong: dict[str, str]) -> None:
    answer = page.post(at("register_model"), FIELDS | wrong)
    assert answer.status_code == 422
    assert "shop-7b" in answer.content.decode()


def test_a_taken_name_keeps_what_was_typed(page: Client, project: Project) -> None:
    make_model_version(project, name="tuned")
    answer = page.post(at("register_model"), FIELDS)
    assert answer.status_code == 422
    assert "models.example.com" in answer.content.decode()


def test_the_page_says_whether_the_key_is_set_and_never_what_it_is(
    page: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = make_model_version(project, api_key_name="SHOP_API_KEY")
    assert "not set here" in page.get(at("model", model.pk)).content.decode()
    monkeypatch.setenv("SHOP_API_KEY", SECRET)
    for answer in (page.get(at("model", model.pk)), page.get(at("models"))):
        assert SECRET not in answer.content.decode()
    assert "set here" in page.get(at("model", model.pk)).content.decode()


def test_the_pages_say_that_a_key_is_not_bound_to_the_host(
    page: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = make_model_version(
        project, api_key_name="SHOP_API_KEY", base_url="https://models.example.com/v1"
    )
    shown = page.get(at("model", model.pk)).content.decode()
    assert "set SHOP_API_KEY_HOSTS=models.example.com" in shown
    assert "Key not for this host" in page.get(at("models")).content.decode()
    monkeypatch.setenv("SHOP_API_KEY_HOSTS", "models.example.com")
    assert "SHOP_API_KEY_HOSTS=" not in page.get(at("model", model.pk)).content.decode()


def test_a_host_that_is_not_listed_is_refused_at_its_field(page: Client, settings: Any) -> None:
    settings.PROVIDER_ALLOWED_HOSTS = ["other.example.com"]
    answer = page.post(at("register_model"), FIELDS)
    assert answer.status_code == 422
    assert "PROVIDER_ALLOWED_HOSTS" in answer.content.decode()


@pytest.mark.parametrize(
    ("days", "said"),
    [(400, ""), (60, "in 60 days"), (-1, "retired it on")],
)
def test_a_retirement_is_announced(page: Client, project: Project, days: int, said: str) -> None:
    day: date = timezone.localdate() + timedelta(days=days)
    make_model_version(project, description=Description(retirement_date=day))
    shown = page.get(at("models")).content.decode()
    assert said in shown
    assert ("provider retire" in shown) == bool(said)


def test_a_description_is_changed_on_its_page(page: Client, project: Project) -> None:
    model = make_model_version(project)
    page.post(at("describe_model", model.pk), {"known_limitations": "No Danish."})
    shown = page.get(at("model", model.pk)).content.decode()
    assert "No Danish." in shown
    assert "Description changed" in shown


def test_limits_are_changed_on_the_page(page: Client, project: Project) -> None:
    model = make_model_version(project)
    page.post(at("model_limits", model.pk), {"max_concurrent": 9, "requests_per_minute": 10})
    assert Endpoint.objects.get().max_concurrent == 9
    wrong = page.post(at("model_limits", model.pk), {"max_concurrent": 0})
    assert wrong.status_code == 422


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.REVIEWER])
def test_others_see_no_models(client: Client, project: Project, role: Role) -> None:
    model = make_model_version(project)
    client.force_login(make_member(project, role))
    for url in (at("models"), at("register_model"), at("model", model.pk)):
        assert client.get(url).status_code == 403
    assert client.post(at("try_model", model.pk)).status_code == 403


def test_a_model_of_another_project_is_not_found(page: Client) -> None:
    model = make_model_version()
    assert page.get(at("model", model.pk)).status_code == 404


def test_the_form_says_whether_a_key_is_set_and_where_it_may_go(
    page: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def notes(name: str, url: str = "") -> list[str]:
        answer = page.post(at("key_notes"), {"api_key_name": name, "base_url": url})
        assert SECRET not in answer.content.decode()
        return [note.code for note in answer.context["notes"]]

    assert notes("") == []
    assert notes("SHOP_API_KEY") == ["providers.key_unset", "providers.key_no_hosts"]
    monkeypatch.setenv("SHOP_API_KEY", SECRET)
    monkeypatch.setenv("SHOP_API_KEY_HOSTS", "models.example.com")
    assert notes("SHOP_API_KEY") == ["providers.key_set", "providers.key_hosts"]
    other = notes("SHOP_API_KEY", "https://other.example.com/v1")
    assert other == ["providers.key_set", "providers.key_not_for_host"]
    assert notes("OPENAI_API_KEY") == ["providers.key_unset", "providers.key_hosts"]
    for wrong in (SECRET, "SECRET_KEY", "DATABASE_URL"):
        assert notes(wrong) == ["providers.key_name_wrong"]


def test_a_model_can_be_tried_as_soon_as_it_is_registered(page: Client) -> None:
    page.post(at("register_model"), FIELDS | {"test": "1"})
    assert ModelTrial.objects.get().model_version.name == "tuned"
    page.post(at("register_model"), FIELDS | {"name": "untested"})
    assert ModelTrial.objects.count() == 1
