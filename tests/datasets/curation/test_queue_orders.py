"""The queue in each order: its rows, its pages, and the links that sort."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from datasets.assignments.models import Assignment
from datasets.comments import actions as comments
from datasets.comments.models import Comment
from datasets.curation.filters import ExampleFilter, SortKey
from datasets.curation.models import GoldenExample, Intent, Review
from datasets.curation.models.sorting import order_of
from datasets.curation.texts import SORT_LABELS
from reviewapp.core import paging
from reviewapp.people.actions.members import create_token
from reviewapp.people.models import Project, Role, User
from tests.datasets.comments.talk import comment_on
from tests.datasets.curation.pages import signed_in
from tests.factories.examples import make_approved_example, make_example, make_example_in_review
from tests.factories.people import make_member, make_project

pytestmark = pytest.mark.django_db

# A place in each order, as a URL names it.
PLACES = {
    "": "5",
    "age": "2026-01-01T00:00:00+00:00~5",
    "updated": "2026-01-01T00:00:00+00:00~5",
    "state": "1~5",
    "intent": "returns~5",
    "language": "de~5",
    "findings": "1~2~5",
    "due": "2026-12-10~5",
    "messages": "3~5",
    "tokens": "120~5",
    "source": "crm~5",
    "comments": "1~5",
    "author": "3~5",
    "reviewer": "3~5",
    "assignee": "3~5",
}
START = datetime(2026, 1, 1, tzinfo=UTC)
SORTS = [f"{sign}{key}" for key in SortKey for sign in ("", "-")]
# The numbers of the five examples below, in ascending order.
EXPECTED = {
    "age": [4, 3, 2, 0, 1],
    "updated": [3, 1, 0, 4, 2],
    "state": [0, 1, 4, 2, 3],
    "intent": [2, 4, 1, 3, 0],
    "language": [2, 1, 3, 0, 4],
    "findings": [1, 4, 2, 0, 3],
    "due": [2, 0, 1, 3, 4],
    "messages": [2, 0, 3, 1, 4],
    "tokens": [4, 3, 1, 2, 0],
    "source": [0, 2, 4, 1, 3],
    "comments": [0, 1, 3, 4, 2],
    "author": [1, 3, 0, 2, 4],
    "reviewer": [3, 0, 1, 2, 4],
    "assignee": [2, 1, 0, 3, 4],
}


@pytest.fixture
def project() -> Project:
    cache.clear()
    return make_project()


@pytest.fixture
def lead(project: Project) -> User:
    return make_member(project, Role.LEAD)


@pytest.fixture
def made(project: Project, lead: User) -> list[int]:
    """Five examples that differ in what they can be sorted by."""
    ids = [
        make_example(project).pk,
        make_example(project).pk,
        make_example_in_review(project).pk,
        make_approved_example(project).pk,
        make_example(project).pk,
    ]
    comment = comment_on(GoldenExample.objects.get(pk=ids[2]), lead)
    comments.reply(thread_id=comment.thread_id, body="It is.", actor=lead)
    ages = [1, 0, 2, 3, 3]
    changes = [2, 1, 5, 0, 4]
    languages = ["it", "de", "", "de", "it"]
    findings = [(1, 2), (0, 0), (0, 3), (2, 2), (0, 1)]
    intents = ["returns", "Delivery~1", "", "orders", ""]
    people = [make_member(project, Role.ANNOTATOR, name=name).pk for name in ("Ann", "Mia", "Zoe")]
    authors = [[people[1]], [people[0], people[2]], [people[2]], [people[0]], []]
    sources = ["", "crm", "", "web~1", ""]
    for number, pk in enumerate(ids):
        name = intents[number]
        intent = Intent.objects.get_or_create(project=project, name=name)[0] if name else None
        GoldenExample.objects.filter(pk=pk).update(
            created_at=START + timedelta(hours=ages[number]),
            updated_at=START + timedelta(days=changes[number]),
            language=languages[number],
            blocking_findings=findings[number][0],
            open_findings=findings[number][1],
            intent=intent,
            message_count=[3, 5, 2, 3, 5][number],
            tokens=[900, 100, 800, 90, 80][number],
            source=sources[number],
            authors=authors[number],
        )
    for number, day, person in ((0, 20, people[2]), (2, 10, people[0]), (1, None, people[1])):
        due_on = date(2026, 12, day) if day else None
        Assignment.objects.create(
            example_id=ids[number], assignee_id=person, assigned_by=lead, due_on=due_on
        )
    return ids


def listed(client: Client, project: Project, query: str) -> list[int]:
    response = client.get(f"{reverse('datasets:queue', args=[project.slug])}?{query}")
    return [example.pk for example in response.context["examples"]]


@pytest.mark.parametrize("sort", SORTS)
def test_every_order_is_the_same_on_one_page_and_over_pages_both_ways(
    project: Project, lead: User, made: list[int], sort: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = sort.removeprefix("-")
    ascending = EXPECTED[key]
    expected = [made[at] for at in (ascending[::-1] if sort.startswith("-") else ascending)]
    client, url = signed_in(lead), reverse("datasets:queue", args=[project.slug])
    assert listed(client, project, f"sort={sort}") == expected
    monkeypatch.setattr(paging, "PAGE_SIZE", 2)
    address, walked, contexts = f"{url}?sort={sort}", [], []
    while address:
        contexts.append(client.get(address).context)
        walked += [example.pk for example in contexts[-1]["examples"]]
        address = contexts[-1]["next_url"]
        assert not re.search("Ann|Mia|Zoe|%40", address or "")
    assert walked == expected
    back = client.get(contexts[-1]["previous_url"]).context
    assert [example.pk for example in back["examples"]] == expected[2:4]


def test_the_api_has_the_same_orders_over_pages(
    project: Project, lead: User, made: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "PAGE_SIZE", 2)
    client = Client(headers={"Authorization": f"Bearer {create_token(user=lead).secret}"})
    address = f"/api/v1/projects/{project.slug}/examples"
    for sort in ("", "-due", "intent", "findings", "author", "-reviewer"):
        walked: list[int] = []
        cursor: str | None = ""
        while cursor is not None:
            page = client.get(address, {"sort": sort, "cursor": cursor}).json()
            walked += [item["id"] for item in page["items"]]
            cursor = page["next"]
        ascending = [made[at] for at in EXPECTED.get(sort.removeprefix("-"), range(5))]
        assert walked == (ascending[::-1] if sort.startswith("-") else ascending)
    for wrong in ({"sort": "size"}, {"sort": "due", "cursor": "7"}):
        assert client.get(address, wrong).status_code == 422


# Rows of one value are in the order of ids only in an index with the id at its end.
INDEXES = {
    "": "example_project_id",
    "age": "example_age",
    "updated": "example_updated",
    "state": "example_state_rank",
    "intent": "example_intent_name",
    "language": "example_language",
    "findings": "example_findings",
    "due": "example_due",
    "messages": "example_messages",
    "tokens": "example_tokens",
    "source": "example_source",
    "comments": "example_comments",
}


@pytest.mark.parametrize(("key", "index"), INDEXES.items())
def test_an_index_has_every_order(project: Project, key: str, index: str) -> None:
    rows = project.examples.all()
    with connection.cursor() as cursor:
        # The table is empty here: it would be read at once, and sorted.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute("SET LOCAL enable_sort = off; SET LOCAL enable_incremental_sort = off")
    for sort in (key, f"-{key}" if key else ""):
        order = order_of(ExampleFilter(sort=sort))
        with CaptureQueriesContext(connection) as asked:
            order.page(rows, after=order.read_place(PLACES[key]))
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {asked.captured_queries[0]['sql']}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
        assert f"using {index} " in plan
        assert "Sort" not in plan


def test_intent_and_due_date_in_an_examples_row_follow_their_own(
    project: Project, lead: User, made: list[int]
) -> None:
    def row(at: int = 0) -> tuple[str, date | None]:
        example = GoldenExample.objects.get(pk=made[at])
        return example.intent_name, example.due_on

    example = GoldenExample.objects.get(pk=made[0])
    assert row() == ("returns", date(2026, 12, 20))
    assert [row(at) for at in (1, 2)] == [("Delivery~1", None), ("", date(2026, 12, 10))]
    Intent.objects.filter(name="returns").update(name="refunds")
    Assignment.objects.filter(example=example).update(due_on=date(2026, 12, 24))
    assert row() == ("refunds", date(2026, 12, 24))
    example.save()
    assert row() == ("refunds", date(2026, 12, 24))
    Assignment.objects.filter(example=example).update(due_on=None)
    GoldenExample.objects.filter(pk=made[0]).update(intent=None)
    assert row() == ("", None)
    Assignment.objects.filter(example=made[2]).delete()
    assert row(2) == ("", None)


def test_the_count_of_comments_and_the_reviewer_follow_their_own(
    project: Project, lead: User, made: list[int]
) -> None:
    def count() -> int:
        return GoldenExample.objects.get(pk=made[2]).comment_count

    assert count() == 2
    first = Comment.objects.order_by("pk").first()
    assert first is not None
    comments.delete_comment(comment_id=first.pk, actor=lead)
    assert count() == 1
    Comment.objects.exclude(pk=first.pk).delete()
    assert count() == 0
    approved = GoldenExample.objects.get(pk=made[3])
    assert approved.reviewed_by == Review.objects.get().reviewer_id
    revision = GoldenExample.objects.get(pk=made[2]).latest_revision
    for decision in Review.Decision.values:
        Review.objects.create(revision=revision, reviewer=lead, decision=decision, comment="Why")
    assert GoldenExample.objects.get(pk=made[2]).reviewed_by == lead.pk


def test_a_page_stays_in_its_place_when_its_last_row_changes(
    project: Project, lead: User, made: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "PAGE_SIZE", 2)
    client, url = signed_in(lead), reverse("datasets:queue", args=[project.slug])
    following = client.get(f"{url}?sort=updated").context["next_url"]
    GoldenExample.objects.filter(pk=made[1]).update(updated_at=START + timedelta(days=9))
    rows = client.get(following).context["examples"]
    assert [example.pk for example in rows] == [made[0], made[4]]


@pytest.mark.parametrize("sort", ["", *SortKey])
def test_a_mistyped_place_is_none(sort: str) -> None:
    for place in ("", "~", "x", "de~", "de~x", "~~~", "1~2~3~x", "1~-3", f"1~{'9' * 30}"):
        assert order_of(ExampleFilter(sort=sort)).read_place(place) is None


def test_a_place_of_another_order_begins_at_the_first_page(
    project: Project, lead: User, made: list[int]
) -> None:
    assert listed(signed_in(lead), project, "sort=due&after=2026-01-01T00:00~1") == [
        made[at] for at in EXPECTED["due"]
    ]
    assert listed(signed_in(lead), project, "sort=intent&after=%00~1") == [
        made[at] for at in EXPECTED["intent"]
    ]


def test_a_place_is_read_as_it_is_written() -> None:
    for sort, place in [
        ("intent", ("a~b", 3)),
        ("due", (date(2026, 2, 3), 4)),
        ("updated", (START, 5)),
        ("findings", (1, 2, 6)),
        ("", (7,)),
    ]:
        order = order_of(ExampleFilter(sort=sort))
        assert order.read_place(order.place_text(place)) == place


def test_heads_sort_and_say_how(project: Project, lead: User, made: list[int]) -> None:
    client, url = signed_in(lead), reverse("datasets:queue", args=[project.slug])
    page = client.get(f"{url}?language=de&sort=-findings").content.decode()
    assert re.findall(r'aria-sort="(\w+)"', page) == ["descending"]
    assert f'href="{url}?language=de&amp;sort=findings"' in page
    assert f'href="{url}?language=de&amp;sort=state"' in page


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("state=draft&sort=state", [0, 1, 4]),
        ("state=draft&sort=-state", [4, 1, 0]),
        ("mine=review&sort=-state", [2]),
        ("assignee=none&sort=due", [3, 4]),
        ("assignee=none&sort=-due", [4, 3]),
    ],
)
def test_examples_that_the_filter_makes_equal_are_in_the_order_of_ids(
    project: Project,
    lead: User,
    made: list[int],
    query: str,
    expected: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = signed_in(lead)
    assert listed(client, project, query) == [made[at] for at in expected]
    monkeypatch.setattr(paging, "PAGE_SIZE", 1)
    url = f"{reverse('datasets:queue', args=[project.slug])}?{query}"
    following = client.get(url).context["next_url"]
    if len(expected) > 1:
        assert [row.pk for row in client.get(following).context["examples"]] == [made[expected[1]]]


def test_the_menu_has_every_order() -> None:
    assert set(SORT_LABELS) == {"", *SORTS}


def test_an_opened_example_has_the_neighbours_of_the_sorted_queue(
    project: Project, lead: User, made: list[int]
) -> None:
    page = reverse("datasets:example", args=[project.slug, made[0]])
    sidebar = signed_in(lead).get(page, {"sort": "-age"}).context["sidebar"]
    assert [example.pk for example in sidebar.examples] == [
        made[at] for at in EXPECTED["age"][::-1]
    ]
