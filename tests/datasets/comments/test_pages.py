"""Threads on the page of an example and the list of mentions, with and without a script."""

from http import HTTPStatus
from typing import Any

import pytest
from django.urls import reverse

from datasets.comments import actions
from datasets.comments.models import Comment, Mention, Suggestion, Thread
from datasets.curation.actions import save_draft
from datasets.curation.lifecycle import State
from datasets.curation.models import GoldenExample
from reviewapp.people.models import Project, Role, User
from tests.datasets.comments.talk import comment_on
from tests.datasets.curation.pages import page_text, signed_in, url_of
from tests.factories.examples import make_content, make_example_in_review
from tests.factories.people import make_member, make_project

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def giulia(project: Project) -> User:
    return make_member(project, Role.ANNOTATOR, name="Giulia")


@pytest.fixture
def mara(project: Project) -> User:
    return make_member(project, Role.REVIEWER, name="Mara")


@pytest.fixture
def example(project: Project, giulia: User) -> GoldenExample:
    content = make_content(answer="It arrives in seven days.")
    return make_example_in_review(project, author=giulia, content=content)


def new_fields(**changes: Any) -> dict[str, Any]:
    return {"base_number": 1, "message": 3, "quote": "seven", "body": "Sure?", **changes}


def test_a_comment_on_a_passage_is_shown_as_plain_text_beside_it(
    example: GoldenExample, giulia: User, mara: User
) -> None:
    client, body = signed_in(mara), "Is it <b>seven</b>, @Giulia?"
    response = client.post(url_of("open_thread", example), new_fields(body=body))
    thread = Thread.objects.get()
    assert response["Location"] == f"{url_of('example', example)}#thread-{thread.pk}"
    assert (thread.message_index, thread.start, thread.end) == (2, 14, 19)
    page = signed_in(giulia).get(url_of("example", example)).content.decode()
    assert "Is it &lt;b&gt;seven&lt;/b&gt;, " in page
    assert '<span class="mention mention-own">@Giulia</span>' in page
    assert 'data-message="3" data-start="14" data-end="19"' in page


def test_what_was_typed_comes_back_with_the_error(example: GoldenExample, mara: User) -> None:
    client, url = signed_in(mara), url_of("open_thread", example)
    fields = new_fields(quote="eight", body="Kept words")
    for headers in ({}, HTMX):
        response = client.post(url, fields, headers=headers)
        assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert "does not have this passage" in page_text(response)
        assert "Kept words" in page_text(response)
        assert "eight" in page_text(response)
    assert not Thread.objects.exists()
    thread = comment_on(example, mara).thread
    for headers in ({}, HTMX):
        too_long = client.post(
            url_of("reply", example, thread_id=thread.pk), {"body": "x" * 4001}, headers=headers
        )
        assert too_long.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert "x" * 4001 in too_long.content.decode()


def test_threads_are_answered_edited_resolved_and_reopened_in_place(
    example: GoldenExample, mara: User
) -> None:
    client, comment = signed_in(mara), comment_on(example, mara)
    thread = comment.thread

    def post(name: str, fields: dict[str, Any] | None = None, **more: int) -> str:
        response = client.post(url_of(name, example, **more), fields or {}, headers=HTMX)
        assert response.status_code == HTTPStatus.OK
        assert b"<html" not in response.content
        return page_text(response)

    assert "Second" in post("reply", {"body": "Second"}, thread_id=thread.pk)
    assert "Third" in post("edit_comment", {"body": "Third"}, comment_id=comment.pk)
    assert "Resolved by Mara" in post("resolve_thread", thread_id=thread.pk)
    assert "Resolved by" not in post("reopen_thread", thread_id=thread.pk)
    assert "deleted by its author" in post("delete_comment", comment_id=comment.pk)
    other = comment_on(make_example_in_review(example.project), mara)
    wrong = client.post(url_of("delete_comment", example, comment_id=other.pk))
    assert wrong.status_code == HTTPStatus.NOT_FOUND


def test_a_mention_is_listed_answered_and_counted_until_then(
    project: Project, example: GoldenExample, giulia: User, mara: User
) -> None:
    comment = comment_on(example, mara, "@Giulia, is it so?", message=3, quote="in seven")
    client = signed_in(giulia)
    home = client.get(reverse("project_home", args=[project.slug]))
    assert "1 mention of you" in page_text(home)
    page = client.get(reverse("datasets:mentions", args=[project.slug]))
    assert "in seven Mara" in page_text(page)
    assert "@Giulia , is it so?" in page_text(page)
    queue = reverse("datasets:queue", args=[project.slug])
    assert "1 open thread 1 unread" in page_text(client.get(queue))
    assert "1 open thread" not in page_text(client.get(queue, {"talk": "unread", "q": "zzz"}))
    reply = url_of("reply", example, thread_id=comment.thread_id)
    answered = client.post(reply, {"body": "Yes.", "back": "mentions"}, follow=True)
    assert answered.request["PATH_INFO"] == reverse("datasets:mentions", args=[project.slug])
    assert "Answered" in page_text(answered)
    assert "mention of you" not in page_text(
        client.get(reverse("project_home", args=[project.slug]))
    )


