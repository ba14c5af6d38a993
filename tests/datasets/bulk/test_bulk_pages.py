"""The pages of bulk actions: from the list over the preview to the undo, without a script."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from datasets.bulk import tasks
from datasets.bulk.models import BulkAction
from datasets.curation import visibility
from datasets.curation.lifecycle import State
from datasets.curation.models import GoldenExample
from reviewapp.people.models import Project, Role, User
from tests.datasets.curation.pages import page_text, signed_in
from tests.factories.examples import make_content, make_example, make_example_in_review
from tests.factories.people import make_member, make_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    cache.clear()
    return make_project()


@pytest.fixture
def lead(project: Project) -> User:
    return make_member(project, Role.LEAD)


def address(name: str, project: Project, *parts: object) -> str:
    return reverse(f"datasets:{name}", args=[project.slug, *parts])


def post(client: Client, name: str, action: BulkAction, **fields: Any) -> Any:
    return client.post(address(name, action.project, action.pk), fields, follow=True)


def test_selected_examples_are_previewed_approved_and_undone(project: Project, lead: User) -> None:
    own, other = make_example_in_review(project, author=lead), make_example_in_review(project)
    client = signed_in(lead)
    page = client.get(address("queue", project))
    assert f'name="example" value="{own.pk}"' in page.content.decode()
    fields = {"kind": "approve", "example": [own.pk, other.pk], "query": "state=in_review"}
    shown = client.post(address("new_bulk_action", project), fields, follow=True)
    action = BulkAction.objects.get()
    assert "You wrote a revision" in page_text(shown)
    assert f"{address('queue', project)}?" not in shown.request["PATH_INFO"]
    assert page_text(shown).count("Approve 1 example") == 1
    assert "Done" in page_text(post(client, "bulk_confirm", action, reason="Read them."))
    assert GoldenExample.objects.get(pk=other.pk).state == State.APPROVED
    text = page_text(client.get(address("bulk_action", project, action.pk)))
    assert "Undo this bulk action" in text
    assert "Undone" not in page_text(client.get(address("bulk_actions", project)))
    preview = post(client, "bulk_undo", action)
    undone = preview.context["action"]
    assert "Undo a bulk action" in page_text(preview)
    assert "Restore 1 example" in page_text(preview)
    post(client, "bulk_confirm", undone)
    assert GoldenExample.objects.get(pk=other.pk).state == State.IN_REVIEW
    text = page_text(client.get(address("bulk_action", project, action.pk)))
    assert f"Undone by bulk action {undone.pk}" in text
    assert "Undo this bulk action" not in text
    assert "Undone" in page_text(client.get(address("bulk_actions", project)))


def test_an_undone_approval_is_repeated_with_its_comment(project: Project, lead: User) -> None:
    example, client = make_example_in_review(project), signed_in(lead)
    fields = {"kind": "approve", "example": [example.pk, make_example(project).pk]}
    client.post(address("new_bulk_action", project), fields)
    action = BulkAction.objects.get()
    post(client, "bulk_confirm", action, reason="Read them.")
    post(client, "bulk_confirm", post(client, "bulk_undo", action).context["action"])
    again = post(client, "bulk_repeat", action)
    repeated = again.context["action"]
    assert (repeated.kind, repeated.selected, again.context["summary"].ready) == ("approve", 2, 1)
    assert 'value="Read them."' in again.content.decode()
    assert "Read them." not in page_text(again)
    post(client, "bulk_confirm", repeated, reason="")
    repeated.refresh_from_db()
    assert repeated.params == {}
    assert GoldenExample.objects.get(pk=example.pk).state == State.APPROVED


def test_only_what_was_undone_is_repeated_and_what_was_entered_is_filled_in(
    project: Project, lead: User
) -> None:
    example, client = make_example(project), signed_in(lead)
    fields = {"kind": "label", "example": [example.pk]}
    client.post(address("new_bulk_action", project), fields)
    action = BulkAction.objects.get()
    post(client, "bulk_params", action, add_tags="a, b")
    done = post(client, "bulk_confirm", action)
    assert "Do it again" not in page_text(done)
    assert post(client, "bulk_repeat", action).status_code == 409
    undone = post(client, "bulk_undo", action).context["action"]
    assert "Do it again" in page_text(post(client, "bulk_confirm", undone))
    client.force_login(make_member(project, Role.REVIEWER))
    assert post(client, "bulk_repeat", action).status_code == 403
    assert "Do it again" not in page_text(client.get(address("bulk_action", project, action.pk)))
    client.force_login(lead)
    again = post(client, "bulk_repeat", action)
    assert (again.context["action"].stage, again.context["confirm_form"]) == ("selected", None)
    assert 'value="a, b"' in again.content.decode()


def test_all_that_match_the_filter_are_selected_and_a_difference_is_shown(
    project: Project, lead: User
) -> None:
    for intent in ("refunds", "refunds", "delivery"):
        make_example(project, content=make_content(intent=intent))
    fields = {"kind": "submit", "all": "1", "query": "intent=refunds", "expected": "3"}
    shown = signed_in(lead).post(address("new_bulk_action", project), fields, follow=True)
    assert (shown.context["summary"].ready, shown.context["seen_difference"]) == (2, True)
    assert "You saw 3 examples; 2 are selected now." in page_text(shown)


@pytest.mark.parametrize("fields", [{"kind": "submit"}, {"kind": "undo", "all": "1"}, {}])
def test_an_empty_selection_or_unknown_action_returns_to_the_list(
    project: Project, lead: User, fields: dict[str, str]
) -> None:
    make_example(project)
    fields = {**fields, "query": "state=draft"}
    response = signed_in(lead).post(address("new_bulk_action", project), fields)
    assert response["Location"] == f"{address('queue', project)}?state=draft"
    assert not BulkAction.objects.exists()


def test_labels_are_asked_before_the_preview_and_kept_on_error(
    project: Project, lead: User
) -> None:
    example, client = make_example(project), signed_in(lead)
    fields = {"kind": "label", "example": [example.pk]}
    asked = page_text(client.post(address("new_bulk_action", project), fields, follow=True))
    assert "For 1 selected example. Enter what to do. A preview comes next" in asked
    assert "Show the preview" in asked
    action = BulkAction.objects.get()
    wrong = post(client, "bulk_params", action, add_tags="a, b", language="not a language")
    assert wrong.status_code == 422
    assert 'value="a, b"' in wrong.content.decode()
    shown = post(client, "bulk_params", action, add_tags="a, b")
    assert shown.context["summary"].ready == 1
    assert ("Add tags", "a and b") in shown.context["chosen"]
    assert "Nothing has changed yet." in page_text(shown)
    # Another set of labels is checked anew.
    shown = post(client, "bulk_params", action, intent="delivery")
    assert (shown.context["summary"].ready, shown.context["summary"].rejected) == (0, 1)
    post(client, "bulk_params", action, add_tags="a, b")
    post(client, "bulk_confirm", action)
    assert GoldenExample.objects.get(pk=example.pk).tags == ["a", "b"]
    assert post(client, "bulk_params", action, add_tags="c").status_code == 409


def test_an_assignment_says_what_it_needs_before_there_is_a_preview(
    project: Project, lead: User
) -> None:
    fields = {"kind": "assign", "example": [make_example(project).pk]}
    client = signed_in(lead)
    asked = client.post(address("new_bulk_action", project), fields, follow=True)
    html = asked.content.decode()
    assert '<legend class="field-label">Assign to</legend>' in html
    assert "badge-draft" not in html
    shown = post(client, "bulk_params", BulkAction.objects.get(), assignees=lead.pk, rule="even")
    assert "badge-draft" in shown.content.decode()
    assert "Assign 1 example" in page_text(shown)


def test_many_examples_wait_for_a_worker_with_progress_and_cancel(
    project: Project, lead: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "INLINE_LIMIT", 0)
    make_example(project)
    client = signed_in(lead)
    fields = {"kind": "submit", "all": "1", "expected": "1"}
    shown = client.post(address("new_bulk_action", project), fields, follow=True)
    action = BulkAction.objects.get()
    part = client.get(address("bulk_progress", project, action.pk))
    assert (part.status_code, b"<html" in part.content) == (200, False)
    assert "Cancel bulk action" in page_text(shown)
    assert "Cancelled" in page_text(post(client, "bulk_cancel", action))
    assert client.get(address("bulk_progress", project, action.pk))["HX-Refresh"] == "true"


def test_an_example_hidden_from_the_member_is_left(
    project: Project, lead: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden, shown = make_example(project), make_example(project)
    rule = visibility.VisibilityRule(
        lambda _user, _project: GoldenExample.objects.filter(pk=hidden.pk), "It is hidden."
    )
    monkeypatch.setattr(visibility, "_RULES", [rule])
    fields = {"kind": "submit", "example": [hidden.pk, shown.pk]}
    page = signed_in(lead).post(address("new_bulk_action", project), fields, follow=True)
    assert [group.example_ids for group in page.context["summary"].groups] == [[hidden.pk]]
    assert page.context["summary"].ready == 1


def test_the_actions_offered_follow_the_role(project: Project) -> None:
    make_example(project)
    offered = {}
    for role in Role:
        client = signed_in(make_member(project, role))
        kinds = client.get(address("queue", project)).context["bulk_kinds"]
        offered[role] = {str(kind.value) for kind in kinds}
    assert offered[Role.REVIEWER] == {"approve", "request_changes", "reopen"}
    assert "approve" not in offered[Role.ANNOTATOR]
    assert offered[Role.LEAD] == offered[Role.REVIEWER] | offered[Role.ANNOTATOR]


def test_a_bulk_action_of_another_project_is_not_found(project: Project, lead: User) -> None:
    example = make_example(project)
    client = signed_in(lead)
    client.post(address("new_bulk_action", project), {"kind": "submit", "example": [example.pk]})
    action, other = BulkAction.objects.get(), make_project()
    stranger = signed_in(make_member(other, Role.LEAD))
    for name in ("bulk_action", "bulk_progress"):
        assert stranger.get(address(name, other, action.pk)).status_code == 404
    for name in ("bulk_confirm", "bulk_cancel", "bulk_undo", "bulk_params"):
        assert stranger.post(address(name, other, action.pk)).status_code == 404
