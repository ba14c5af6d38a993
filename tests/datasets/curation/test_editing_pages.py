"""Saving, drafts and new examples, without scripts."""

import json
from typing import Any

import pytest
from django.urls import reverse

from datasets.curation import actions as examples
from datasets.curation.models import EditDraft, GoldenExample
from datasets.curation.texts import MANUAL_SOURCE
from reviewapp.people.models import Project, Role, User
from tests.datasets.curation.pages import editor_fields, page_text, signed_in, texts_with, url_of
from tests.factories.examples import make_content, make_example
from tests.factories.people import make_member, make_project

pytestmark = pytest.mark.django_db

CALL = {"id": "c1", "type": "function", "function": {"name": "find", "arguments": "{}"}}
TOOLS = [{"type": "function", "function": {"name": "find"}}]


@pytest.fixture
def example() -> GoldenExample:
    return make_example()


def author_of(example: GoldenExample) -> User:
    assert example.created_by is not None
    return example.created_by


def save(example: GoldenExample, user: User | None = None, **changes: Any) -> Any:
    client = signed_in(user or author_of(example))
    return client.post(url_of("save", example), editor_fields(example, **changes), follow=True)


def draft_fields(example: GoldenExample, version: int, **changes: Any) -> dict[str, Any]:
    return {**editor_fields(example, **changes), "version": version}


def test_a_plain_form_saves_a_revision(example: GoldenExample) -> None:
    response = save(
        example,
        text=texts_with(example, 3, "First line.\r\nSecond line."),
        tags="refusal, short",
        note="Shorter",
    )
    assert "Saved as revision 2." in page_text(response)
    example.refresh_from_db()
    revision = example.latest_revision
    assert revision.messages[2]["content"] == "First line.\nSecond line."
    assert (revision.tags, revision.note) == (["refusal", "short"], "Shorter")


def test_tools_and_calls_survive_an_edit_of_other_messages() -> None:
    messages = [
        {"role": "user", "content": "Where is it?"},
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "content": "sent", "tool_call_id": "c1"},
        {"role": "assistant", "content": "On its way.", "weight": 1},
    ]
    content = make_content(messages=messages, tools=TOOLS, parallel_tool_calls=False)
    example = make_example(content=content)
    save(example, text=texts_with(example, 1, "Where is my parcel?"))
    example.refresh_from_db()
    revision = example.latest_revision
    assert revision.number == 2
    assert revision.messages[1:] == messages[1:]
    assert (revision.tools, revision.parallel_tool_calls) == (TOOLS, False)


def test_saving_without_a_change_is_rejected_with_a_sentence(example: GoldenExample) -> None:
    response = save(example)
    assert response.status_code == 422
    assert "Nothing has changed since revision 1" in page_text(response)
    assert example.revisions.count() == 1


def test_invalid_text_is_shown_again_with_the_error(example: GoldenExample) -> None:
    response = save(example, role=["system", "user", "pirate"], intent="x" * 101)
    assert response.status_code == 422
    assert "unknown role" in page_text(response).lower() or "pirate" in page_text(response)
    assert "Open My orders" in response.content.decode()
    assert example.revisions.count() == 1


@pytest.mark.parametrize(
    ("step", "roles"),
    [
        ("insert:3", ["system", "user", "assistant", "user"]),
        ("delete:1", ["user", "assistant"]),
        ("up:3", ["system", "assistant", "user"]),
    ],
)
def test_messages_are_rearranged_without_a_script_and_nothing_is_stored(
    example: GoldenExample, step: str, roles: list[str]
) -> None:
    client = signed_in(author_of(example))
    fields = editor_fields(example, text=texts_with(example, 2, "Typed."), step=step)
    response = client.post(url_of("rearrange", example), fields)
    assert response.status_code == 200
    shown = response.context["editor"].messages
    assert [turn.message.role for turn in shown] == roles
    assert "Typed." in [turn.message.text for turn in shown]
    assert example.revisions.count() == 1


def test_typed_text_is_counted_and_inspected_without_being_stored(example: GoldenExample) -> None:
    client = signed_in(author_of(example))
    fields = editor_fields(example, text=texts_with(example, 3, "Write to ann@example.org."))
    response = client.post(url_of("check", example), fields)
    body = response.content.decode()
    assert 'data-text="ann@example.org"' in body
    assert 'data-replace="3"' in body
    tokens = json.loads(body.split('data-message-tokens="')[1].split('"')[0])
    assert len(tokens) == 3
    assert all(count > 3 for count in tokens)
    assert example.revisions.count() == 1
    assert not EditDraft.objects.exists()


def test_changed_words_are_marked(example: GoldenExample) -> None:
    client = signed_in(author_of(example))
    url = reverse("datasets:word_changes", args=[example.project.slug])
    body = client.post(url, {"before": "a <b>\r\nc", "after": "a <i>\nc"}).content.decode()
    assert body.strip() == "a &lt;<del>b</del><ins>i</ins>&gt;\nc"


def test_text_of_the_browser_is_compared_with_the_draft_or_the_revision(
    example: GoldenExample,
) -> None:
    client = signed_in(author_of(example))
    held = draft_fields(example, 1, text=texts_with(example, 3, "Newer words"))
    answer = client.post(url_of("draft_differences", example), held).content.decode()
    assert "Newer words</ins>" in answer
    client.post(url_of("keep_draft", example), held)
    answer = client.post(url_of("draft_differences", example), held).content.decode()
    assert "No differences." in answer


