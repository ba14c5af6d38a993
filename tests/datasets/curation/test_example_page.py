"""The example page: its parts for each role, and escaping."""

from typing import Any

import pytest
from django.urls import reverse

from datasets.assignments.actions import assign
from datasets.curation import actions as examples
from datasets.curation.actions import reviews
from datasets.curation.actions.library import create_policy
from datasets.curation.models import GoldenExample
from reviewapp.people.models import Role, User
from tests.datasets.comments.talk import comment_on
from tests.datasets.curation.pages import page_text, signed_in, url_of
from tests.factories.examples import (
    make_approved_example,
    make_content,
    make_example,
    make_example_in_review,
)
from tests.factories.people import make_member

pytestmark = pytest.mark.django_db

TOOLS = [{"type": "function", "function": {"name": "find_order", "parameters": {}}}]
CALL = {"id": "c1", "type": "function", "function": {"name": "find_order", "arguments": '{"a":1}'}}


def author_of(example: GoldenExample) -> User:
    assert example.created_by is not None
    return example.created_by


def test_the_page_shows_conversation_facts_and_history() -> None:
    example = make_example_in_review(content=make_content(policies=["refund-window"]))
    create_policy(
        project=example.project,
        slug="refund-window",
        title="Refund window",
        body="30 days, **always**.",
        actor=None,
    )
    response = signed_in(author_of(example)).get(url_of("example", example))
    page = page_text(response)
    for words in ("Customer", "Open My orders", "Refund window", "of 4,096"):
        assert words in page
    assert "30 days, <strong>always</strong>." in response.content.decode()
    assert "Revision 1 by" in page
    assert "Submitted by" in page


def test_typed_text_is_escaped() -> None:
    evil = "<script>alert(1)</script> **not bold** </textarea>"
    example = make_example(content=make_content(question=evil, tags=['"><b>']))
    body = signed_in(author_of(example)).get(url_of("example", example)).content.decode()
    assert "<script>alert" not in body
    assert "&lt;script&gt;alert(1)&lt;/script&gt; **not bold** &lt;/textarea&gt;" in body
    assert "<b>" not in body


def test_white_space_is_kept_in_the_text_area() -> None:
    example = make_example(content=make_content(answer="\n  Indented\n\nand apart"))
    body = signed_in(author_of(example)).get(url_of("example", example)).content.decode()
    assert ">\n\n  Indented\n\nand apart</textarea>" in body


def test_tool_calls_are_readable() -> None:
    messages = [
        {"role": "user", "content": "Where is it?"},
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "content": "sent", "tool_call_id": "c1"},
        {"role": "assistant", "content": "On its way."},
    ]
    example = make_example(content=make_content(messages=messages, tools=TOOLS))
    page = page_text(signed_in(author_of(example)).get(url_of("example", example)))
    assert "Calls find_order" in page
    assert "1 tool offered" in page


def test_personal_data_is_marked_in_the_text() -> None:
    example = make_example(content=make_content(answer="Ask ann@example.org, not bob."))
    body = signed_in(author_of(example)).get(url_of("example", example)).content.decode()
    assert 'Ask <mark class="mark-finding">ann@example.org</mark>, not bob.' in body
    assert "Replace with [EMAIL]" in body


def test_each_disabled_button_has_its_reason() -> None:
    blocked = make_example(content=make_content(answer="Ask ann@example.org."))
    page = page_text(signed_in(author_of(blocked)).get(url_of("example", blocked)))
    assert "Submit for review is disabled: 1 blocking finding is open." in page
    waiting = make_example_in_review(blocked.project, author=author_of(blocked))
    page = page_text(signed_in(author_of(blocked)).get(url_of("example", waiting)))
    assert "Approve is disabled: You wrote a revision of this example" in page


def test_a_reviewer_reads_and_decides() -> None:
    example = make_example_in_review()
    reviewer = make_member(example.project, Role.REVIEWER)
    response = signed_in(reviewer).get(url_of("example", example))
    assert "Waiting for you" in page_text(response)
    assert b"message-text" not in response.content
    assert not any(button.denied_reason for button in response.context["decisions"])


def test_a_request_for_changes_is_shown_at_the_top() -> None:
    example = make_example_in_review()
    reviews.request_changes(
        example_id=example.pk,
        revision_id=example.latest_revision.pk,
        reviewer=make_member(example.project, Role.REVIEWER, name="Rita"),
        reason="Name the deadline.",
    )
    page = page_text(signed_in(author_of(example)).get(url_of("example", example)))
    assert "Rita requested changes" in page
    assert "Name the deadline." in page


def test_the_sidebar_has_the_neighbours_of_the_same_filter() -> None:
    first = make_example()
    author = author_of(first)
    hidden = make_example(first.project, author=author, content=make_content(language="de"))
    third = make_example(first.project, author=author)
    response = signed_in(author).get(url_of("example", first), {"language": "en"})
    sidebar = response.context["sidebar"]
    assert [neighbour.pk for neighbour in sidebar.examples] == [first.pk, third.pk]
    assert sidebar.following == third
    assert hidden not in sidebar.examples
    assert f"{url_of('example', third)}?language=en" in response.content.decode()


