"""The API of comments: threads by place, answers, who may."""

import pytest

from datasets.comments.models import Thread
from datasets.curation.models import GoldenExample
from reviewapp.people.models import Role
from tests.api_scripts import Script
from tests.datasets.comments.talk import comment_on
from tests.factories.examples import make_content, make_example
from tests.factories.people import make_member

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
    assert comment["suggestion"] == {"replacement": "nine", "state": "open"}
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