def test_an_autosave_is_stored_and_offered(example: GoldenExample) -> None:
    client = signed_in(author_of(example))
    fields = draft_fields(example, 1, text=texts_with(example, 3, "Half a sen"))
    answer = client.post(url_of("keep_draft", example), fields)
    assert answer.json()["version"] == 1
    page = client.get(url_of("example", example))
    assert "You have unsaved changes from" in page_text(page)
    assert "<ins>Half a sen</ins>" in page.content.decode()
    # Typing over what is offered would replace it.
    assert b'name="text"' not in page.content
    kept = client.get(url_of("example", example), {"draft": "keep"})
    assert "Half a sen</textarea>" in kept.content.decode()
    assert kept.context["editor"].has_unsaved_changes
    stale = client.post(url_of("keep_draft", example), fields)
    assert stale.status_code == 409
    assert "another tab" in stale.json()["message"]


def test_a_draft_is_discarded(example: GoldenExample) -> None:
    client = signed_in(author_of(example))
    client.post(url_of("keep_draft", example), draft_fields(example, 1))
    response = client.post(url_of("discard_draft", example), follow=True)
    assert "Unsaved changes discarded" in page_text(response)
    assert not EditDraft.objects.exists()


def test_an_invalid_draft_is_shown(example: GoldenExample) -> None:
    client = signed_in(author_of(example))
    fields = draft_fields(example, 1, role=["system", "user", "pirate"])
    client.post(url_of("keep_draft", example), fields)
    page = client.get(url_of("example", example), {"draft": "keep"})
    assert page.status_code == 200
    assert "Open My orders" in page.content.decode()


@pytest.mark.parametrize("broken", [{"extra": ["{"]}, {"version": 0}, {"version": 2**40}])
def test_an_invalid_autosave_is_rejected(example: GoldenExample, broken: dict[str, Any]) -> None:
    client = signed_in(author_of(example))
    fields = {**draft_fields(example, 1), **broken}
    assert client.post(url_of("keep_draft", example), fields).status_code in {409, 422}
    assert not EditDraft.objects.exists()


@pytest.fixture
def project() -> Project:
    return make_project()


def test_an_example_is_created_in_the_editor(project: Project) -> None:
    client = signed_in(make_member(project, Role.ANNOTATOR))
    url = reverse("datasets:new_example", args=[project.slug])
    first = client.get(url).context["editor"].messages
    assert [turn.message.role for turn in first] == ["system", "user", "assistant"]
    fields = {
        "role": ["system", "user", "assistant"],
        "text": ["Be kind.", "Can I return it?", "Yes."],
        "extra": ["{}", "{}", "{}"],
        "intent": "returns",
    }
    response = client.post(url, fields, follow=True)
    example = GoldenExample.objects.get()
    assert response.redirect_chain[0][0] == url_of("example", example) + "?created"
    # What the browser held of the page where it was written can go.
    assert f'data-created="{url}"' in response.content.decode()
    assert (example.source, example.state) == (MANUAL_SOURCE, "draft")
    begun = client.get(url).context["editor"].messages
    assert begun[0].message.text == "Be kind."


def test_an_empty_new_example_is_not_created_and_keeps_what_was_typed(project: Project) -> None:
    make_example(project)
    client = signed_in(make_member(project, Role.ANNOTATOR))
    url = reverse("datasets:new_example", args=[project.slug])
    fields = {
        "role": ["system", "user", "assistant"],
        "text": ["Be kind.", "", ""],
        "extra": ["{}", "{}", "{}"],
        "intent": "returns",
    }
    response = client.post(url, fields)
    assert response.status_code == 422
    assert "Write at least what the customer says" in page_text(response)
    assert "Be kind.</textarea>" in response.content.decode()
    assert 'value="returns"' in response.content.decode()
    assert project.examples.count() == 1
    client.post(url, {**fields, "text": ["Be kind.", "Can I return it?", ""]})
    assert project.examples.count() == 2


def test_a_revision_cannot_empty_an_example(example: GoldenExample) -> None:
    fields = editor_fields(example, text=["Be kind.", "", ""])
    response = signed_in(author_of(example)).post(url_of("save", example), fields)
    assert response.status_code == 422
    assert example.revisions.count() == 1


def test_an_invalid_new_example_keeps_what_was_typed(project: Project) -> None:
    client = signed_in(make_member(project, Role.ANNOTATOR))
    url = reverse("datasets:new_example", args=[project.slug])
    fields = {"role": ["user"], "text": ["Hello there"], "extra": ["{}"], "intent": "x" * 101}
    response = client.post(url, fields)
    assert response.status_code == 422
    assert "Hello there" in response.content.decode()
    response = client.post(url, {**fields, "step": "insert:1"})
    assert len(response.context["editor"].messages) == 2
    assert not GoldenExample.objects.exists()


def test_a_retired_example_is_not_saved_and_keeps_the_typed_text(example: GoldenExample) -> None:
    examples.retire(example_id=example.pk, actor=author_of(example), reason="Old.")
    response = save(example, text=texts_with(example, 3, "Typed in vain"))
    assert response.status_code == 409
    assert "retired" in page_text(response)
    assert "Typed in vain" in response.content.decode()


def test_a_text_too_long_for_the_live_check_has_a_finding(example: GoldenExample) -> None:
    client = signed_in(author_of(example))
    fields = editor_fields(example, text=texts_with(example, 3, "0151 23456789 " * 8000))
    response = client.post(url_of("check", example), fields)
    assert "not checked while you type" in response.content.decode()
