"""The API of comments: threads by place, answers, who may."""

from typing import Any

import pytest

from datasets.comments.models import Comment, Thread
from datasets.curation.models import GoldenExample
from reviewapp.people.models import Role, User
from tests.api_scripts import Script
from tests.datasets.comments.talk import comment_on
from tests.factories.examples import make_content, make_example
from tests.factories.people import make_member, make_project

pytestmark = pytest.mark.django_db


def path_of(example: GoldenExample, more: str = "") -> str:
    return f"projects/{example.project.slug}/examples/{example.pk}/threads{more}"


def test_a_script_opens_answers_resolves_and_lists_threads() -> None:
    example = make_example(content=make_content(answer="It arrives in seven days."))
    member = make_member(example.project, Role.REVIEWER, name="Mara")
    script = Script(member, "examples")
    asked = script.post(
        path_of(example), text="@Mara", message=3, quote="seven", replacement="nine"
    )
    assert asked.status_code == 201
    thread = asked.json()
    assert (thread["message"], thread["start"], thread["end"]) == (3, 14, 19)
    [comment] = thread["comments"]
    assert (comment["text"], comment["author"]) == ("@Mara", "Mara")
    suggestion = comment["suggestion"]
    assert (suggestion["replacement"], suggestion["state"]) == ("nine", "open")
    place = f"/{thread['id']}"
    assert script.post(path_of(example, f"{place}/comments"), text="Well?").status_code == 201
    resolved = script.post(path_of(example, f"{place}/resolve"))
    assert (resolved.status_code, resolved.json()["is_resolved"]) == (200, True)
    assert script.post(path_of(example, f"{place}/resolve")).status_code == 409
    assert not script.post(path_of(example, f"{place}/reopen")).json()["is_resolved"]
    [listed] = script.get(path_of(example)).json()["items"]
    assert [answer["text"] for answer in listed["comments"]] == ["@Mara", "Well?"]


def test_a_script_needs_the_scope_the_project_and_a_passage_that_is_there() -> None:
    example = make_example()
    thread = comment_on(example, make_member(example.project, Role.LEAD)).thread
    member = make_member(example.project, Role.ANNOTATOR)
    assert Script(member, "versions").get(path_of(example)).status_code == 403
    script, stranger = Script(member, "examples"), make_example()
    assert script.get(path_of(stranger)).status_code == 404
    other = path_of(make_example(example.project), f"/{thread.pk}/comments")
    assert script.post(other, text="x").status_code == 404
    assert script.post(path_of(example), text="x", message=3, quote="none").status_code == 422
    assert Thread.objects.count() == 1
    assert script.get(path_of(example)).json()["items"][0]["is_unread"] is True


def decide(user: User, comment: Comment, verb: str) -> Any:
    example = comment.thread.example
    path = f"projects/{example.project.slug}/examples/{example.pk}/comments/{comment.pk}/{verb}"
    return Script(user, "examples").post(path)


def suggestion_by(role: Role, answer: str = "It arrives in seven days.") -> Comment:
    example = make_example(content=make_content(answer=answer))
    author = make_member(example.project, role)
    return comment_on(example, author, "", message=3, quote="seven", replacement="nine")


@pytest.mark.parametrize(
    ("role", "accepts"),
    [(Role.ANNOTATOR, 200), (Role.LEAD, 200), (Role.REVIEWER, 403), (None, 404)],
)
def test_who_may_edit_the_example_decides_a_suggestion(role: Role | None, accepts: int) -> None:
    for verb in ("accept", "decline"):
        comment = suggestion_by(Role.REVIEWER)
        project = comment.thread.project
        member = make_member(project, role) if role else make_member(make_project(), Role.LEAD)
        decided = decide(member, comment, verb)
        assert decided.status_code == accepts
        if accepts == 200:
            assert decide(member, comment, verb).status_code == 409


def test_a_script_works_off_the_suggestions_of_a_project() -> None:
    comment = suggestion_by(Role.REVIEWER)
    example, author = comment.thread.example, comment.author
    assert author is not None
    lead = make_member(example.project, Role.LEAD, name="Lea")
    outdated = comment_on(example, author, "", message=3, quote="seven days", replacement="soon")
    declined = comment_on(example, author, "", message=1, replacement="x")
    script, path = Script(lead, "examples"), f"projects/{example.project.slug}/suggestions"
    [_first, second, third] = script.get(path).json()["items"]
    assert (third["id"], third["quote"]) == (comment.thread_id, "seven")
    accepted = decide(lead, comment, "accept").json()
    suggestion = accepted["comments"][0]["suggestion"]
    assert (accepted["is_resolved"], suggestion["state"]) == (True, "accepted")
    assert (suggestion["revision"], suggestion["decided_by"]) == (2, "Lea")
    example.refresh_from_db()
    assert example.latest_revision.messages[2]["content"] == "It arrives in nine days."
    assert example.latest_revision.contributor == author
    # Its author withdraws one without being allowed to edit; the other's passage is gone.
    assert decide(author, declined, "decline").status_code == 200
    assert decide(lead, outdated, "accept").status_code == 409
    [left] = script.get(path).json()["items"]
    assert left["id"] == second["id"]
    assert left["comments"][0]["suggestion"]["is_outdated"] is True
    assert len(script.get(f"{path}?state=").json()["items"]) == 3
    assert script.get(f"{path}?state=declined").json()["items"][0]["id"] == declined.thread_id
    other = make_member(make_project(), Role.LEAD)
    assert Script(other, "examples").get(path).status_code == 404


def test_a_script_changes_its_own_comments_and_marks_threads_as_read() -> None:
    example = make_example()
    author, mara = (
        make_member(example.project, Role.ANNOTATOR, name=name) for name in ("Giulia", "Mara")
    )
    comment = comment_on(example, author, "@Mara, look.")
    script, reader = Script(author, "examples"), Script(mara, "examples")
    mentions = f"projects/{example.project.slug}/mentions"
    [mention] = reader.get(mentions).json()["items"]
    assert (mention["text"], mention["is_unread"]) == ("@Mara, look.", True)
    read = reader.post(path_of(example, "/read"), last_comment=comment.pk + 10**9)
    assert [thread["is_unread"] for thread in read.json()["items"]] == [False]
    assert reader.get(mentions).json()["items"][0]["is_unread"] is False
    answered = script.post(path_of(example, f"/{comment.thread_id}/comments"), text="Well?")
    assert answered.status_code == 201
    assert reader.get(path_of(example)).json()["items"][0]["is_unread"] is True
    own = path_of(example).replace("/threads", f"/comments/{comment.pk}")
    assert reader.put(own, text="Mine").status_code == 403
    assert reader.delete(own).status_code == 403
    changed = script.put(own, text="Second").json()["comments"][0]
    assert (changed["text"], changed["edited_at"] is None) == ("Second", False)
    deleted = script.delete(own).json()
    assert (deleted["comments"][0]["is_deleted"], deleted["is_resolved"]) == (True, False)
    assert script.put(own, text="Third").status_code == 409
