"""A lead changes what examples are inspected against."""

import pytest
from django.test import Client
from django.urls import reverse

from reviewapp.core.errors import InvalidInput, PermissionDeniedError
from reviewapp.people.actions import settings as projects
from reviewapp.people.models import Project, ProjectEvent, Role
from tests.factories.people import make_member, make_project

pytestmark = pytest.mark.django_db

SETTINGS = {
    "name": "Aurora",
    "languages": "EN, de it",
    "phone_regions": "de",
    "token_budget": 3000,
    "message_token_budget": 900,
    "tokenizer_model": "gpt-4o",
}


def test_saving_stores_codes_in_normal_form_and_says_what_changed(client: Client) -> None:
    project = make_project()
    client.force_login(make_member(project, Role.LEAD))
    client.post(reverse("project_settings", args=[project.slug]), SETTINGS)
    saved = Project.objects.get(pk=project.pk)
    assert (saved.languages, saved.phone_regions) == (["en", "de", "it"], ["DE"])
    event = ProjectEvent.objects.get(project=project, action="change_settings")
    assert event.detail["after"]["token_budget"] == 3000
    assert event.detail["before"]["token_budget"] == 4096


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("languages", "english"),
        ("phone_regions", "GER"),
        ("phone_regions", "DE, ZZ"),
        ("token_budget", 0),
        ("message_token_budget", 3001),
    ],
)
def test_an_invalid_value_is_shown_at_its_field(client: Client, field: str, value: object) -> None:
    project = make_project()
    client.force_login(make_member(project, Role.LEAD))
    page = client.post(reverse("project_settings", args=[project.slug]), {**SETTINGS, field: value})
    assert page.status_code == 422
    assert page.context["form"].errors[field]
    assert not ProjectEvent.objects.filter(action="change_settings").exists()


def test_saving_what_stands_is_no_event() -> None:
    project = make_project()
    projects.change_settings(project_id=project.pk, changes={"name": project.name}, actor=None)
    assert not ProjectEvent.objects.filter(action="change_settings").exists()


def test_only_a_lead_changes_settings() -> None:
    project = make_project()
    annotator = make_member(project, Role.ANNOTATOR)
    with pytest.raises(PermissionDeniedError):
        projects.change_settings(project_id=project.pk, changes={"name": "x"}, actor=annotator)
    with pytest.raises(InvalidInput):
        projects.change_settings(project_id=project.pk, changes={"slug": "x"}, actor=None)
