"""The upload page and what a worker does with an upload: progress, rejected rows, lost workers."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from datasets.curation.models import GoldenExample
from datasets.ingest import actions as imports
from datasets.ingest.models import ImportBatch
from datasets.ingest.tasks import IMPORTS
from reviewapp.core.messages import Message, message
from reviewapp.people.models import Project, ProjectEvent, Role, User
from tests.factories.imports import make_row
from tests.factories.people import make_member, make_project
from tests.workers import eventually, worker

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def uploads(tmp_path: Path, settings: Settings) -> Path:
    """A folder of uploads for one test."""
    storages = {**settings.STORAGES}
    storages["default"] = {**storages["default"], "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = storages
    return tmp_path


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def annotator(project: Project) -> User:
    return make_member(project, Role.ANNOTATOR)


@pytest.fixture
def page(client: Client, annotator: User) -> Client:
    client.force_login(annotator)
    return client


def address(project: Project, rest: str = "") -> str:
    return f"/p/{project.slug}/import/{rest}"


def file_of(*rows: object, name: str = "rows.jsonl") -> SimpleUploadedFile:
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    return SimpleUploadedFile(name, "\n".join(lines).encode())


def uploaded(project: Project, actor: User, *rows: object) -> ImportBatch:
    return imports.accept_upload(
        project=project, upload=file_of(*rows), format_="auto", source="", actor=actor
    )


def stored_files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_an_upload_waits_for_a_worker_under_a_name_of_ours(
    page: Client, project: Project, uploads: Path, annotator: User
) -> None:
    upload = file_of(make_row(), name="../../etc/crm.jsonl")
    answer = page.post(address(project), {"upload": upload, "source": "crm"})
    batch = ImportBatch.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == address(project, f"{batch.pk}/")
    assert (batch.state, batch.file_name, batch.source) == ("waiting", "crm.jsonl", "crm")
    assert batch.created_by == annotator
    assert "crm" not in batch.stored_path
    assert stored_files(uploads) == [Path(batch.stored_path).name]
    assert ProjectEvent.objects.filter(action="import_file", actor=annotator).count() == 1


def test_the_script_of_the_page_is_sent_to_the_progress(page: Client, project: Project) -> None:
    headers = {"HX-Request": "true"}
    answer = page.post(address(project), {"upload": file_of(make_row())}, headers=headers)
    batch = ImportBatch.objects.get()
    assert answer["HX-Redirect"] == address(project, f"{batch.pk}/")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "This file is empty"),
        (b"hello", "is not JSON lines"),
        (b"\xff", "is not UTF-8"),
        (None, "Choose a file first"),
    ],
)
def test_a_file_that_cannot_be_read_is_said_at_once_and_not_kept(
    page: Client, project: Project, uploads: Path, content: bytes | None, says: str
) -> None:
    data = {} if content is None else {"upload": SimpleUploadedFile("bad.jsonl", content)}
    answer = page.post(address(project), data)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert stored_files(uploads) == []
    assert not ImportBatch.objects.exists()


def test_a_file_that_is_too_large_is_refused_with_the_limit(
    page: Client, project: Project, settings: Settings
) -> None:
    settings.IMPORT_MAX_MEGABYTES = 0
    answer = page.post(address(project), {"upload": file_of(make_row())})
    assert answer.status_code == 422
    assert "the limit is" in answer.content.decode()


@pytest.mark.parametrize("role", [Role.REVIEWER, None])
def test_who_does_not_curate_cannot_import(
    client: Client, project: Project, role: Role | None
) -> None:
    client.force_login(make_member(project, *([role] if role else [])))
    expected = 403 if role else 404
    assert client.get(address(project)).status_code == expected
    assert client.post(address(project), {"upload": file_of("{}")}).status_code == expected
    assert not ImportBatch.objects.exists()


def test_nobody_sees_the_imports_of_another_project(page: Client, project: Project) -> None:
    other = make_project()
    batch = uploaded(other, make_member(other, Role.LEAD), make_row())
    for rest in ("", "progress/", "rejected/"):
        assert page.get(address(project, f"{batch.pk}/{rest}")).status_code == 404


def test_the_first_import_is_offered_as_the_first_step(
    page: Client, project: Project, annotator: User
) -> None:
    assert "This is the first step" in page.get(address(project)).content.decode()
    IMPORTS.run(uploaded(project, annotator, make_row()).pk)
    text = page.get(address(project)).content.decode()
    assert "This is the first step" not in text
    assert "rows.jsonl" in text


def test_the_task_imports_and_throws_the_upload_away(
    project: Project, annotator: User, uploads: Path
) -> None:
    batch = uploaded(project, annotator, make_row(1), "oops", make_row(2))
    IMPORTS.run(batch.pk)
    IMPORTS.run(batch.pk)
    batch.refresh_from_db()
    assert (batch.state, batch.read, batch.created, batch.rejected) == ("done", 3, 2, 1)
    assert set(GoldenExample.objects.values_list("created_by", flat=True)) == {annotator.pk}
    assert stored_files(uploads) == [f"{Path(batch.stored_path).name}.rejected.jsonl"]


def test_a_file_that_is_gone_fails_with_a_sentence(project: Project, annotator: User) -> None:
    batch = uploaded(project, annotator, make_row())
    default_storage.delete(batch.stored_path)
    IMPORTS.run(batch.pk)
    batch.refresh_from_db()
    assert batch.state == "failed"
    assert batch.error == message("ingest.file.missing", name="rows.jsonl")


@pytest.mark.parametrize(
    ("end", "error"),
    [(b"\xff", message("ingest.file.not_utf8", name="rows.jsonl", line=70_001)), (b"]", None)],
    ids=["bytes", "row"],
)
def test_the_worker_reads_what_the_web_server_did_not_and_says_what_is_wrong(
    project: Project, annotator: User, end: bytes, error: Message | None
) -> None:
    rows = (json.dumps(make_row(0)) + "\n").encode() * 20 + b" " * 1_100_000 + b"\n" * 69_980
    upload = SimpleUploadedFile("rows.jsonl", rows + end)
    batch = imports.accept_upload(
        project=project, upload=upload, format_="auto", source="", actor=annotator
    )
    IMPORTS.run(batch.pk)
    batch.refresh_from_db()
    assert batch.state == ("failed" if error else "done")
    assert batch.error == error
    assert batch.read == (0 if error else 21)


def test_a_table_that_shows_after_the_first_megabyte_is_imported_as_one(
    project: Project, annotator: User
) -> None:
    rows = (b" " * 1_000 + b"\n") * 1_100 + b"user,assistant,label\nHello?,Yes.,x\n"
    batch = imports.accept_upload(
        project=project,
        upload=SimpleUploadedFile("rows.csv", rows),
        format_="auto",
        source="",
        actor=annotator,
    )
    IMPORTS.run(batch.pk)
    batch.refresh_from_db()
    assert (batch.state, batch.format, batch.created) == ("done", "csv", 1)
    assert batch.unread == {"label": 1}


def test_the_progress_moves_and_at_the_end_has_the_page_reloaded(
    page: Client, project: Project, annotator: User
) -> None:
    batch = uploaded(project, annotator, make_row())
    part = page.get(address(project, f"{batch.pk}/progress/"))
    assert "Waiting for a worker" in part.content.decode()
    assert "hx-get" in part.content.decode()
    assert "<html" not in part.content.decode()
    IMPORTS.run(batch.pk)
    assert page.get(address(project, f"{batch.pk}/progress/"))["HX-Refresh"] == "true"


def test_rejected_rows_are_listed_in_pages_and_can_be_downloaded(
    page: Client, project: Project, annotator: User
) -> None:
    batch = uploaded(project, annotator, make_row(), *["oops"] * 60)
    IMPORTS.run(batch.pk)
    first = page.get(address(project, f"{batch.pk}/"))
    assert first.content.decode().count("The line is not JSON") == 50
    second = page.get(address(project, f"{batch.pk}/") + first.context["next_url"])
    assert second.content.decode().count("The line is not JSON") == 10
    file = page.get(address(project, f"{batch.pk}/rejected/"))
    lines = b"".join(file.streaming_content).splitlines()  # type: ignore[attr-defined]
    assert [json.loads(line)["line"] for line in lines] == list(range(2, 62))
    assert "rows.jsonl.rejected.jsonl" in file["Content-Disposition"]


def test_an_import_without_rejected_rows_has_no_file_of_them(
    page: Client, project: Project, annotator: User
) -> None:
    batch = uploaded(project, annotator, make_row())
    IMPORTS.run(batch.pk)
    assert page.get(address(project, f"{batch.pk}/rejected/")).status_code == 404


@pytest.mark.parametrize(
    ("rows", "badge"),
    [
        ([make_row(1)], "Done"),
        ([make_row(1), "oops", "{}"], "Done, 2 rejected"),
        (["oops", "{}"], "Nothing imported"),
    ],
)
def test_an_import_with_rejected_rows_is_not_a_plain_done(
    page: Client, project: Project, annotator: User, rows: list[Any], badge: str
) -> None:
    batch = uploaded(project, annotator, *rows)
    IMPORTS.run(batch.pk)
    batch.refresh_from_db()
    assert (
        badge_in(render_to_string("datasets/ingest/_import_state.html", {"batch": batch})) == badge
    )


def badge_in(markup: str) -> str:
    return re.sub("<[^>]*>", "", markup).strip()


def test_the_badge_moves_with_the_progress(page: Client, project: Project, annotator: User) -> None:
    batch = uploaded(project, annotator, make_row(1))
    assert imports.claim_batch(batch_id=batch.pk) is not None
    text = page.get(address(project, f"{batch.pk}/progress/")).content.decode()
    assert (
        badge_in(text.split('<span id="import-state" hx-swap-oob="true" data-announce>')[1])
        == "Being read"
    )
    assert 'id="import-state"' in page.get(address(project, f"{batch.pk}/")).content.decode()


def test_an_import_can_be_cancelled_on_its_page(
    page: Client, project: Project, annotator: User
) -> None:
    batch = uploaded(project, annotator, make_row(1))
    answer = page.post(address(project, f"{batch.pk}/cancel/"), follow=True)
    assert "cancelled the import" in answer.content.decode()
    IMPORTS.run(batch.pk)
    assert not project.examples.exists()


def test_what_an_import_did_not_read_or_change_is_on_its_page(
    page: Client, project: Project, annotator: User
) -> None:
    IMPORTS.run(uploaded(project, annotator, make_row(1, intent="Returns")).pk)
    rows = [make_row(1, intent="returns"), make_row(2, intent="returns", label="x")]
    batch = uploaded(project, annotator, *rows)
    IMPORTS.run(batch.pk)
    text = page.get(address(project, f"{batch.pk}/")).content.decode()
    assert "<code>label</code> is not read. Rename it to <code>intent</code>?" in text
    assert "Label intent: “Returns” here, “returns” in the file." in text
    assert "“Returns”, “returns” differ only in spelling" in text


def test_pages_of_imports_cost_a_fixed_number_of_queries(
    page: Client,
    project: Project,
    annotator: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(6):
        IMPORTS.run(uploaded(project, annotator, make_row(number), "oops").pk)
    with django_assert_max_num_queries(9):
        page.get(address(project))
    batch = ImportBatch.objects.order_by("pk")[0]
    with django_assert_max_num_queries(10):
        page.get(address(project, f"{batch.pk}/"))


def test_a_text_in_a_file_cannot_become_markup(
    page: Client, project: Project, annotator: User
) -> None:
    upload = file_of({"messages": [{"role": "<b>x</b>"}]}, name="<i>.jsonl")
    page.post(address(project), {"upload": upload, "source": "<u>"})
    batch = ImportBatch.objects.get()
    IMPORTS.run(batch.pk)
    text = page.get(address(project, f"{batch.pk}/")).content.decode()
    assert "&lt;b&gt;" in text
    assert not any(mark in text for mark in ("<b>x", "<i>", "<u>"))


def test_a_worker_imports_what_was_uploaded_and_the_beat_sends_what_was_lost(
    transactional_db: None, project: Project, annotator: User, page: Client
) -> None:
    lost = uploaded(project, annotator, make_row(1))
    claimed = imports.claim_batch(batch_id=lost.pk)
    assert claimed is not None
    ImportBatch.objects.update(heartbeat_at=timezone.now() - timedelta(days=1))
    with worker(threads=2):
        page.post(address(project), {"upload": file_of(make_row(2))})
        eventually(lambda: GoldenExample.objects.count() == 1, "the upload is imported")
        IMPORTS.wake()
        eventually(lambda: GoldenExample.objects.count() == 2, "the lost import is done")
    assert set(ImportBatch.objects.values_list("state", flat=True)) == {"done"}
