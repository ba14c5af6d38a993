"""Rows into tables: what one import leaves behind, and what a second, a lost or a late one does."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from datasets.conversations import chat
from datasets.conversations.chat import Content
from datasets.curation import actions as examples
from datasets.curation.models import ExampleEvent, Finding, GoldenExample, Intent, Revision
from datasets.ingest import actions as imports
from datasets.ingest.actions import ImportJob
from datasets.ingest.actions.known import reading_of
from datasets.ingest.actions.storing import store_chunk
from datasets.ingest.files import prepare
from datasets.ingest.files.opening import open_source
from datasets.ingest.files.raw import KnownRow
from datasets.ingest.models import ImportBatch
from datasets.ingest.rejects import RejectFile
from datasets.inspections import registry
from reviewapp.core.errors import PermissionDeniedError
from reviewapp.core.messages import message
from reviewapp.jobs.actions import ClaimLost, release_lost_jobs
from reviewapp.people.models import Project, ProjectEvent, Role
from tests.factories.imports import make_file, make_import, make_job, make_row
from tests.factories.people import make_member, make_project

pytestmark = pytest.mark.django_db
Rows = list[dict[str, Any] | str]
MAIL = {"role": "user", "content": "I am anna@example.com and wait for my parcel."}


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rows.jsonl"


def counts(batch: ImportBatch) -> tuple[int, int, int, int]:
    return batch.read, batch.created, batch.unchanged, batch.rejected


def test_a_row_becomes_an_example_with_its_first_revision(project: Project, path: Path) -> None:
    row = make_row(
        intent="delivery",
        tags=["calm"],
        policies=["tracking"],
        external_id="crm-1",
        split="test",
        metadata={"channel": "mail"},
    )
    batch = make_import(project, path, [row])
    example = GoldenExample.objects.get(project=project)
    revision = example.latest_revision
    content = examples.content_of(revision)
    assert content == chat.normalise(row)
    assert (example.state, example.batch, example.source) == ("draft", batch, "rows.jsonl")
    assert (example.external_id, example.imported_split) == ("crm-1", "test")
    assert example.metadata == {"channel": "mail"}
    assert example.preview == row["messages"][1]["content"]
    assert (example.tokens, example.message_count) == (revision.tokens, 3)
    assert revision.tokens == chat.count_tokens(content.messages).total
    assert example.content_hash == revision.content_hash == chat.content_hash(content)
    assert (example.tags, example.policies, example.language) == (["calm"], ["tracking"], "en")
    assert example.created_by is revision.author is None


def test_an_imported_example_is_like_one_that_was_written_by_hand(
    project: Project, path: Path
) -> None:
    row = make_row(intent="delivery", tags=["calm"])
    make_import(project, path, [row])
    author = make_member(project, Role.ANNOTATOR)
    examples.create_example(project=make_project(), content=chat.normalise(row), actor=None)
    imported, written = GoldenExample.objects.order_by("pk")
    differing = {"id", "project_id", "batch_id", "source", "intent_id", "created_at", "updated_at"}
    for field in GoldenExample._meta.concrete_fields:
        if field.attname not in differing:
            assert getattr(imported, field.attname) == getattr(written, field.attname), field.name
    examples.revise(
        example_id=imported.pk,
        base_number=1,
        content=chat.normalise(make_row(2)),
        actor=author,
    )


def test_each_example_has_its_event(project: Project, path: Path) -> None:
    batch = make_import(project, path, [make_row(1), make_row(2)])
    events = ExampleEvent.objects.filter(project=project)
    assert [(event.action, event.before, event.after) for event in events] == [
        ("create", "", "draft")
    ] * 2
    assert {event.detail["line"] for event in events} == {1, 2}
    assert {event.detail["batch"] for event in events} == {batch.pk}
    assert {event.revision_number for event in events} == {1}


def test_findings_are_stored_and_counted(project: Project, path: Path) -> None:
    row = make_row()
    batch = make_import(project, path, [{**row, "messages": [row["messages"][0], MAIL]}])
    example = GoldenExample.objects.get()
    found = Finding.objects.filter(revision__example=example)
    assert sorted(finding.code for finding in found) == ["no_assistant_message", "personal_email"]
    mail = found.get(code="personal_email")
    assert (mail.severity, mail.message_index, mail.replacement) == ("blocking", 1, "[EMAIL]")
    assert mail.start is not None
    assert MAIL["content"][mail.start : mail.end] == "anna@example.com"
    assert batch.findings == example.open_findings == example.blocking_findings == 2


def test_intents_are_made_once_and_those_there_are_used(project: Project, path: Path) -> None:
    known = Intent.objects.create(project=project, name="returns")
    names = ["returns", "billing", "billing", ""]
    make_import(project, path, [make_row(n, intent=name) for n, name in enumerate(names)])
    assert sorted(Intent.objects.values_list("name", flat=True)) == ["billing", "returns"]
    assert GoldenExample.objects.filter(intent=known).count() == 1
    assert GoldenExample.objects.filter(intent=None).count() == 1
    made = ProjectEvent.objects.filter(action="create_intent")
    assert [event.after for event in made] == ["billing"]


def test_created_unchanged_and_rejected_add_up_to_read(project: Project, path: Path) -> None:
    rows: Rows = [make_row(1), make_row(2), make_row(1), "oops", make_row(3), "{}", "", make_row(2)]
    batch = make_import(project, path, rows)
    assert counts(batch) == (7, 3, 2, 2)
    rejected = [(rejection.line, rejection.code) for rejection in batch.rejections.all()]
    assert rejected == [(4, "not_json"), (6, "no_messages")]
    assert (batch.state, batch.bytes_read) == ("done", path.stat().st_size)
    kept = path.with_suffix(".rejected").read_text().splitlines()
    assert [json.loads(line)["row"] for line in kept] == ["oops", "{}"]


def test_a_second_import_changes_nothing(project: Project, path: Path) -> None:
    rows: Rows = [make_row(1), make_row(2), "oops"]
    make_import(project, path, rows)
    before = list(GoldenExample.objects.order_by("pk").values())
    assert counts(make_import(project, path, rows)) == (3, 0, 2, 1)
    assert list(GoldenExample.objects.order_by("pk").values()) == before
    assert counts(make_import(make_project(), path, rows)) == (3, 2, 0, 1)


def test_a_conversation_that_was_edited_since_is_not_imported_again(
    project: Project, path: Path
) -> None:
    make_import(project, path, [make_row(1)])
    editor = make_member(project, Role.ANNOTATOR)
    example = GoldenExample.objects.get()
    other = chat.normalise(make_row(2))
    examples.revise(example_id=example.pk, base_number=1, content=other, actor=editor)
    assert counts(make_import(project, path, [make_row(1), make_row(2)])) == (2, 0, 2, 0)


def test_what_was_changed_on_the_way_in_is_counted(project: Project, path: Path) -> None:
    rows: Rows = [
        {"prompt": "Where is it?", "completion": "Here.\n\nEND"},
        {"prompt": "And this?", "completion": "There.\n\nEND", "agent": "Ada"},
    ]
    assert make_import(project, path, rows).notes == {"end_marker": 2, "unknown_keys": 1}


def test_a_cancelled_import_stores_nothing_more(project: Project, path: Path) -> None:
    job = make_job(project, make_file(path, [make_row()]))
    actor = make_member(project, Role.ANNOTATOR)
    with pytest.raises(PermissionDeniedError):
        imports.cancel_batch(batch_id=job.batch.pk, actor=make_member(project, Role.REVIEWER))
    assert imports.cancel_batch(batch_id=job.batch.pk, actor=actor)
    with pytest.raises(ClaimLost):
        imports.run_batch(job)
    batch = ImportBatch.objects.get()
    assert (batch.state, batch.read) == ("failed", 0)
    assert batch.error == message("ingest.cancelled", member=str(actor))
    assert not imports.cancel_batch(batch_id=job.batch.pk, actor=actor)
    assert ProjectEvent.objects.filter(action="cancel_import", actor=actor).count() == 1


def test_a_trial_counts_the_same_and_writes_nothing(project: Project, path: Path) -> None:
    make_import(project, path, [make_row(1)])
    make_file(path, [make_row(1), make_row(2), make_row(2), "oops"])
    batches = ImportBatch.objects.count()
    trial = imports.dry_run_import(project=project, file=open_source(path), max_errors=10)
    assert (trial.read, trial.created, trial.unchanged, trial.rejected) == (4, 1, 2, 1)
    assert [error.line for error in trial.errors] == [4]
    assert (GoldenExample.objects.count(), ImportBatch.objects.count()) == (1, batches)


class Killed(BaseException):
    """Stands for the end of the process."""


def _lose(batch: ImportBatch) -> ImportBatch:
    """Let the lease of a batch run out and claim it for another worker."""
    ImportBatch.objects.filter(pk=batch.pk).update(
        heartbeat_at=timezone.now() - timedelta(days=1), stored_path="imports/a"
    )
    taken = imports.claim_batch(batch_id=batch.pk)
    assert taken is not None
    return taken


def test_an_import_goes_on_where_a_killed_worker_left_it(
    project: Project, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepare, "CHUNK_ROWS", 4)
    rows = [make_row(n) if n % 5 else "oops" for n in range(1, 21)]
    job = make_job(project, make_file(path, rows))

    def die_later(batch: ImportBatch) -> None:
        if batch.read >= 8:
            raise Killed

    with pytest.raises(Killed):
        imports.run_batch(job, on_progress=die_later)
    assert GoldenExample.objects.count() == 7
    # It had written rejected rows of the next chunk already when it died.
    job.rejects.path.write_bytes(job.rejects.path.read_bytes() + b'{"line": 10}\n')
    taken = _lose(job.batch)
    again = ImportJob(taken, job.file, RejectFile(job.rejects.path, keep=taken.rejected))
    batch = imports.run_batch(again)
    assert counts(batch) == (20, 16, 0, 4)
    assert [rejection.line for rejection in batch.rejections.all()] == [5, 10, 15, 20]
    kept = job.rejects.path.read_text().splitlines()
    assert [json.loads(line)["line"] for line in kept] == [5, 10, 15, 20]
    assert GoldenExample.objects.count() == Revision.objects.count() == 16


def test_a_worker_that_lost_its_claim_writes_nothing(project: Project, path: Path) -> None:
    job = make_job(project, make_file(path, [make_row()]))
    _lose(job.batch)
    with pytest.raises(ClaimLost):
        imports.run_batch(job)
    assert not GoldenExample.objects.exists()
    imports.fail_batch(batch=job.batch, code="late", error=message("ingest.command_stopped"))
    assert ImportBatch.objects.get().state == "running"


def test_an_import_that_was_lost_three_times_at_one_row_is_given_up(
    project: Project,
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    deleted: list[str] = []
    monkeypatch.setattr(default_storage, "delete", deleted.append)
    job = make_job(project, make_file(path, [make_row()]))
    for _ in range(ImportBatch.MAX_ATTEMPTS - 1):
        _lose(job.batch)
    assert release_lost_jobs(ImportBatch) == []
    ImportBatch.objects.update(heartbeat_at=timezone.now() - timedelta(days=1))
    with django_capture_on_commit_callbacks(execute=True):
        assert imports.claim_batch(batch_id=job.batch.pk) is None
    assert deleted == ["imports/a"]
    batch = ImportBatch.objects.get()
    assert (batch.state, batch.claim) == ("failed", None)
    assert batch.error == message("ingest.workers_lost", n=3, row=0)


def test_an_import_that_stores_rows_between_its_losses_goes_on(
    project: Project, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepare, "CHUNK_ROWS", 1)
    job = make_job(project, make_file(path, [make_row(number) for number in range(6)]))
    for _ in range(5):
        with pytest.raises(Killed):
            imports.run_batch(job, on_progress=_die)
        job = ImportJob(_lose(job.batch), job.file, job.rejects)
    assert counts(imports.run_batch(job)) == (6, 6, 0, 0)


def _die(batch: ImportBatch) -> None:
    raise Killed


def test_an_import_whose_command_was_killed_is_given_up(project: Project, path: Path) -> None:
    job = make_job(project, make_file(path, [make_row()]))
    assert release_lost_jobs(ImportBatch) == []
    ImportBatch.objects.update(heartbeat_at=timezone.now() - timedelta(days=1))
    assert release_lost_jobs(ImportBatch) == [job.batch]
    batch = ImportBatch.objects.get(pk=job.batch.pk)
    assert batch.state == "failed"
    assert batch.error == message("ingest.command_killed")


def test_rows_go_in_as_the_role_that_the_app_runs_as(
    project: Project, path: Path, runtime_role: str
) -> None:
    assert counts(make_import(project, path, [make_row(intent="returns"), "oops"])) == (2, 1, 0, 1)
    assert make_import(project, path, [make_row(intent="other")]).relabelled == 1


def test_an_unchanged_row_is_not_inspected(
    project: Project, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_import(project, path, [make_row(1)])
    inspected: list[str] = []
    inspect = registry.inspect

    def counted(content: Content, *rest: Any, **more: Any) -> Any:
        inspected.append(content.messages[1]["content"])
        return inspect(content, *rest, **more)

    monkeypatch.setattr(registry, "inspect", counted)
    assert counts(make_import(project, path, [make_row(1), make_row(2)])) == (2, 1, 1, 0)
    assert inspected == [make_row(2)["messages"][1]["content"]]


def test_a_row_that_is_no_longer_known_when_it_is_stored_is_inspected_then(
    project: Project, path: Path
) -> None:
    row = make_row(1)
    row["messages"][1] = MAIL
    make_import(project, path, [row])
    job = make_job(project, path)
    reading = reading_of(project, job.file, processes=0)
    outcomes = prepare.prepare_chunk([*job.file.rows()], reading)
    assert isinstance(outcomes[0], KnownRow)
    GoldenExample.objects.update(deleted_at=timezone.now())
    batch = store_chunk(batch=job.batch, outcomes=outcomes)
    assert (batch.created, batch.findings) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_two_imports_of_one_file_at_once_do_not_double(project: Project, path: Path) -> None:
    make_file(path, [make_row(number) for number in range(60)])
    jobs = [make_job(project, path) for _ in range(2)]
    barrier = threading.Barrier(2)

    def run(job: ImportJob) -> ImportBatch:
        try:
            chunk = list(job.file.rows())
            barrier.wait()
            for start in range(0, 60, 10):
                reading = reading_of(project, job.file, processes=0)
                outcomes = prepare.prepare_chunk(chunk[start : start + 10], reading)
                batch = store_chunk(batch=job.batch, outcomes=outcomes)
            return batch
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        done = list(threads.map(run, jobs))
    assert sum(batch.created for batch in done) == 60
    assert sum(batch.unchanged for batch in done) == 60
    assert GoldenExample.objects.count() == 60
