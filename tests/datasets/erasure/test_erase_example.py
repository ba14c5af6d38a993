"""Erasing an example: its text is nowhere, and only the procedure can erase."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from psycopg import sql

from datasets.curation import actions as examples
from datasets.curation.models import ExampleEvent, GoldenExample, Review, Revision
from datasets.erasure.actions import erase_example
from datasets.versions import actions as versions
from datasets.versions.models import DatasetFile
from datasets.versions.splits import TRAIN
from datasets.versions.storage import storage_name
from evaluation.results.actions.closing import close_run
from evaluation.runs.actions import answer_import, run_setup
from evaluation.runs.actions.answer_plan import AnswerImport
from evaluation.runs.models import Answer, Comparison, EvaluationRun
from evaluation.runs.rows import AnswerRow
from evaluation.voting.actions import leases, votes
from evaluation.voting.feedback import VoteFeedback
from evaluation.voting.models import Vote
from reviewapp.audit import trail as audit
from reviewapp.core.errors import InvalidInput, InvalidTransition, PermissionDeniedError
from reviewapp.people.actions import members as people
from reviewapp.people.models import IdempotencyKey, Role, User
from tests.factories.examples import make_content
from tests.factories.people import make_member, make_project, make_user
from tests.factories.runs import make_answer_rows
from tests.factories.versions import ProjectWithMembers

pytestmark = pytest.mark.django_db

MARK = "Zanzibarwort"
REASON = "Request of the customer, ticket 118."
ALL_TRAIN = {"train": 100, "validation": 0, "test": 0}


@pytest.fixture
def house() -> ProjectWithMembers:
    return ProjectWithMembers()


def tables_with(text: str) -> list[str]:
    """Return the tables that contain a text in any column."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            row = sql.SQL("SELECT EXISTS (SELECT FROM {} t WHERE t::text ILIKE %s)")
            cursor.execute(row.format(sql.Identifier(table)), [f"%{text}%"])
            if cursor.fetchone()[0]:
                found.append(table)
    return found


def folder_of_files() -> Path:
    return Path(settings.STORAGES["datasets"]["OPTIONS"]["location"])


def files_with(text: str) -> list[Path]:
    files = (path for path in folder_of_files().rglob("*") if path.is_file())
    return [path for path in files if text.encode() in path.read_bytes()]


def marked_example(house: ProjectWithMembers) -> GoldenExample:
    """Return an approved example with text in every place for typed text."""
    example = examples.create_example(
        project=house.project,
        content=make_content(question=f"I am {MARK}.", answer=f"Hello {MARK}."),
        actor=house.author,
        origin=examples.Origin(external_id=MARK, metadata={"name": MARK}),
    )
    examples.revise(
        example_id=example.pk,
        base_number=1,
        content=make_content(question=f"I am {MARK}!", answer="Hello."),
        note=f"about {MARK}",
        actor=house.author,
    )
    example = house.approve(example)
    examples.reopen(example_id=example.pk, actor=house.author, reason=f"{MARK} wrote again")
    example = house.approve(example)
    examples.save_draft(
        example_id=example.pk,
        user=house.lead,
        base_number=2,
        version=1,
        content={"messages": [MARK]},
    )
    return example


def voted_run(house: ProjectWithMembers, revision: Revision) -> EvaluationRun:
    """Return a run with one comparison made from a revision, with a vote and a rationale."""

    def rows() -> list[AnswerRow]:
        row = make_answer_rows(1, revision=revision)[0]
        messages = [{"role": "user", "content": f"I am {MARK}"}]
        answer = replace(row.candidate, text=f"Hello {MARK}, how are you?")
        return [replace(row, prompt=replace(row.prompt, messages=messages), candidate=answer)]

    plan = AnswerImport(run="run", baseline="house", candidate="tuned", votes_per_example=1)
    report = answer_import.import_answers(project=house.project, plan=plan, rows=rows)
    run = run_setup.set_raters(run_id=report.run.pk, rater_ids=[house.reviewer.pk], actor=None)
    (held,) = leases.lease_comparisons(run_id=run.pk, actor=house.reviewer, count=1)
    votes.cast_and_lease(actor=house.reviewer, lease_id=held.public_id, choice="left")
    votes.set_feedback(
        actor=house.reviewer,
        lease_id=held.public_id,
        feedback=VoteFeedback(rationale=f"knows {MARK}"),
    )
    return run


def exported(file: DatasetFile, person: User) -> bytes:
    with versions.export_file(file_id=file.pk, actor=person).content as content:
        return content.read()


def erase(house: ProjectWithMembers, example: GoldenExample) -> None:
    erase_example(example_id=example.pk, reason=REASON, actor=house.lead)