def test_a_reviewer_asks_few_queries(django_assert_num_queries: Any) -> None:
    example = make_example_in_review()
    client = signed_in(make_member(example.project, Role.REVIEWER))
    client.get(url_of("example", example))
    with django_assert_num_queries(13):
        client.get(url_of("example", example))


@pytest.mark.parametrize("query", [{}, {"sort": "-updated"}, {"sort": "findings"}])
def test_an_annotator_asks_few_queries(
    query: dict[str, str], django_assert_num_queries: Any
) -> None:
    example = make_example()
    for _ in range(2):
        make_example(example.project, author=author_of(example))
    client = signed_in(author_of(example))
    client.get(url_of("example", example))
    with django_assert_num_queries(13):
        client.get(url_of("example", example), query)


def test_comments_mentions_and_assignees_add_no_query(django_assert_num_queries: Any) -> None:
    """Only the members to assign it to are one more, for those who may."""
    content = make_content(answer="Ask ann@example.org.")
    example = make_example(content=content)
    author = author_of(example)
    # Another one, which is alike.
    make_example(example.project, author=author, content=content)
    other = make_member(example.project, Role.REVIEWER, name="Rita")
    for body in ("Is this so?", "Look, @Rita."):
        comment_on(example, author, body)
    comment_on(example, other, "No.", message=3, quote="Ask")
    assign(example_id=example.pk, assignee=author, actor=author)
    client = signed_in(author)
    client.get(url_of("example", example))
    with django_assert_num_queries(13 + 1):
        page = client.get(url_of("example", example))
    assert len(page.context["likes"]) == 1
    assert page.context["talk"].new == 1
    assert page.context["assignment"].assignee == author


def test_the_number_of_queries_does_not_depend_on_the_content(
    django_assert_num_queries: Any,
) -> None:
    example = make_example()
    client = signed_in(author_of(example))
    client.get(url_of("example", example))
    with django_assert_num_queries(13):
        client.get(url_of("example", example))
    long = "Ask ann@example.org, bob@example.org, eve@example.org."
    for number in range(1, 4):
        messages = make_content(answer=f"{long} {number}").messages * number
        examples.revise(
            example_id=example.pk,
            base_number=number,
            content=make_content(messages=messages),
            actor=author_of(example),
        )
        make_example(example.project, author=author_of(example))
    with django_assert_num_queries(13):
        client.get(url_of("example", example))


def test_an_example_of_another_project_is_not_found() -> None:
    example, other = make_example(), make_example()
    client = signed_in(author_of(example))
    kwargs = {"slug": example.project.slug, "example_id": other.pk}
    for name in ("example", "changes"):
        assert client.get(reverse(f"datasets:{name}", kwargs=kwargs)).status_code == 404
    for name in ("save", "submit", "retire", "keep_draft", "resolve"):
        assert client.post(reverse(f"datasets:{name}", kwargs=kwargs)).status_code == 404
    finding = make_example(
        other.project, content=make_content(answer="Ask ann@example.org.")
    ).latest_revision.findings.get()
    url = reverse("datasets:replace", args=[example.project.slug, finding.pk])
    assert client.post(url).status_code == 404


def test_two_revisions_are_compared_word_by_word() -> None:
    content = make_content(answer="You have 30 days.")
    example = make_example(content=content)
    messages = [*content.messages[:2], {"role": "assistant", "content": "You have 14 days."}]
    for number, changed in enumerate([messages, [*messages[1:]]], start=1):
        examples.revise(
            example_id=example.pk,
            base_number=number,
            content=make_content(messages=changed, tags=["short"]),
            actor=author_of(example),
        )
    client = signed_in(make_member(example.project, Role.REVIEWER))
    body = client.get(url_of("changes", example), {"from": 1, "to": 2}).content.decode()
    assert "You have <del>30</del><ins>14</ins> days." in body
    assert "<ins>short</ins>" in body
    assert "removed" in page_text(client.get(url_of("changes", example)))
    assert client.get(url_of("changes", example), {"to": "99"}).status_code == 404


def test_an_approved_example_is_shown_as_done() -> None:
    example = make_approved_example()
    page = page_text(signed_in(author_of(example)).get(url_of("example", example)))
    assert "Done. It will be in the next dataset version." in page


def test_metadata_of_the_import_is_shown() -> None:
    example = make_example()
    metadata = {"unknown": {"agent": "<Ada>"}, "channel": "mail"}
    GoldenExample.objects.filter(pk=example.pk).update(metadata=metadata, external_id="crm-7")
    text = signed_in(author_of(example)).get(url_of("example", example)).content.decode()
    for expected in ("crm-7", "channel", "mail", "agent", "&lt;Ada&gt;"):
        assert expected in text


def test_generated_notes_are_shown_in_the_readers_language() -> None:
    example = make_example(content=make_content(answer="Ask ann@example.org."))
    author = author_of(example)
    examples.replace_all_findings(example_id=example.pk, base_number=1, actor=author)
    client, url = signed_in(author), url_of("example", example)
    assert "Replaced personal data with [EMAIL]" in page_text(client.get(url))
    german = page_text(client.get(url, headers={"accept-language": "de"}))
    assert "Personenbezogene Daten ersetzt durch [EMAIL]" in german
    assert "Replaced" not in german
