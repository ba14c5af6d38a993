"""Rejected rows that are corrected: on the page, or in the downloaded reject file."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from datasets.curation.models import GoldenExample
from datasets.erasure.actions.erasing import delete_rejects
from datasets.ingest.actions import correct_rows, rejected_texts
from datasets.ingest.models import ImportBatch
from datasets.ingest.tasks import IMPORTS
from reviewapp.people.models import Project, ProjectEvent, Role, User
from tests.api_scripts import Script
from tests.factories.imports import make_row
from tests.factories.people import make_member, make_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(settings: Settings, tmp_path: Path) -> Project:
    storages = {**settings.STORAGES}
    storages["default"] = {**storages["default"], "OPTIONS": {"location": tmp_path / "uploads"}}
    settings.STORAGES = storages
    return make_project()


@pytest.fixture
def annotator(project: Project) -> User:
    return make_member(project, Role.ANNOTATOR)


@pytest.fixture
def page(client: Client, annotator: User) -> Client:
    client.force_login(annotator)
    return client


def imported(page: Client, project: Project, name: str, content: bytes) -> ImportBatch:
    page.post(f"/p/{project.slug}/import/", {"upload": SimpleUploadedFile(name, content)})
    return finished(project)


def finished(project: Project) -> ImportBatch:
    """Return the newest import, read by a worker."""
    batch = project.batches.latest("pk")
    IMPORTS.run(batch.pk)
    batch.refresh_from_db()
    return batch


def correct(page: Client, batch: ImportBatch, *texts: str) -> Any:
    """Send a text for each row that is still rejected."""
    rows = [row.rejection.pk for row in rejected_texts(batch)]
    fields = {f"row-{pk}": text for pk, text in zip(rows, texts, strict=True)}
    return page.post(f"/p/{batch.project.slug}/import/{batch.pk}/correct/", fields)


def test_rows_are_corrected_on_the_page_and_imported_from_there(
    page: Client, project: Project
) -> None:
    good = json.dumps(make_row(2))
    content = f"{json.dumps(make_row(1))}\n{good[:-1]}\noops\n".encode()
    batch = imported(page, project, "rows.jsonl", content)
    assert batch.rejected == 2
    shown = page.get(f"/p/{project.slug}/import/{batch.pk}/correct/")
    assert [field.value() for field in shown.context["form"]] == [good[:-1], "oops"]

    refused = correct(page, batch, '{"messages": 1}', "oops")
    assert refused.status_code == 422
    first, second = refused.context["form"]
    assert (first.value(), bool(first.errors), bool(second.errors)) == (
        '{"messages": 1}',
        True,
        False,
    )
    assert correct(page, batch, good[:-1], "oops").status_code == 422
    assert project.batches.count() == 1

    assert correct(page, batch, good, "oops").status_code == 302
    new = finished(project)
    assert (new.read, new.created, new.source) == (1, 1, "rows.jsonl")
    assert GoldenExample.objects.filter(project=project).count() == 2
    assert [row.text for row in rejected_texts(batch)] == ["oops"]
    event = ProjectEvent.objects.get(action="correct_rows")
    assert event.detail == {"batch": batch.pk, "import": new.pk, "rows": 1}
    text = page.get(f"/p/{project.slug}/import/{batch.pk}/").content.decode()
    assert f"/import/{new.pk}/" in text


TABLE = b'user; assistant; tags; split\nWhere?; Here.; a|b; nowhere\n"Where; Here.; a; train\n'


def test_rows_of_a_table_are_read_by_its_header(page: Client, project: Project) -> None:
    batch = imported(page, project, "rows.csv", TABLE)
    assert (batch.created, batch.rejected) == (0, 2)
    corrected = ("Where?; Here.; a|b; test", '"Where\r\nto?"; Here.; a; train')
    assert correct(page, batch, *corrected).status_code == 302
    assert finished(project).created == 2
    first, second = GoldenExample.objects.filter(project=project).order_by("pk")
    assert (first.tags, first.imported_split) == (["a", "b"], "test")
    assert second.latest_revision.messages[0]["content"] == "Where\nto?"


@pytest.mark.parametrize("text", ["a; b; c; d; e", '"a; b', "a; b\nc; d", ""])
def test_a_bad_record_is_refused_and_kept(page: Client, project: Project, text: str) -> None:
    batch = imported(page, project, "rows.csv", TABLE.rpartition(b'"')[0])
    refused = correct(page, batch, text)
    (field,) = refused.context["form"]
    assert (refused.status_code, field.value(), bool(field.errors)) == (422, text, True)


def test_the_corrected_reject_file_of_a_table_is_imported(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(TABLE)
    arguments = ("--project", "house", "--create-project", "--json")

    def run(file: Path) -> dict[str, Any]:
        out = StringIO()
        call_command("import_examples", str(file), *arguments, stdout=out, stderr=StringIO())
        said: dict[str, Any] = json.loads(out.getvalue())
        return said

    rejects = Path(run(path)["reject_file"])
    lines = [json.loads(line) for line in rejects.read_text().splitlines()]
    assert (lines[0]["columns"][0], lines[0]["separator"]) == ("user", "; ")
    lines[0]["row"] = lines[0]["row"].replace("nowhere", "test")
    corrected = tmp_path / "corrected.jsonl"
    corrected.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    again = run(corrected)
    assert (again["created"], again["rejected"], again["errors"][0]["code"]) == (1, 1, "bad_quotes")
    # What is still wrong can be corrected once more.
    rest = json.loads(Path(again["reject_file"]).read_text())
    assert rest["row"] == lines[1]["row"]
    rest["row"] = rest["row"].replace('"', "")
    corrected.write_text(json.dumps(rest))
    assert run(corrected)["created"] == 1


def test_a_corrected_row_of_objects_may_be_an_object_too(page: Client, project: Project) -> None:
    line = {"line": 7, "code": "not_json", "message": "", "row": make_row(1)}
    assert imported(page, project, "a.jsonl", json.dumps(line).encode()).created == 1


def test_erased_rows_cannot_be_corrected(page: Client, project: Project) -> None:
    batch = imported(page, project, "rows.jsonl", b'{"messages": 1}\noops\n')
    ImportBatch.objects.filter(pk=batch.pk).update(erased_at=batch.created_at)
    assert correct(page, batch, "{}", "{}").status_code == 409


def test_a_script_corrects_rejected_rows(page: Client, project: Project, annotator: User) -> None:
    good = json.dumps(make_row(2))
    content = f"{good[:-1]}\noops\n{json.dumps(make_row(1))}\n".encode()
    batch = imported(page, project, "rows.jsonl", content)
    script = Script(annotator, "examples")
    path = f"projects/{project.slug}/imports/{batch.pk}"
    listed = script.get(f"{path}/rejected-rows").json()
    first, second = listed["items"]
    assert (first["line"], first["code"], first["text"]) == (1, "not_json", good[:-1])
    assert (listed["columns"], listed["separator"], listed["next"]) == ([], "", None)
    after = script.get(f"{path}/rejected-rows?cursor={first['id']}").json()["items"]
    assert after == [second]

    bad = [{"id": first["id"], "text": good}, {"id": second["id"], "text": "{}"}]
    refused = script.post(f"{path}/corrections", rows=bad)
    assert refused.status_code == 422
    assert [error["where"] for error in refused.json()["errors"]] == [[f"row-{second['id']}"]]
    assert project.batches.count() == 1
    good_row = {"id": first["id"], "text": good}
    answer = script.post(f"{path}/corrections", rows=[good_row])
    assert (answer.status_code, answer.json()["state"]) == (202, "waiting")
    new = finished(project)
    assert (new.pk, new.created) == (answer.json()["id"], 1)
    refused = script.post(f"{path}/corrections", rows=[good_row])
    assert (refused.status_code, refused.json()["errors"][0]["where"]) == (
        409,
        [f"row-{first['id']}"],
    )
    unknown = script.post(f"{path}/corrections", rows=[{"id": 999_999, "text": good}])
    assert unknown.status_code == 409
    assert len(script.get(f"{path}/rejected-rows").json()["items"]) == 1


def test_a_script_gets_the_columns_of_a_table(
    page: Client, project: Project, annotator: User
) -> None:
    batch = imported(page, project, "rows.csv", TABLE)
    path = f"projects/{project.slug}/imports/{batch.pk}/rejected-rows"
    listed = Script(annotator, "examples").get(path).json()
    assert (listed["columns"][0], listed["separator"]) == ("user", "; ")
    assert listed["items"][0]["text"] == "Where?; Here.; a|b; nowhere"


def test_only_who_imports_reads_and_corrects_rejected_rows(page: Client, project: Project) -> None:
    batch = imported(page, project, "rows.jsonl", b'{"messages": 1}\noops\n')
    (row, _other) = rejected_texts(batch)
    path = f"projects/{project.slug}/imports/{batch.pk}"
    lead = make_member(project, Role.LEAD)
    for user, scope, status in (
        (make_member(project, Role.REVIEWER), "examples", 403),
        (make_member(make_project(), Role.LEAD), "examples", 404),
        (lead, "versions", 403),
    ):
        script = Script(user, scope)
        assert script.get(f"{path}/rejected-rows").status_code == status
        rows = [{"id": row.rejection.pk, "text": json.dumps(make_row(1))}]
        assert script.post(f"{path}/corrections", rows=rows).status_code == status
    assert Script(lead, "examples").get(f"{path}/rejected-rows").status_code == 200
    assert project.batches.count() == 1


@pytest.mark.parametrize("order", ["one after the other", "at once"])
def test_what_the_second_of_two_members_typed_stays(
    client: Client, project: Project, monkeypatch: pytest.MonkeyPatch, order: str
) -> None:
    ada, bo = (make_member(project, Role.ANNOTATOR, name=name) for name in ("Ada", "Bo"))
    client.force_login(ada)
    good, mine = (json.dumps(make_row(number)) for number in (2, 3))
    batch = imported(client, project, "rows.jsonl", f"{good}\n{good[:-1]}\noops\nno\n".encode())
    pks = [row.rejection.pk for row in rejected_texts(batch)]
    address = f"/p/{project.slug}/import/{batch.pk}/correct/"

    def send(*texts: str) -> Any:
        fields = {f"row-{pk}": text for pk, text in zip(pks, texts, strict=True)}
        return client.post(address, fields)

    def ada_corrects() -> None:
        correct_rows(batch_id=batch.pk, texts={pks[0]: good}, actor=ada)

    def while_bo_sends(**fields: Any) -> ImportBatch:
        ada_corrects()
        return correct_rows(**fields)

    client.force_login(bo)
    with monkeypatch.context() as patched:
        if order == "at once":
            patched.setattr("datasets.ingest.actions.correct_rows", while_bo_sends)
        else:
            ada_corrects()
        refused = send(mine, mine, "no")
    assert refused.status_code == 409
    fields = list(refused.context["form"])
    assert [field.value() for field in fields] == [mine, mine, "no"]
    assert ["Ada corrected this row" in str(field.errors) for field in fields] == [
        True,
        False,
        False,
    ]
    theirs = project.batches.latest("pk")
    assert f'href="/p/{project.slug}/import/{theirs.pk}/"' in refused.content.decode()

    assert send("", mine, "no").status_code == 302
    assert [row.text for row in rejected_texts(batch)] == ["no"]
    assert send(good[:-1], "oops", "no").status_code == 422, "unchanged rows of others are no news"


def test_texts_typed_for_erased_rows_stay(page: Client, project: Project) -> None:
    batch = imported(page, project, "rows.jsonl", b'{"messages": 1}\n')
    (row,) = rejected_texts(batch)
    delete_rejects(batch)
    fields = {f"row-{row.rejection.pk}": "typed"}
    refused = page.post(f"/p/{project.slug}/import/{batch.pk}/correct/", fields)
    assert refused.status_code == 409
    assert [field.value() for field in refused.context["form"]] == ["typed"]
    assert refused.context["form"].non_field_errors()
