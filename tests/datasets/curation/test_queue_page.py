"""The queue: filters in the URL, pages by id, and the number of queries."""

from datetime import date
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from datasets.assignments.actions import assign
from datasets.curation import tab_counts
from datasets.curation.actions import Origin, create_example, reviews
from datasets.curation.lifecycle import State
from datasets.curation.models import ExampleText, GoldenExample, text_match, text_query
from datasets.curation.views import queue
from reviewapp.core import paging
from reviewapp.people.models import Project, Role, User
from tests.datasets.curation.pages import page_text, signed_in
from tests.factories.examples import (
    make_approved_example,
    make_content,
    make_example,
    make_example_in_review,
)
from tests.factories.people import make_member, make_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    cache.clear()
    return make_project()


@pytest.fixture
def lead(project: Project) -> User:
    return make_member(project, Role.LEAD)


def shown(client: Client, project: Project, address: str = "", **query: Any) -> list[int]:
    url = address or reverse("datasets:queue", args=[project.slug])
    return [listed.pk for listed in client.get(url, query).context["examples"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["plain", "german", "mail", "waiting"]),
        ({"state": "in_review"}, ["waiting"]),
        ({"intent": "refunds"}, ["german"]),
        ({"language": "de"}, ["german"]),
        ({"tag": "refusal"}, ["german"]),
        ({"policy": "refund-window"}, ["german"]),
        ({"source": "crm"}, []),
        ({"findings": "blocking"}, ["mail"]),
        ({"findings": "open"}, ["mail"]),
        ({"mine": "review"}, ["waiting"]),
        ({"q": "rückerst"}, ["german"]),
        ({"q": "GELD zurück?"}, []),
        ({"q": "!!"}, []),
        ({"q": "rückerstattung geld", "state": "draft"}, ["german"]),
        ({"state": "nonsense", "findings": "x"}, ["plain", "german", "mail", "waiting"]),
        ({"q": "a\x00b"}, []),
    ],
)
def test_filters_combine(
    project: Project, lead: User, query: dict[str, str], expected: list[str]
) -> None:
    german = make_content(
        question="Wann kommt meine Rückerstattung, das Geld?",
        intent="refunds",
        language="de",
        tags=["refusal"],
        policies=["refund-window"],
    )
    made = {
        "plain": make_example(project),
        "german": make_example(project, content=german),
        "mail": make_example(project, content=make_content(answer="Ask ann@example.org.")),
        "waiting": make_example_in_review(project),
    }
    make_example()
    assert shown(signed_in(lead), project, **query) == [made[name].pk for name in expected]


def test_an_external_id_is_found_by_its_prefix(project: Project, lead: User) -> None:
    origin = Origin(external_id="crm-1187")
    example = create_example(project=project, content=make_content(), actor=lead, origin=origin)
    assert shown(signed_in(lead), project, q="crm-118") == [example.pk]
    assert shown(signed_in(lead), project, q="rm-118") == []


def test_an_example_number_and_an_external_id_are_found(project: Project, lead: User) -> None:
    # The texts have no number that could be that of an example.
    first, second, third = (
        create_example(
            project=project,
            content=make_content(question=text),
            actor=lead,
            origin=Origin(external_id=external_id),
        )
        for text, external_id in (("May I?", "csv-1"), ("Can I?", "csv-12"), ("Shall I?", ""))
    )
    client = signed_in(lead)
    assert shown(client, project, q=str(third.pk)) == [third.pk]
    assert shown(client, project, q=f"#{third.pk}") == [third.pk]
    assert shown(client, project, q="csv-1") == [first.pk]
    assert shown(client, project, q="csv") == [first.pk, second.pk]
    assert shown(client, project, q="9" * 18) == []