def test_erased_text_is_nowhere_in_the_database_and_the_data_folder(
    house: ProjectWithMembers, django_capture_on_commit_callbacks: Any
) -> None:
    house.many(2)
    example = marked_example(house)
    house.freeze(shares=ALL_TRAIN)
    run = voted_run(house, example.revisions.get(number=2))
    assert len(tables_with(MARK)) >= 7, "the words are where people can put them"
    assert files_with(MARK)
    counted = Vote.objects.filter(run=run, counted=True).count()
    lengths = sorted(len(text) for text in Answer.objects.values_list("text", flat=True))
    with django_capture_on_commit_callbacks(execute=True):
        erase(house, example)
    assert tables_with(MARK) == []
    assert files_with(MARK) == []
    assert Vote.objects.filter(run=run, counted=True).count() == counted == 1
    assert Comparison.objects.get(run=run).state == "closed"
    assert sorted(len(text) for text in Answer.objects.values_list("text", flat=True)) == lengths


def test_the_runtime_role_erases_only_by_the_procedure(
    house: ProjectWithMembers, runtime_role: str
) -> None:
    example = marked_example(house)
    house.freeze(shares=ALL_TRAIN)
    for model, columns in (
        (Revision, {"messages": []}),
        (Review, {"comment": "x"}),
        (DatasetFile, {"sha256": "0" * 64}),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL touchstone.erasing = 'on'")
            model._default_manager.update(**columns)
    erase(house, example)
    assert MARK not in str(list(example.revisions.values()))


def test_without_the_procedure_the_owner_cannot_change_an_event(house: ProjectWithMembers) -> None:
    event = ExampleEvent.objects.filter(example=house.approved()).first()
    assert event is not None
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE datasets_exampleevent SET reason = 'x' WHERE id = %s", [event.pk])


def test_the_event_has_actor_and_reason_but_no_text(house: ProjectWithMembers) -> None:
    example = marked_example(house)
    erase(house, example)
    event = ExampleEvent.objects.get(example=example, action="erase")
    assert (event.actor, event.reason, event.before) == (house.lead, REASON, "approved")
    assert MARK not in str(ExampleEvent.objects.filter(example=example).values())


def test_an_erased_example_cannot_change(house: ProjectWithMembers) -> None:
    example = marked_example(house)
    hashes = set(example.revisions.values_list("content_hash", flat=True))
    erase(house, example)
    example.refresh_from_db()
    assert (example.state, example.preview) == ("retired", "[erased]")
    assert set(example.revisions.values_list("content_hash", flat=True)) == hashes, (
        "the same file imported again counts as unchanged"
    )
    with pytest.raises(InvalidTransition, match="erased already"):
        erase(house, example)
    with pytest.raises(InvalidTransition, match="was erased"):
        examples.reopen(example_id=example.pk, actor=house.lead, reason="Again.")
    client = Client()
    client.force_login(house.lead)
    shown = client.get(reverse("datasets:example", args=[house.project.slug, example.pk]))
    assert shown.status_code == 200
    assert shown.context["decisions"] == []


def test_a_frozen_file_is_redacted_and_marked(
    house: ProjectWithMembers, django_capture_on_commit_callbacks: Any
) -> None:
    kept = house.many(3)
    marked = [marked_example(house), house.approved(question=f"{MARK}?")]
    frozen = house.freeze(shares=ALL_TRAIN).files.get(split=TRAIN)
    for example in marked:
        with django_capture_on_commit_callbacks(execute=True):
            erase(house, example)
    file = DatasetFile.objects.get(pk=frozen.pk)
    content = exported(file, house.lead)
    assert MARK.encode() not in content
    assert len(content.splitlines()) == len(kept)
    assert len(content) == file.stored_bytes
    assert file.redaction is not None
    assert file.redaction.redacted_by == house.lead
    assert file.sha256 == frozen.sha256 != file.stored_sha256
    assert not (folder_of_files() / storage_name(frozen.sha256)).exists()
    (folder_of_files() / storage_name(file.stored_sha256)).unlink()
    assert exported(file, house.lead) == content, "what is left can be made again too"
    client = Client()
    client.force_login(house.lead)
    shown = client.get(reverse("datasets:version", args=[house.project.slug, 1]))
    assert "no longer have this digest" in shown.content.decode()
    assert "no longer give this digest" in shown.content.decode()
    answer = client.head(reverse("datasets:version_file", args=[house.project.slug, 1, TRAIN]))
    assert answer["ETag"] == f'"{file.stored_sha256}"'
    assert answer["Content-Length"] == str(len(content))


def test_pages_show_what_is_left_after_an_erasure(house: ProjectWithMembers) -> None:
    house.many(2)
    example = marked_example(house)
    version = house.freeze(shares=ALL_TRAIN)
    run = voted_run(house, example.revisions.get(number=2))
    close_run(run_id=run.pk, actor=house.lead)
    erase(house, example)
    User.objects.filter(pk=house.lead.pk).update(language="de")
    client = Client()
    client.force_login(house.lead)
    slug = house.project.slug

    def page(name: str, *args: object) -> str:
        return client.get(reverse(name, args=[slug, *args])).content.decode()

    pages = {
        "example": page("datasets:example", example.pk),
        "queue": page("datasets:queue"),
        "changes": page("datasets:changes", example.pk),
        "items": page("datasets:version_items", version.number),
        "comparisons": page("evaluation:run_examples", run.pk),
        "audit": page("audit"),
    }
    assert [name for name, html in pages.items() if "[erased]" in html] == []
    assert [name for name, html in pages.items() if "[gelöscht]" not in html] == []
    address = reverse("datasets:erase_example", args=[slug, example.pk])
    assert address not in pages["example"]
    assert client.get(address)["Location"] == reverse("datasets:example", args=[slug, example.pk])
    file = version.files.get(split=TRAIN)
    assert (file.examples, file.stored_examples) == (3, 2)
    card = page("datasets:version", version.number)
    assert "Zeilen gelöscht" in card
    assert "Zeilen gelöscht" in page("datasets:versions")


def test_the_audit_trail_names_the_erased_example_and_files(house: ProjectWithMembers) -> None:
    example = house.approved(question=MARK)
    house.freeze(shares=ALL_TRAIN)
    erase(house, example)
    entries = list(audit.all_entries(house.project, audit.Filters(reader=house.lead)))
    by_action = {entry.event.action: entry for entry in entries}
    assert by_action["erase"].subject_label == f"Example: {example.pk}, [erased]"
    assert by_action["redact_file"].what == "Redact file: train.jsonl"


def test_responses_that_quote_the_text_are_forgotten_for_all_who_could_write(
    house: ProjectWithMembers,
) -> None:
    example = house.approved()
    former = make_member(house.project, Role.ANNOTATOR)
    users = {
        "member": house.author,
        "former member": former,
        "site admin": make_user(),
        "other": make_member(make_project(), Role.ANNOTATOR),
    }
    for name, user in users.items():
        IdempotencyKey.objects.create(user=user, key=name, fingerprint="0" * 64)
    User.objects.filter(pk=users["site admin"].pk).update(is_superuser=True)
    people.remove_member(
        project=house.project, user=former, role=Role.ANNOTATOR, actor=house.lead, reason="Left."
    )
    erase(house, example)
    assert [kept.key for kept in IdempotencyKey.objects.all()] == ["other"]


def test_the_same_file_of_another_project_stays(django_capture_on_commit_callbacks: Any) -> None:
    houses = [ProjectWithMembers(), ProjectWithMembers()]
    for house in houses:
        house.approved(question="Same?", answer="Same.")
    frozen = [house.freeze(shares=ALL_TRAIN).files.get(split=TRAIN) for house in houses]
    assert frozen[0].sha256 == frozen[1].sha256
    with django_capture_on_commit_callbacks(execute=True):
        erase(houses[0], houses[0].project.examples.get())
    assert b"Same?" in exported(frozen[1], houses[1].lead)


def test_erasing_needs_a_lead_and_a_reason(house: ProjectWithMembers) -> None:
    example = house.approved()
    for person in (house.author, house.reviewer):
        with pytest.raises(PermissionDeniedError):
            erase_example(example_id=example.pk, reason=REASON, actor=person)
    with pytest.raises(InvalidInput):
        erase_example(example_id=example.pk, reason=" ", actor=house.lead)


def test_an_unconfirmed_erasure_keeps_the_reason(house: ProjectWithMembers) -> None:
    example = house.approved(question=MARK)
    client = Client()
    client.force_login(house.lead)
    address = reverse("datasets:erase_example", args=[house.project.slug, example.pk])
    page = reverse("datasets:example", args=[house.project.slug, example.pk])
    assert address in client.get(page).content.decode()
    refused = client.post(address, {"reason": REASON})
    assert refused.status_code == 422
    assert "ticket 118" in refused.content.decode()
    assert client.post(address, {"reason": REASON, "confirmed": "on"}).status_code == 302
    assert MARK not in client.get(page).content.decode()


def test_the_command_asks_for_confirmation(house: ProjectWithMembers) -> None:
    example = house.approved(question=MARK)
    with pytest.raises(CommandError, match="Add --yes"):
        call_command("erase", "example", str(example.pk), "--reason", REASON)
    output = io.StringIO()
    call_command("erase", "example", str(example.pk), "--reason", REASON, "--yes", stdout=output)
    assert "Erased example" in output.getvalue()
    example.refresh_from_db()
    assert example.preview == "[erased]"
    with pytest.raises(CommandError, match="There is no golden example"):
        call_command("erase", "example", "999999", "--reason", REASON, "--yes")
