"""What an import says of labels, keys and intents that it did not change, read or tell apart."""

import json
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from datasets.bulk import actions as bulk
from datasets.bulk.models import BulkAction
from datasets.bulk.taken_back import label_changes_of
from datasets.conversations import chat
from datasets.curation import actions as examples
from datasets.ingest import actions as imports
from datasets.ingest.files import prepare
from datasets.ingest.files.opening import open_source
from datasets.ingest.models import ImportBatch
from reviewapp.core.errors import InvalidTransition, PermissionDeniedError
from reviewapp.people.actions.members import create_token
from reviewapp.people.models import Project, Role, User
from tests.factories.examples import make_approved_example
from tests.factories.imports import make_file, make_import, make_job, make_row
from tests.factories.people import make_member, make_project

pytestmark = pytest.mark.django_db
Rows = list[dict[str, Any] | str]


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rows.jsonl"


def counts(batch: ImportBatch) -> tuple[int, int, int, int]:
    return batch.read, batch.created, batch.unchanged, batch.rejected


def test_unchanged_rows_with_other_labels_are_counted_and_listed(
    project: Project, path: Path
) -> None:
    make_import(project, path, [make_row(1), make_row(2, intent="a", tags=["x", "y"]), make_row(3)])
    rows: Rows = [
        make_row(1, intent="b", tags=["vip"], split="test", external_id="crm-1"),
        make_row(2, intent="a", tags=["y", "x"]),
        make_row(3, language=None),
        make_row(4),
    ]
    make_file(path, rows)
    trial = imports.dry_run_import(project=project, file=open_source(path), max_errors=10)
    batch = make_import(project, path, rows)
    assert counts(batch) == (4, 1, 3, 0)
    assert batch.relabelled == trial.relabelled == 1
    difference = batch.differences.get()
    assert difference.line == 1
    assert difference.labels == {
        "intent": ["", "b"],
        "tags": [[], ["vip"]],
        "external_id": ["", "crm-1"],
        "split": ["", "test"],
    }
    assert difference.example.intent is None


def test_the_same_conversation_twice_in_a_file_with_other_labels_is_listed(
    project: Project, path: Path
) -> None:
    batch = make_import(project, path, [make_row(1, intent="a"), make_row(1, intent="b")])
    assert batch.differences.get().labels == {"intent": ["a", "b"]}


def test_keys_that_are_not_read_are_counted_by_name(project: Project, path: Path) -> None:
    rows: Rows = [make_row(1, label="x"), make_row(2, label="y", agent="z"), make_row(3)]
    batch = make_import(project, path, rows)
    assert batch.unread == {"label": 2, "agent": 1}
    many = make_import(project, path, [make_row(4, **{f"key{n}": n for n in range(80)})])
    assert len(many.unread) == 50