def test_counts_follow_the_filter_that_the_tabs_keep(project: Project, lead: User) -> None:
    make_example(project, content=make_content(intent="delivery"))
    make_example(project, content=make_content(intent="returns"))
    make_example_in_review(project, content=make_content(intent="returns"))
    url = reverse("datasets:queue", args=[project.slug])
    response = signed_in(lead).get(url, {"intent": "returns"})
    counts = {tab.label: tab.count.number for tab in response.context["tabs"]}
    assert (counts["All"], counts["Draft"], counts["Waiting for my review"]) == (2, 1, 1)
    neither = signed_in(lead).get(url, {"state": "draft", "mine": "review"})
    assert neither.context["matches"].number == 0
    assert "2 examples match." in page_text(response)


def test_common_and_rare_words_are_found(
    project: Project, lead: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [make_example(project, author=lead).pk for _ in range(4)]
    made.append(make_example_in_review(project).pk)
    back = make_example_in_review(project, author=lead)
    reviews.request_changes(
        example_id=back.pk,
        revision_id=back.latest_revision.pk,
        reviewer=make_member(project, Role.REVIEWER),
        reason="No.",
    )
    made.append(back.pk)
    client, url = signed_in(lead), reverse("datasets:queue", args=[project.slug])
    rare = client.get(url, {"q": "where is parc"})
    monkeypatch.setattr(text_match, "MAX_ID_LIST", 2)
    common = client.get(url, {"q": "where is parc"})
    assert [row.pk for row in common.context["examples"]] == made
    counts = {tab.label: tab.count.number for tab in common.context["tabs"]}
    assert counts == {tab.label: tab.count.number for tab in rare.context["tabs"]}
    assert (counts["All"], counts["Waiting for my review"], counts["Returned to me"]) == (6, 1, 1)


def test_examples_assigned_to_the_user_are_counted_up_to_a_bound_until_they_are_shown(
    project: Project, lead: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tab_counts, "MAX_COUNTED", 2)
    client, url = signed_in(lead), reverse("datasets:queue", args=[project.slug])

    def count(mine: str) -> tab_counts.TabCount:
        tabs = client.get(url, {"mine": mine, "sort": "age"}).context["tabs"]
        counts: dict[str, tab_counts.TabCount] = {tab.label: tab.count for tab in tabs}
        return counts["Assigned to me"]

    made = [make_example(project) for _ in range(3)]
    for example in made[:2]:
        assign(example_id=example.pk, assignee=lead, actor=lead)
    assert count("") == tab_counts.TabCount(2)
    assign(example_id=made[2].pk, assignee=lead, actor=lead)
    assert count("") == tab_counts.TabCount(2, is_bound=True)
    assert count("assigned") == tab_counts.TabCount(3)


@pytest.fixture
def frequent(project: Project, lead: User, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Four drafts and an example in review with one word, more than are counted."""
    made = [make_example(project, author=lead).pk for _ in range(4)]
    made.append(make_example_in_review(project).pk)
    monkeypatch.setattr(text_match, "MAX_ID_LIST", 3)
    monkeypatch.setattr(tab_counts, "MAX_COUNTED", 3)
    monkeypatch.setattr(queue, "MAX_COUNTED", 3)
    return made


def test_a_frequent_word_is_counted_up_to_a_bound(
    project: Project, lead: User, frequent: list[int]
) -> None:
    client, url = signed_in(lead), reverse("datasets:queue", args=[project.slug])
    response = client.get(url, {"q": "parcel"})
    assert [row.pk for row in response.context["examples"]] == frequent
    text = page_text(response)
    assert "More than 3 examples match." in text
    assert "All: more than 3 examples that match" in text
    counts = {tab.label: tab.count for tab in response.context["tabs"]}
    assert counts["All"] == tab_counts.TabCount(3, is_bound=True)
    # An empty tab is not known to be empty, so it shows no number.
    assert not counts["Retired"].is_known
    assert "3+" in text
    assert "0+" not in text
    german = client.get(url, {"q": "parcel"}, headers={"Accept-Language": "de"})
    assert "Mehr als 3 Beispiele passen." in page_text(german)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"state": "in_review"}, (1, False)),
        ({"state": "retired"}, (0, False)),
        ({"state": "draft"}, (3, True)),
        ({"mine": "review"}, (1, False)),
        ({"state": "draft", "mine": "review"}, (0, False)),
        ({"intent": "none of them"}, (0, False)),
    ],
)
def test_the_shown_tab_of_a_frequent_word_is_counted_by_itself(
    project: Project,
    lead: User,
    frequent: list[int],
    query: dict[str, str],
    expected: tuple[int, bool],
) -> None:
    url = reverse("datasets:queue", args=[project.slug])
    matches = signed_in(lead).get(url, {"q": "parcel", **query}).context["matches"]
    assert (matches.number, matches.is_bound) == expected


def test_all_that_a_frequent_word_finds_are_selected(
    project: Project, lead: User, frequent: list[int]
) -> None:
    client = signed_in(lead)
    listed = client.get(reverse("datasets:queue", args=[project.slug]), {"q": "parcel"})
    assert 'name="expected" value=""' in listed.content.decode()
    fields = {"kind": "submit", "all": "1", "query": "q=parcel", "expected": ""}
    url = reverse("datasets:new_bulk_action", args=[project.slug])
    preview = client.post(url, fields, follow=True)
    assert preview.context["action"].selected == len(frequent)
    assert not preview.context["seen_difference"]


def test_a_frequent_number_finds_the_example_of_that_number_too(
    project: Project, lead: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_match, "MAX_ID_LIST", 2)
    named = make_example(project, author=lead).pk
    content = make_content(answer=f"It takes {named} days.")
    made = [named, *(make_example(project, author=lead, content=content).pk for _ in range(3))]
    client = signed_in(lead)
    assert shown(client, project, q=str(named)) == made
    ExampleText.objects.filter(example=named).delete()
    assert shown(client, project, q=str(named)) == made


def test_pages_link_both_ways_without_repeats(
    project: Project, lead: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "PAGE_SIZE", 2)
    made = [make_example(project, author=lead).pk for _ in range(5)]
    client, url = signed_in(lead), reverse("datasets:queue", args=[project.slug])
    seen, address = [], f"{url}?state=draft"
    while address:
        context = client.get(address).context
        seen.append([listed.pk for listed in context["examples"]])
        address = context["next_url"]
    assert seen == [made[0:2], made[2:4], made[4:5]]
    back = client.get(f"{url}?state=draft&after={made[3]}").context["previous_url"]
    assert "state=draft" in back
    context = client.get(back).context
    assert [listed.pk for listed in context["examples"]] == made[2:4]
    first = client.get(context["previous_url"]).context
    assert [listed.pk for listed in first["examples"]] == made[0:2]
    assert first["previous_url"] is None


def test_added_and_removed_rows_do_not_shift_pages(
    project: Project, lead: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "PAGE_SIZE", 2)
    made = [make_example(project, author=lead) for _ in range(4)]
    client, url = signed_in(lead), reverse("datasets:queue", args=[project.slug])
    second = client.get(f"{url}?state=draft").context["next_url"]
    reviews.submit(example_id=made[0].pk, actor=lead)
    assert shown(client, project, second) == [made[2].pk, made[3].pk]


def test_the_number_of_queries_does_not_depend_on_the_rows(
    project: Project, lead: User, django_assert_num_queries: Any
) -> None:
    client, url = signed_in(lead), reverse("datasets:queue", args=[project.slug])
    make_example(project)
    client.get(url)
    # Session, person, project and roles, who made their account, page, counts, choices of filters,
    # assignees of the filter and of the page, authors, languages read, columns, saved views, the
    # tab of what is assigned, mentions, threads, who edits, other projects.
    with django_assert_num_queries(21):
        client.get(url)
    for _ in range(12):
        make_example_in_review(project)
    with django_assert_num_queries(21):
        client.get(url)
    # A search asks for an id, the stems and whether they are rare; then for the text around hits.
    text_query._KNOWN_STEMS.clear()
    with django_assert_num_queries(26):
        client.get(url, {"mine": "review", "intent": "delivery", "q": "where"})


def test_tabs_have_counts(project: Project, lead: User) -> None:
    make_approved_example(project)
    make_example(project, content=make_content(intent="returns"))
    make_example_in_review(project)
    make_example_in_review(project, author=lead)
    client, url = signed_in(lead), reverse("datasets:queue", args=[project.slug])
    response = client.get(url)
    counts = {tab.label: tab.count.number for tab in response.context["tabs"]}
    assert (counts["All"], counts["Approved"], counts["Draft"]) == (4, 1, 1)
    assert (counts["In review"], counts["Waiting for my review"]) == (2, 1)
    for query in ({}, {"state": "draft"}, {"intent": "returns"}):
        assert "4 conversations with the wanted answers" in page_text(client.get(url, query))


def test_htmx_gets_a_part_and_history_the_page(project: Project, lead: User) -> None:
    client, url = signed_in(lead), reverse("datasets:queue", args=[project.slug])
    part = client.get(url, {"q": "", "state": "draft"}, headers={"HX-Request": "true"})
    assert b"<html" not in part.content
    assert part["HX-Push-Url"] == f"{url}?state=draft"
    assert "HX-Request" in part["Vary"]
    headers = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    assert b"<html" in client.get(url, headers=headers).content


def test_an_empty_queue_has_an_explanation(project: Project, lead: User) -> None:
    client, url = signed_in(lead), reverse("datasets:queue", args=[project.slug])
    assert "No examples yet" in page_text(client.get(url))
    make_example(project)
    assert "No example matches" in page_text(client.get(url, {"language": "xx"}))
    assert "No examples to review" in page_text(client.get(url, {"mine": "review"}))
    assert "No examples returned to you" in page_text(client.get(url, {"mine": "fix"}))


def test_a_reviewer_sees_no_links_to_write(project: Project) -> None:
    client = signed_in(make_member(project, Role.REVIEWER))
    page = page_text(client.get(reverse("datasets:queue", args=[project.slug])))
    assert "Waiting for my review" in page
    assert "Returned to me" not in page
    assert "New example" not in page


def test_returned_to_me_includes_examples_without_an_author(project: Project, lead: User) -> None:
    own = make_example_in_review(project, author=lead)
    others = make_example_in_review(project)
    reviewer = make_member(project, Role.REVIEWER)
    for example in (own, others):
        reviews.request_changes(
            example_id=example.pk,
            revision_id=example.latest_revision.pk,
            reviewer=reviewer,
            reason="Shorter.",
        )
    assert shown(signed_in(lead), project, mine="fix") == [own.pk]
    assert GoldenExample.objects.filter(state=State.CHANGES_REQUESTED).count() == 2


def test_no_stored_text_is_markup_in_a_row(project: Project, lead: User) -> None:
    named = make_member(project, Role.ANNOTATOR, name="<u>Ada</u>")
    example = create_example(
        project=project,
        content=make_content(question="<b>Where?</b>", intent="<i>returns</i>"),
        actor=named,
        origin=Origin(source="<s>crm</s>"),
    )
    assign(example_id=example.pk, assignee=named, actor=lead, due_on=date(2400, 1, 31))
    columns = "intent,assignee,author,source"
    url = reverse("datasets:queue", args=[project.slug])
    response = signed_in(lead).get(url, {"columns": columns, "q": "where"})
    row = response.content.decode().split("<tbody>")[1].split("</tbody>")[0]
    for text in ("<i>returns</i>", "<u>Ada</u>", "<s>crm</s>"):
        assert f">{escape(text)}" in row
        assert text not in row
    assert "&lt;b&gt;<mark>Where</mark>?&lt;/b&gt;" in row
    assert f'href="{url}{example.pk}/?q=where&amp;columns=' in row
    assert "due 31 Jan 2400" in row
