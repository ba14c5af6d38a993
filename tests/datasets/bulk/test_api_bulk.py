"""The API of bulk actions and the command that takes an import back."""

import json
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from datasets.assignments.models import Assignment
from datasets.bulk import tasks
from datasets.bulk.models import BulkAction
from datasets.curation.lifecycle import State
from datasets.curation.models import GoldenExample
from reviewapp.people.actions import members
from reviewapp.people.models import Project, Role, Scope, User
from tests.factories.examples import make_approved_example, make_content, make_example
from tests.factories.imports import make_import, make_row
from tests.factories.people import make_member, make_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def lead(project: Project) -> User:
    return make_member(project, Role.LEAD)


def call(user: User, project: Project, path: str = "", body: Any = None, **token: Any) -> Any:
    """Ask the API as a user: POST with a body, GET without one; the answer with its status."""
    secret = members.create_token(user=user, **token).secret
    url = f"/api/v1/projects/{project.slug}/bulk-actions{path}"
    headers = {"Authorization": f"Bearer {secret}"}
    client = Client()
    if body is None:
        response = client.get(url, headers=headers)
    else:
        response = client.post(url, body, content_type="application/json", headers=headers)
    return {"status": response.status_code, **response.json()}


def test_a_preview_is_confirmed_and_undone(project: Project, lead: User) -> None:
    draft = make_example(project, content=make_content(intent="refund"))
    kept = make_approved_example(project, content=make_content(intent="refund"))
    body = {"kind": "delete", "filter": {"intent": "refund"}}
    shown = call(lead, project, "", body)
    assert (shown["status"], shown["stage"], shown["state"]) == (202, "checking", "done")
    assert (shown["ready"], shown["left_out"], shown["changed"]) == (1, 1, 0)
    path = f"/{shown['id']}"
    (left_out,) = call(lead, project, path)["items"]
    assert (left_out["example"], left_out["code"]) == (kept.pk, "curation.invalid_transition")
    assert call(lead, project, f"{path}/confirm", {})["status"] == 422
    done = call(lead, project, f"{path}/confirm", {"reason": "Spam."})
    assert (done["status"], done["changed"]) == (202, 1)
    assert call(lead, project, f"{path}/confirm", {"reason": "Spam."})["status"] == 409
    assert list(GoldenExample.objects.filter(project=project)) == [kept]
    undoing = call(lead, project, f"{path}/undo", {})
    assert undoing["undoes"] == shown["id"]
    call(lead, project, f"/{undoing['id']}/confirm", {})
    assert GoldenExample.objects.filter(pk=draft.pk).exists()
    listed = call(lead, project)
    assert [item["id"] for item in listed["items"]] == [undoing["id"], shown["id"]]


@pytest.mark.parametrize(
    ("kind", "params", "changed"),
    [
        ("label", {"add_tags": ["a", "b"]}, {"tags": ["a", "b"]}),
        ("split", {"split": "test"}, {"imported_split": "test"}),
        ("replace_text", {"find": "My orders", "by": "My cart"}, {"latest_number": 2}),
        ("submit", {}, {"state": State.IN_REVIEW}),
    ],
)
def test_each_kind_takes_its_parameters(
    project: Project, lead: User, kind: str, params: Any, changed: Any
) -> None:
    example = make_example(project)
    shown = call(lead, project, "", {"kind": kind, "ids": [example.pk], "params": params})
    call(lead, project, f"/{shown['id']}/confirm", {})
    example.refresh_from_db()
    assert {name: getattr(example, name) for name in changed} == changed


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "submit"},
        {"kind": "submit", "ids": [1], "filter": {}},
        {"kind": "submit", "ids": []},
        {"kind": "take_back", "ids": [1]},
        {"kind": "submit", "import_id": 1},
        {"kind": "undo", "filter": {}},
        {"kind": "label", "filter": {}},
        {"kind": "replace_text", "filter": {}, "params": {"find": "(", "is_regex": True}},
    ],
)
def test_a_request_that_names_no_examples_or_no_change_stores_nothing(
    project: Project, lead: User, body: Any
) -> None:
    make_example(project)
    assert call(lead, project, "", body)["status"] == 422
    assert not BulkAction.objects.exists()


