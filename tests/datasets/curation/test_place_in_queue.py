"""The place in the queue: neighbours and the next example, although the opened one has changed."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from datasets.assignments.models import Assignment
from datasets.curation.filters import SortKey
from datasets.curation.lifecycle import State
from datasets.curation.models import GoldenExample, Intent
from reviewapp.people.models import Project, Role, User
from tests.datasets.curation.pages import editor_fields, signed_in, texts_with, url_of
from tests.factories.examples import make_example
from tests.factories.people import make_member, make_project

pytestmark = pytest.mark.django_db

START = datetime(2026, 1, 1, tzinfo=UTC)
SORTS = ["", *(f"{sign}{key}" for key in SortKey for sign in ("", "-"))]
LAST = 9


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def lead(project: Project) -> User:
    return make_member(project, Role.LEAD)


@pytest.fixture
def made(project: Project, lead: User) -> list[GoldenExample]:
    """Four drafts of the lead whose values in every order grow."""
    made = [make_example(project, author=lead) for _ in range(4)]
    for number, example in enumerate(made):
        Assignment.objects.create(example=example, assignee=lead, assigned_by=lead)
        move(example, number)
    return made


def move(example: GoldenExample, number: int) -> None:
    """Give an example the values of a place in every order."""
    intent, _ = Intent.objects.get_or_create(project=example.project, name=f"intent ~{number}")
    GoldenExample.objects.filter(pk=example.pk).update(
        created_at=START + timedelta(hours=number),
        updated_at=START + timedelta(days=number),
        language=f"e{number}",
        open_findings=number,
        intent=intent,
    )
    Assignment.objects.filter(example=example).update(due_on=date(2026, 12, 10 + number))


def opened(client: Client, example: GoldenExample, sort: str) -> Any:
    return client.get(url_of("example", example), {"sort": sort})


def address_of(page: Any, name: str, example: GoldenExample) -> str:
    """Return the address of an action with its query, as the page has it."""
    found = re.search(rf'"({re.escape(url_of(name, example))}[^"]*)"', page.content.decode())
    assert found is not None
    return unescape(found[1])


@pytest.mark.parametrize("sort", SORTS)
def test_the_next_example_follows_the_place_at_which_one_was_opened(
    made: list[GoldenExample], lead: User, sort: str
) -> None:
    is_descending = sort.startswith("-") != (sort.removeprefix("-") == SortKey.AGE)
    following = made[0] if is_descending else made[2]
    client = signed_in(lead)
    submit = address_of(opened(client, made[1], sort), "submit", made[1])
    move(made[1], LAST)
    revision = made[1].latest_revision
    response = client.post(submit, {"revision_id": revision.pk, "reason": ""})
    query = f"?sort={sort}" if sort else ""
    assert response["Location"] == url_of("example", following) + query


def test_after_a_draft_of_the_list_of_drafts_comes_a_draft(
    made: list[GoldenExample], lead: User
) -> None:
    GoldenExample.objects.filter(pk=made[2].pk).update(state=State.CHANGES_REQUESTED)
    address = f"{url_of('submit', made[1])}?state=draft"
    fields = {"revision_id": made[1].latest_revision.pk, "reason": ""}
    response = signed_in(lead).post(address, fields)
    assert response["Location"] == f"{url_of('example', made[3])}?state=draft"


def test_a_saved_example_keeps_its_neighbours(made: list[GoldenExample], lead: User) -> None:
    client, example = signed_in(lead), made[1]
    page = opened(client, example, SortKey.UPDATED)
    fields = editor_fields(example, text=texts_with(example, 3, "It is on its way."))
    saved = client.post(address_of(page, "save", example), fields, follow=True)
    assert GoldenExample.objects.get(pk=example.pk).updated_at > START + timedelta(days=LAST)
    sidebar = saved.context["sidebar"]
    assert (sidebar.previous, sidebar.following) == (made[0], made[2])
    assert sidebar.examples == made


def test_an_example_opened_anew_is_at_its_present_place(
    made: list[GoldenExample], lead: User
) -> None:
    client, example = signed_in(lead), made[1]
    address = address_of(opened(client, example, SortKey.UPDATED), "save", example)
    move(example, LAST)
    assert opened(client, example, SortKey.UPDATED).context["sidebar"].following is None
    _, _, query = address.partition("?")
    other = client.get(f"{url_of('example', made[2])}?{query}").context["sidebar"]
    assert (other.previous, other.following) == (made[0], made[3])


def test_a_conflict_keeps_the_place(made: list[GoldenExample], lead: User) -> None:
    client, example = signed_in(lead), made[1]
    save = address_of(opened(client, example, SortKey.UPDATED), "save", example)
    typed = editor_fields(example, text=texts_with(example, 3, "Mine."))
    theirs = editor_fields(example, text=texts_with(example, 3, "Theirs."))
    client.post(save, theirs)
    conflict = client.post(save, typed)
    discarded = client.post(address_of(conflict, "discard_draft", example), follow=True)
    assert discarded.context["sidebar"].following == made[2]


def test_a_mistyped_place_is_the_present_one(made: list[GoldenExample], lead: User) -> None:
    page = reverse("datasets:example", args=[made[1].project.slug, made[1].pk])
    query = {"sort": SortKey.UPDATED, "place": f"x~{made[1].pk}"}
    assert signed_in(lead).get(page, query).context["sidebar"].following == made[2]