def test_reading_marks_threads_and_mentions_as_seen(
    example: GoldenExample, giulia: User, mara: User
) -> None:
    comment = comment_on(example, mara, "@Giulia, look.")
    client, url = signed_in(giulia), url_of("read_threads", example)
    assert "Mark 1 as read" in page_text(client.get(url_of("example", example)))
    assert client.post(url, {"last_comment": "x"}).status_code == HTTPStatus.NOT_FOUND
    fields = {"last_comment": comment.pk}
    response = client.post(url, fields, headers={"Accept": "application/json"})
    assert response.status_code == HTTPStatus.NO_CONTENT
    assert Mention.objects.get().seen_at is not None
    assert "Mark 1 as read" not in page_text(client.get(url_of("example", example)))


def test_names_are_proposed_by_their_beginning(
    project: Project, example: GoldenExample, giulia: User, mara: User
) -> None:
    make_member(project, Role.LEAD, name="Otto Mar")
    make_member(make_project(), Role.LEAD, name="Marek")
    url = url_of("mentionable", example)
    assert signed_in(giulia).get(url, {"q": "mar"}).json() == {"names": ["Mara", "Otto Mar"]}
    assert signed_in(mara).get(url, {"q": "ot"}).json() == {"names": ["Otto Mar"]}


def test_an_accepted_suggestion_is_an_edit_by_both(
    project: Project, example: GoldenExample, giulia: User, mara: User
) -> None:
    fields = new_fields(body="", suggests="on", replacement="nine")
    signed_in(mara).post(url_of("open_thread", example), fields)
    comment = Comment.objects.get()
    client = signed_in(giulia)
    page = page_text(client.get(url_of("example", example)))
    assert "seven nine" in page
    accept = url_of("accept_suggestion", example, comment_id=comment.pk)
    assert signed_in(mara).post(accept).status_code == HTTPStatus.FORBIDDEN
    assert client.post(accept).status_code == HTTPStatus.FOUND
    example.refresh_from_db()
    revision = example.latest_revision
    assert revision.messages[2]["content"] == "It arrives in nine days."
    assert (revision.author, revision.contributor) == (giulia, mara)
    assert example.state == State.DRAFT, "an edit undoes the submission"
    assert Thread.objects.get().resolved_by == giulia
    # Who proposed the text cannot review it.
    client.post(url_of("submit", example))
    mine = project.examples.all()
    assert not mine.reviewable_by(mara).exists()
    approve = signed_in(mara).post(url_of("approve", example), {"revision_id": revision.pk})
    assert approve.status_code == HTTPStatus.FORBIDDEN
    assert mine.reviewable_by(make_member(project, Role.REVIEWER)).exists()
    assert client.post(accept).status_code == HTTPStatus.CONFLICT


def test_a_suggestion_is_not_accepted_over_other_changes(
    example: GoldenExample, giulia: User, mara: User
) -> None:
    comment = comment_on(example, mara, "", message=3, replacement="It arrives in nine days.")
    accept = url_of("accept_suggestion", example, comment_id=comment.pk)
    client = signed_in(giulia)
    draft = {"messages": [], "intent": "", "language": "", "tags": [], "policies": []}
    save_draft(example_id=example.pk, user=giulia, base_number=1, version=1, content=draft)
    assert "unsaved" in page_text(client.post(accept))
    client.post(url_of("discard_draft", example))
    other = comment_on(example, giulia, "", message=3, quote="seven", replacement="eight")
    actions.accept_suggestion(comment_id=other.pk, actor=giulia)
    example.refresh_from_db()
    assert example.latest_revision.contributor is None, "it was the editor's own"
    assert "was changed since" in page_text(client.get(url_of("example", example)))
    assert client.post(accept).status_code == HTTPStatus.CONFLICT
    decline = url_of("decline_suggestion", example, comment_id=comment.pk)
    assert signed_in(make_member(example.project, Role.REVIEWER)).post(decline).status_code == 403
    client.post(decline)
    assert Suggestion.objects.get(comment=comment).state == Suggestion.State.DECLINED