def test_who_may_start_a_bulk_action(project: Project, lead: User) -> None:
    example = make_example(project)
    body = {"kind": "submit", "ids": [example.pk]}
    statuses = {
        role: call(make_member(project, role), project, "", body)["status"] for role in Role
    }
    assert statuses == {Role.ANNOTATOR: 202, Role.REVIEWER: 403, Role.LEAD: 202}
    stranger = make_member(make_project(), Role.LEAD)
    assert call(stranger, project, "", body)["status"] == 404
    # A token that reads examples changes none.
    assert call(lead, project, "", body, scopes=[Scope.EXAMPLES])["status"] == 403
    assert call(lead, project, scopes=[Scope.EXAMPLES])["status"] == 200
    assert call(lead, make_project(), "/1")["status"] == 404


def test_a_bulk_action_that_waits_is_cancelled(
    project: Project, lead: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "INLINE_LIMIT", 0)
    make_example(project)
    shown = call(lead, project, "", {"kind": "submit", "filter": {}})
    assert shown["state"] == "waiting"
    assert call(lead, project, f"/{shown['id']}/confirm", {})["status"] == 409
    cancelled = call(lead, project, f"/{shown['id']}/cancel", {})
    assert (cancelled["state"], cancelled["error_code"]) == ("failed", "cancelled")


def test_an_import_is_taken_back_by_a_command(project: Project, lead: User, tmp_path: Path) -> None:
    batch = make_import(project, tmp_path / "wrong.jsonl", [make_row(1), make_row(2)])

    def run(*words: str) -> dict[str, Any]:
        out = StringIO()
        fixed = ("--project", project.slug, "--by", lead.email, "--json")
        call_command("take_back_import", str(batch.pk), *fixed, *words, stdout=out)
        return dict(json.loads(out.getvalue()))

    assert run("--dry-run") == {
        "deleted": 2,
        "stay": 0,
        "reasons": {},
        "dry_run": True,
        "bulk_action": None,
    }
    assert not BulkAction.objects.exists()
    assert run()["bulk_action"] == BulkAction.objects.get().pk
    assert not GoldenExample.objects.exists()
    with pytest.raises(CommandError):
        run()


def test_examples_are_assigned_by_address(project: Project, lead: User) -> None:
    tom, ann = (make_member(project, Role.ANNOTATOR, name=name) for name in ("Tom", "Ann"))
    made = [make_example(project, author=ann) for _ in range(2)]
    make_example(project, author=tom)
    body = {
        "kind": "assign",
        "filter": {"author": ann.email},
        "params": {"assignees": [tom.email, ann.email], "due_on": "2099-01-31"},
    }
    shown = call(lead, project, "", body)
    assert (shown["status"], shown["ready"]) == (202, 2)
    call(lead, project, f"/{shown['id']}/confirm", {})
    given = Assignment.objects.filter(example__project=project)
    assert {row.example_id for row in given} == {example.pk for example in made}
    assert {row.assignee for row in given} == {tom, ann}
    assert {row.due_on for row in given} == {date(2099, 1, 31)}


@pytest.mark.parametrize(
    "params", [{}, {"assignees": ["nobody@example.org"]}, {"unassign": True, "assignees": ["?"]}]
)
def test_an_assignment_names_members(project: Project, lead: User, params: Any) -> None:
    example = make_example(project)
    body = {"kind": "assign", "ids": [example.pk], "params": params}
    refused = call(lead, project, "", body)
    assert refused["status"] == 422
    assert not BulkAction.objects.exists()


def test_what_was_undone_is_done_again_with_what_was_entered(project: Project, lead: User) -> None:
    example = make_example(project)
    body = {"kind": "label", "ids": [example.pk], "params": {"add_tags": ["vip"]}}
    path = f"/{call(lead, project, '', body)['id']}"
    call(lead, project, f"{path}/confirm", {})
    assert call(lead, project, f"{path}/repeat", {})["status"] == 409
    undo = call(lead, project, f"{path}/undo", {})
    call(lead, project, f"/{undo['id']}/confirm", {})
    reviewer = make_member(project, Role.REVIEWER)
    assert call(reviewer, project, f"{path}/repeat", {})["status"] == 403
    assert call(lead, project, f"{path}/repeat", {}, scopes=[Scope.EXAMPLES])["status"] == 403
    again = call(lead, project, f"{path}/repeat", {})
    assert (again["status"], again["stage"], again["ready"]) == (202, "checking", 1)
    call(lead, project, f"/{again['id']}/confirm", {})
    example.refresh_from_db()
    assert example.tags == ["vip"]
