"""The languages that a member reads: who may change them, and what is stored of it."""

import pytest
from django.test import Client
from django.urls import reverse

from reviewapp.core.errors import InvalidInput, PermissionDeniedError
from reviewapp.people.actions.reading import set_reading_languages
from reviewapp.people.models import Project, ProjectEvent, Role
from reviewapp.people.reading import languages_read
from tests.factories.people import make_member, make_project, make_user

pytestmark = pytest.mark.django_db


def project_in(*languages: str) -> Project:
    project = make_project()
    project.languages = list(languages)
    project.save(update_fields=["languages"])
    return project


def test_a_member_chooses_from_the_languages_of_the_project_and_others(client: Client) -> None:
    project = project_in("en", "de")
    reviewer = make_member(project, Role.REVIEWER)
    client.force_login(reviewer)
    page = reverse("own_languages", args=[project.slug])
    assert b"German" in client.get(page).content
    client.post(page, {"known": ["de"], "other": "PT"})
    assert languages_read(project.pk, [reviewer.pk]) == {reviewer.pk: ["de", "pt"]}
    shown = client.get(page)
    assert shown.context["form"].initial == {"known": ["de"], "other": ["pt"]}
    client.post(page, {"other": ""})
    assert languages_read(project.pk, [reviewer.pk]) == {}


def test_each_change_of_the_languages_is_recorded_once() -> None:
    project = make_project()
    lead, reviewer = make_member(project, Role.LEAD), make_member(project, Role.REVIEWER)
    for _ in range(2):
        set_reading_languages(project=project, user=reviewer, languages=["de"], actor=lead)
    (event,) = ProjectEvent.objects.filter(action="change_reading_languages")
    assert (event.actor, event.subject) == (lead, reviewer)
    assert event.detail == {"before": [], "after": ["de"]}


def test_a_lead_sets_the_languages_of_a_member_on_the_members_page(client: Client) -> None:
    project = make_project()
    client.force_login(make_member(project, Role.LEAD))
    reviewer = make_member(project, Role.REVIEWER)
    page = reverse("member_languages", args=[project.slug, reviewer.pk])
    assert client.post(page, {"other": "it"})["Location"] == reverse("members", args=[project.slug])
    members = client.get(reverse("members", args=[project.slug])).content.decode()
    assert page in members
    assert "Italian" in members


def test_only_the_member_or_a_lead_changes_the_languages() -> None:
    project = make_project()
    reader, other = make_member(project, Role.REVIEWER), make_member(project, Role.REVIEWER)
    with pytest.raises(PermissionDeniedError):
        set_reading_languages(project=project, user=reader, languages=["de"], actor=other)


def test_languages_of_someone_who_is_no_member_are_rejected(client: Client) -> None:
    project, stranger = make_project(), make_user()
    with pytest.raises(InvalidInput):
        set_reading_languages(project=project, user=stranger, languages=["de"], actor=None)
    client.force_login(make_member(project, Role.LEAD))
    assert client.get(f"/p/{project.slug}/members/{stranger.pk}/languages/").status_code == 404


def test_a_wrong_code_keeps_what_was_typed(client: Client) -> None:
    project: Project = make_project()
    client.force_login(make_member(project, Role.REVIEWER))
    answer = client.post(reverse("own_languages", args=[project.slug]), {"other": "de, german"})
    assert answer.status_code == 422
    assert "de, german" in answer.content.decode()
