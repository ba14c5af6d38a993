"""The queue by people: filters with a chooser, and words of the search that name a person."""

import pytest
from django.core.cache import cache

from datasets.curation.filters import ExampleFilter, PersonWord
from datasets.curation.models import GoldenExample
from datasets.curation.people import people_choices
from reviewapp.people.models import Project, Role, User
from tests.datasets.curation.pages import queue_of, signed_in
from tests.factories.examples import make_approved_example, make_content, make_example
from tests.factories.people import make_member, make_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    cache.clear()
    return make_project()


@pytest.fixture
def lead(project: Project) -> User:
    return make_member(project, Role.LEAD, name="Lea")


def test_people_are_named_in_the_search(project: Project, lead: User) -> None:
    giulia = make_member(project, Role.ANNOTATOR, name="Giulia Rossi")
    tom = make_member(project, Role.ANNOTATOR, name="Tom Burr")
    parcel = make_example(project, author=giulia)
    boots = make_example(project, author=giulia, content=make_content(question="Red boots?"))
    reviewed = make_approved_example(project, author=tom)
    reviewer = User.objects.get(reviews__revision__example=reviewed)
    client = signed_in(lead)
    for query, expected in [
        ("author:giulia", [parcel, boots]),
        ("author:ROSSI", [parcel, boots]),
        ('author:"giulia ro"', [parcel, boots]),
        (f"author:{giulia.email}", [parcel, boots]),
        ("author:giulia boots", [boots]),
        ("boots author:giulia", [boots]),
        ("author:tom boots", []),
        ("author:iulia", []),
        ("author:nobody", []),
        (f"reviewer:{reviewer.email}", [reviewed]),
        (f"reviewer:{reviewer.email} author:giulia", []),
        ("assignee:tom", []),
    ]:
        assert queue_of(client, project, q=query) == [example.pk for example in expected], query


def test_authors_and_reviewers_are_chosen(project: Project, lead: User) -> None:
    make_example(project)
    reviewed = make_approved_example(project)
    author, reviewer = reviewed.created_by, User.objects.get(reviews__revision__example=reviewed)
    assert author is not None
    client = signed_in(lead)
    assert queue_of(client, project, author=author.pk) == [reviewed.pk]
    assert queue_of(client, project, reviewer=reviewer.pk) == [reviewed.pk]
    assert queue_of(client, project, reviewer=author.pk) == []
    everything = GoldenExample.objects.values_list("pk", flat=True)
    assert sorted(queue_of(client, project, author="x")) == sorted(everything)
    page = client.get(f"/p/{project.slug}/examples/?author={lead.pk}").context
    assert {name for _, name in page["authors"]} >= {str(author), str(lead)}
    assert page["reviewers"] == [(str(reviewer.pk), str(reviewer))]


def test_someone_of_another_project_is_not_found(project: Project, lead: User) -> None:
    other = make_member(make_project(), Role.ANNOTATOR, name="Zoe")
    make_example(project)
    assert queue_of(signed_in(lead), project, q=f"author:{other.email}") == []


def test_words_that_name_people_are_no_words_of_texts() -> None:
    found = ExampleFilter(q='late author:ann parcel Reviewer:"Bo Li" unauthor:x')
    assert found.people == (PersonWord("author", "ann"), PersonWord("reviewer", "Bo Li"))
    assert found.words.split() == ["late", "parcel", "unauthor:x"]


def test_an_id_in_the_address_names_no_one_outside_the_project(
    project: Project, lead: User
) -> None:
    stranger = make_member(make_project(), Role.LEAD, name="Stranger Outside")
    member = make_member(project, Role.ANNOTATOR, name="Member Inside")
    assert people_choices([], str(stranger.pk), project) == []
    assert people_choices([], str(member.pk), project) == [(str(member.pk), str(member))]
    shown = signed_in(lead).get(f"/p/{project.slug}/examples/?author={stranger.pk}")
    assert shown.status_code == 200
    assert "Stranger" not in shown.content.decode()
