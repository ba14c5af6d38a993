"""Creating a project in the browser: who may, which roles they get, what is rejected."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from reviewapp.people.models import Project, ProjectEvent, Role, User
from tests.factories.people import make_member, make_project, make_user

pytestmark = pytest.mark.django_db
ADDRESS = "/projects/new/"
FORM = {"name": "Acme support", "slug": "acme", "roles": ["reviewer"]}


@pytest.fixture
def admin() -> User:
    return User.objects.create_superuser(email="root@example.com", password="x" * 20)


def test_a_site_admin_creates_a_project_and_is_its_lead(client: Client, admin: User) -> None:
    client.force_login(admin)
    assert client.post(ADDRESS, FORM)["Location"] == reverse("project_home", args=["acme"])
    project = Project.objects.get(slug="acme")
    assert project.name == "Acme support"
    roles = set(project.memberships.filter(user=admin).values_list("role", flat=True))
    assert roles == {Role.LEAD, Role.REVIEWER}
    event = ProjectEvent.objects.get(action="create_project", project=project)
    assert (event.actor, event.detail) == (admin, {"roles": ["reviewer", "lead"]})


@pytest.mark.parametrize("is_allowed", [True, False])
def test_a_lead_creates_projects_if_the_setting_allows_it(
    client: Client, settings: Any, *, is_allowed: bool
) -> None:
    settings.LEADS_CREATE_PROJECTS = is_allowed
    client.force_login(make_member(make_project(), Role.LEAD))
    response = client.post(ADDRESS, FORM)
    assert response.status_code == (302 if is_allowed else 403)
    assert Project.objects.filter(slug="acme").exists() == is_allowed
    assert ("/projects/new/" in client.get("/", follow=True).content.decode()) == is_allowed


def test_nobody_else_creates_projects(client: Client, settings: Any) -> None:
    settings.LEADS_CREATE_PROJECTS = True
    assert client.get(ADDRESS).status_code == 302
    reviewer = make_member(make_project(), Role.REVIEWER, Role.ANNOTATOR)
    for user in (make_user(), reviewer):
        client.force_login(user)
        assert client.post(ADDRESS, FORM).status_code == 403


def test_an_empty_slug_is_made_from_the_name(client: Client, admin: User) -> None:
    client.force_login(admin)
    assert client.post(ADDRESS, FORM | {"slug": ""}).status_code == 302
    assert Project.objects.get(name="Acme support").slug == "acme-support"
    unnamed = client.post(ADDRESS, FORM | {"name": "日本", "slug": ""})
    assert unnamed.context["form"].errors.keys() == {"slug"}


@pytest.mark.parametrize("slug", ["Acme!", "taken"])
def test_a_bad_slug_is_rejected_at_its_field(client: Client, admin: User, slug: str) -> None:
    make_project("taken")
    client.force_login(admin)
    response = client.post(ADDRESS, FORM | {"slug": slug})
    assert response.status_code == 422
    assert response.context["form"].errors.keys() == {"slug"}
    assert "Acme support" in response.content.decode()