def test_columns_that_are_not_read_are_named_before_a_row_is_made(
    project: Project, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("user,assistant,ticket\n")
    batch = make_job(project, path).batch
    assert batch.unread == {"ticket": 0}


def test_intents_that_look_alike_are_pointed_out(project: Project, path: Path) -> None:
    names = ["Returns", "returns", " RETURNS", "R\u00fcckgabe", "Ru\u0308ckgabe", "billing"]
    batch = make_import(project, path, [make_row(n, intent=name) for n, name in enumerate(names)])
    assert imports.similar_intents(batch) == [["RETURNS", "Returns", "returns"]]
    other = make_import(project, path, [make_row(9, intent="billing")])
    assert imports.similar_intents(other) == []


def imported_again(
    project: Project, path: Path, choice: str, rows: Rows, actor: User | None = None
) -> ImportBatch:
    """Import rows with a choice what is done with labels; a dry run has to say the same before."""
    make_file(path, rows)
    job = make_job(project, path, actor=actor)
    imports.set_choices(job.batch, near_duplicates="keep", labels=choice)
    trial = imports.dry_run_import(
        project=project, file=job.file, max_errors=10, batch=job.batch, labels=choice
    )
    batch = imports.run_batch(job)
    assert (trial.relabelled, trial.labels_changed) == (batch.relabelled, batch.labels_changed)
    return batch


LABELLED = make_row(1, intent="b", tags=["vip"], policies=["refund-window"], external_id="crm-1")


@pytest.mark.parametrize(
    ("choice", "intent", "tags", "changed"),
    [
        ("keep", "a", [], []),
        ("fill", "a", ["vip"], ["tags", "policies"]),
        ("replace", "b", ["vip"], ["intent", "tags", "policies"]),
    ],
)
def test_labels_of_existing_examples_are_left_filled_or_replaced(
    project: Project, path: Path, choice: str, intent: str, tags: list[str], changed: list[str]
) -> None:
    first = make_import(project, path, [make_row(1, intent="a"), make_row(2, intent="c")])
    batch = imported_again(project, path, choice, [LABELLED, make_row(2, intent="c")])
    assert counts(batch) == (2, 0, 2, 0)
    assert (batch.relabelled, batch.labels_changed) == (1, int(bool(changed)))
    difference = batch.differences.get()
    example = difference.example
    assert (str(example.intent), example.tags) == (intent, tags)
    assert (difference.changed, difference.reason) == (changed, None)
    assert difference.labels["intent"] == ["a", "b"]
    assert example.external_id == ""
    revision = example.latest_revision
    assert (revision.number, revision.content_hash) == (1 + bool(changed), example.content_hash)
    if changed:
        assert revision.generated_note.params == {"name": "rows.jsonl"}
        assert example.events.latest("pk").action == "revise"
    again = imported_again(project, path, choice, [LABELLED])
    assert again.labels_changed == 0
    assert first.created == 2


def test_changed_labels_undo_an_approval_and_unchanged_ones_do_not(
    project: Project, path: Path
) -> None:
    for row in (make_row(1), make_row(2, intent="a")):
        make_approved_example(project, content=chat.normalise(row))
    lead = make_member(project, Role.LEAD)
    batch = imported_again(
        project, path, "fill", [make_row(1, tags=["vip"]), make_row(2, intent="b")], lead
    )
    assert (batch.relabelled, batch.labels_changed) == (2, 1)
    states = project.examples.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["draft", "approved"]


def test_an_example_that_may_not_be_edited_keeps_its_labels_with_the_reason(
    project: Project, path: Path
) -> None:
    make_import(project, path, [make_row(1), make_row(2)])
    retired, drafted = project.examples.order_by("pk")
    member = make_member(project, Role.LEAD)
    examples.retire(example_id=retired.pk, actor=member, reason="Old.")
    examples.save_draft(example_id=drafted.pk, user=member, base_number=1, version=1, content={})
    batch = imported_again(
        project, path, "fill", [make_row(1, intent="a"), make_row(2, intent="a")], member
    )
    assert (batch.relabelled, batch.labels_changed) == (2, 0)
    reasons = [difference.reason.code for difference in batch.differences.all()]
    assert reasons == ["curation.retired", "curation.unsaved_changes"]


def undone(batch: ImportBatch, actor: User) -> BulkAction:
    """Undo the labels that an import changed; return the bulk action that did."""
    recorded = label_changes_of(batch)
    assert recorded is not None
    action = bulk.select_undo(action_id=recorded, actor=actor)
    bulk.run_bulk_action(action.pk)
    bulk.confirm(action_id=action.pk, actor=actor)
    bulk.run_bulk_action(action.pk)
    return action


def test_labels_that_an_import_changed_are_restored_with_the_approval(
    project: Project, path: Path
) -> None:
    approved = make_approved_example(project, content=chat.normalise(make_row(1, tags=["old"])))
    make_import(project, path, [make_row(2), make_row(3)])
    annotator = make_member(project, Role.ANNOTATOR)
    rows: Rows = [make_row(n, intent="b", tags=["new"]) for n in (1, 2, 3)]
    batch = imported_again(project, path, "replace", rows, annotator)
    assert batch.labels_changed == 3
    _approved, plain, edited = project.examples.order_by("pk")
    content = examples.content_of(edited.latest_revision)
    examples.revise(
        example_id=edited.pk,
        base_number=2,
        content=replace(content, tags=["mine"]),
        actor=make_member(project, Role.LEAD),
    )
    action = undone(batch, annotator)
    restored = project.examples.order_by("pk").values_list("state", "tags", "intent_name")
    assert [*restored] == [
        ("approved", ["old"], ""),
        ("draft", [], ""),
        ("draft", ["mine"], "b"),
    ]
    approved.refresh_from_db()
    assert approved.approved_revision is not None
    assert approved.approved_revision.tags == ["old"]
    left = action.items.get(outcome="rejected")
    assert (left.example_id, left.reason.code) == (edited.pk, "bulk.changed_since")
    assert plain.events.latest("pk").action == "undo_bulk"


def test_an_example_that_an_import_changed_in_two_chunks_returns_to_the_first_labels(
    project: Project, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_import(project, path, [make_row(1, intent="a")])
    monkeypatch.setattr(prepare, "CHUNK_ROWS", 1)
    rows: Rows = [make_row(1, intent="b"), make_row(1, intent="c")]
    batch = imported_again(project, path, "replace", rows)
    example = project.examples.get()
    assert (batch.labels_changed, example.intent_name) == (2, "c")
    undone(batch, make_member(project, Role.LEAD))
    example.refresh_from_db()
    assert example.intent_name == "a"


def test_labels_of_a_command_are_restored_by_a_lead_and_not_while_it_runs(
    project: Project, path: Path
) -> None:
    make_import(project, path, [make_row(1)])
    batch = imported_again(project, path, "fill", [make_row(1, intent="a")])
    recorded = label_changes_of(batch)
    assert recorded is not None
    with pytest.raises(PermissionDeniedError):
        bulk.select_undo(action_id=recorded, actor=make_member(project, Role.ANNOTATOR))
    lead = make_member(project, Role.LEAD)
    ImportBatch.objects.filter(pk=batch.pk).update(state="waiting")
    with pytest.raises(InvalidTransition):
        bulk.select_undo(action_id=recorded, actor=lead)
    ImportBatch.objects.filter(pk=batch.pk).update(state="done")
    out = StringIO()
    arguments = ("take_back_import", str(batch.pk), "--project", project.slug, "--by", lead.email)
    call_command(*arguments, "--labels", "--json", stdout=out, stderr=StringIO())
    said = json.loads(out.getvalue())
    assert (said["restored"], said["stay"]) == (1, 0)
    assert project.examples.get().intent_name == ""


def test_changed_labels_are_undone_from_the_page_of_the_import(
    client: Client, project: Project, path: Path
) -> None:
    make_import(project, path, [make_row(1)])
    lead = make_member(project, Role.LEAD)
    client.force_login(lead)
    unchanged = imported_again(project, path, "keep", [make_row(1, intent="a")], lead)
    batch = imported_again(project, path, "fill", [make_row(1, intent="a")])
    recorded = label_changes_of(batch)
    assert label_changes_of(unchanged) is None
    shown = client.get(f"/p/{project.slug}/import/{batch.pk}/")
    assert (shown.context["label_changes"], [*shown.context["take_backs"]]) == (recorded, [])
    page = client.get(f"/p/{project.slug}/bulk/{recorded}/")
    assert (page.status_code, page.context["may_decide"]) == (200, True)
    preview = client.post(f"/p/{project.slug}/bulk/{recorded}/undo/")
    client.post(f"{preview.headers['Location']}confirm/")
    assert project.examples.get().intent_name == ""
    listed = client.get(f"/p/{project.slug}/bulk/").context["actions"]
    assert [action.kind for action in listed] == ["undo", "import_labels"]


def test_command_page_and_api_say_what_became_of_each_row(
    client: Client, project: Project, path: Path
) -> None:
    make_import(project, path, [make_row(1)])
    make_file(path, [make_row(1, intent="a", tags=["vip"])])
    out, err = StringIO(), StringIO()
    arguments = ("import_examples", str(path), "--project", project.slug, "--labels", "fill")
    call_command(*arguments, "--json", stdout=out, stderr=err)
    said = json.loads(out.getvalue())
    assert (said["unchanged"], said["relabelled"], said["labels_changed"]) == (1, 1, 1)
    difference = said["differences"][0]
    assert (difference["changed"], difference["reason"]) == (["intent", "tags"], None)
    assert "[changed: intent, tags]" in err.getvalue()

    member = make_member(project, Role.ANNOTATOR)
    client.force_login(member)
    batch = f"{said['batch']}"
    page = client.get(f"/p/{project.slug}/import/{batch}/").content.decode()
    assert "Label intent: changed from empty to “a”." in page
    answer = client.get(
        f"/api/v1/projects/{project.slug}/imports/{batch}",
        headers={"Authorization": f"Bearer {create_token(user=member).secret}"},
    ).json()
    assert (answer["labels"], answer["labels_changed"]) == ("fill", 1)
    assert answer["label_changes"] == project.bulk_actions.get().pk
    assert answer["differences"] == [difference | {"reason": ""}]
