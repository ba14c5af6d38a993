"""Ready answers uploaded in the browser: checked first, imported once confirmed, files deleted."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from datasets.conversations.errors import RowError
from evaluation.gates import GateSettings, NextStep, Remedy, Step
from evaluation.registry.models import ModelVersion
from evaluation.results.remedies import remedy_links
from evaluation.runs.actions import answer_uploads, run_setup, runs
from evaluation.runs.answer_files import StoredFile, rows_of
from evaluation.runs.models import AnswerUpload, EvaluationRun, RunEvent
from evaluation.runs.rows import AnswerRow
from evaluation.runs.tasks import UPLOADS
from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import message
from reviewapp.people.actions.reading import set_reading_languages
from reviewapp.people.models import Project, Role, User
from tests.factories.people import make_member, make_project

pytestmark = pytest.mark.django_db
FORM = {
    "run_name": "first look",
    "baseline": "old",
    "candidate": "new",
    "votes_per_example": "1",
    "overlap_percent": "0",
    "overlap_votes": "2",
    "preset": "standard",
}


def row(number: int, **other: Any) -> dict[str, Any]:
    return {
        "id": f"a{number}",
        "intent": "returns",
        "language": "de",
        "tags": ["boots"],
        "messages": [{"role": "user", "content": f"Question {number}"}],
        "baseline": f"old {number}",
        "candidate": f"new {number}",
    } | other


def lines(*rows: dict[str, Any]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def table(*rows: dict[str, Any]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def file(content: bytes, name: str = "answers.jsonl") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


@pytest.fixture
def lead() -> User:
    project = make_project()
    for _ in range(2):
        make_member(project, Role.REVIEWER)
    return make_member(project, Role.LEAD)


@pytest.fixture
def project(lead: User) -> Project:
    return lead.memberships.get().project


@pytest.fixture
def browser(client: Client, lead: User) -> Client:
    client.force_login(lead)
    return client


def address(project: Project, name: str = "upload_answers", *args: object) -> str:
    return reverse(f"evaluation:{name}", args=[project.slug, *args])


def send(browser: Client, project: Project, content: bytes, **form: Any) -> Any:
    return browser.post(address(project), FORM | {"both": file(content)} | form)


def confirm(browser: Client, project: Project, **form: str) -> AnswerUpload:
    """Confirm the only upload, and do the work of the worker."""
    upload = AnswerUpload.objects.get()
    assert browser.post(address(project, "confirm_upload", upload.pk), form).status_code == 302
    for upload_id in UPLOADS.to_send():
        UPLOADS.run(upload_id)
    upload.refresh_from_db()
    return upload


def rows_in(folder: Path, **contents: bytes) -> list[AnswerRow | RowError]:
    files = {}
    for part, content in contents.items():
        path = folder / part
        path.write_bytes(content)
        files[part] = StoredFile(path, f"{part}.file")
    return list(rows_of(files))


def test_a_run_is_made_after_the_lead_has_seen_what_the_file_holds(
    browser: Client, project: Project
) -> None:
    content = lines(row(1), row(1), row(2, intent="refunds"), row(3, baseline=True))
    page = browser.get(send(browser, project, content, run_name="")["Location"])
    assert not EvaluationRun.objects.exists()
    found = AnswerUpload.objects.get().findings
    assert (found["accepted"], found["repeated"], found["rejected"]) == (2, 1, 1)
    assert [error["line"] for error in page.context["errors"]] == [4]
    assert found["watched"] == ["refunds", "returns"]
    assert [model["is_new"] for model in page.context["models"]] == [True, True]
    upload = confirm(browser, project)
    run = EvaluationRun.objects.get()
    assert (upload.state, upload.run, run.name) == ("done", run, "new vs old")
    assert (run.state, run.comparisons.count(), run.raters.count()) == ("draft", 2, 2)
    assert set(run.comparisons.values_list("language", flat=True)) == {"de"}
    assert set(ModelVersion.objects.values_list("name", flat=True)) == {"old", "new"}
    event = RunEvent.objects.get(action="import_answers")
    assert event.actor == upload.created_by
    moved = browser.get(address(project, "upload_progress", upload.pk))
    assert moved["HX-Redirect"] == address(project, "run_setup", run.pk)


def test_an_upload_is_set_up_before_a_lead_opens_it_on_its_terms(
    browser: Client, project: Project
) -> None:
    send(browser, project, lines(*(row(number) for number in range(40))), overlap_percent="20")
    run = confirm(browser, project).run
    assert run is not None
    setup = browser.get(address(project, "run_setup", run.pk))
    assert setup.context["may"] >= {"open_voting", "change_terms"}
    assert "start_generation" not in setup.context["may"]
    assert setup.context["forecast"].plan.examples == 40
    assert setup.context["opening_errors"] == []
    terms = browser.get(address(project, "run_terms", run.pk)).context["form"].initial
    changed = {name: value for name, value in terms.items() if value is not None}
    changed |= {"criterion_1": "tone", "votes_per_example": 2}
    saved = browser.post(address(project, "run_terms", run.pk), changed)
    assert saved.status_code == 302, saved.context["form"].errors
    opened = browser.post(address(project, "run_act", run.pk), {"act": "open_voting"})
    assert opened["Location"] == address(project, "run", run.pk)
    run.refresh_from_db()
    assert (run.state, run.criteria.count()) == ("voting", 1)
    assert set(run.comparisons.values_list("votes_needed", flat=True)) == {2}
    assert GateSettings.from_json(run.gate_settings).is_tuned
    # The terms of an open run are read on its set-up, and no form offers to change them.
    assert browser.get(address(project, "run_terms", run.pk)).status_code == 302


def test_an_upload_without_reviewers_does_not_open(browser: Client, project: Project) -> None:
    project.memberships.filter(role=Role.REVIEWER).delete()
    send(browser, project, lines(*(row(number) for number in range(14))))
    run = confirm(browser, project).run
    assert run is not None
    setup = browser.get(address(project, "run_setup", run.pk))
    assert [error.code for error in setup.context["opening_errors"]] == ["runs.too_few_reviewers"]
    browser.post(address(project, "run_act", run.pk), {"act": "open_voting"})
    run.refresh_from_db()
    assert run.state == "draft"


def test_an_overlap_set_that_the_file_names_is_kept_when_the_run_opens(
    browser: Client, project: Project
) -> None:
    rows = [row(number, votes_needed=2 if number in {1, 4} else 1) for number in range(14)]
    send(browser, project, lines(*rows), overlap_percent="50", overlap_votes="2")
    run = confirm(browser, project).run
    assert run is not None
    runs.open_voting(run_id=run.pk, actor=None)
    shared = run.comparisons.filter(votes_needed=2).values_list("external_id", flat=True)
    assert set(shared) == {"a1", "a4"}


def test_the_files_are_deleted_when_the_run_is_made_or_the_upload_discarded(
    browser: Client, project: Project, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        send(browser, project, lines(row(1)))
        kept = AnswerUpload.objects.get()
        path = kept.files["both"]["path"]
        assert default_storage.exists(path)
        browser.post(address(project, "discard_upload", kept.pk))
    assert not default_storage.exists(path)
    AnswerUpload.objects.all().delete()
    with django_capture_on_commit_callbacks(execute=True):
        send(browser, project, lines(row(1)))
        done = confirm(browser, project)
    assert not default_storage.exists(done.files["both"]["path"])


def test_nothing_is_imported_before_it_is_confirmed(browser: Client, project: Project) -> None:
    send(browser, project, lines(row(1)))
    assert list(UPLOADS.to_send()) == []


def test_the_job_twice_makes_one_run(browser: Client, project: Project) -> None:
    send(browser, project, lines(row(1), row(2)))
    upload = confirm(browser, project)
    AnswerUpload.objects.update(state="waiting", finished_at=None)
    answer_uploads.import_upload(upload_id=upload.pk)
    assert EvaluationRun.objects.get().comparisons.count() == 2


def test_an_upload_that_nobody_confirms_is_discarded_after_a_day(
    browser: Client, project: Project
) -> None:
    send(browser, project, lines(row(1)))
    answer_uploads.discard_forgotten()
    assert AnswerUpload.objects.get().state == "waiting"
    AnswerUpload.objects.update(created_at=timezone.now() - timedelta(days=2))
    answer_uploads.discard_forgotten()
    assert AnswerUpload.objects.get().error_code == "cancelled"


def test_reasoning_marks_need_a_decision_before_the_run_is_made(
    browser: Client, project: Project
) -> None:
    send(browser, project, lines(row(1, candidate="<think>hm</think>Yes.")))
    upload = AnswerUpload.objects.get()
    assert upload.findings["marked"] == 1
    refused = browser.post(address(project, "confirm_upload", upload.pk))
    assert refused.status_code == 422
    confirm(browser, project, marks="remove")
    answers = EvaluationRun.objects.get().comparisons.get().answers.values_list("text", flat=True)
    assert set(answers) == {"old 1", "Yes."}


def test_who_uploads_the_answers_does_not_vote_on_them(browser: Client, project: Project) -> None:
    user = User.objects.get(memberships__project=project, memberships__role=Role.LEAD)
    project.memberships.create(user=user, role=Role.REVIEWER)
    page = browser.get(send(browser, project, lines(row(1)))["Location"])
    assert page.context["is_left_out"]
    run = confirm(browser, project).run
    assert run is not None
    assert not run.raters.filter(user=user).exists()
    terms = browser.get(address(project, "run_terms", run.pk)).context["form"]
    assert user.pk not in dict(terms.fields["rater_ids"].choices)
    with pytest.raises(InvalidInput):
        run_setup.set_raters(run_id=run.pk, rater_ids=[user.pk], actor=user)


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"both": ""}, "both"),
        ({"both": "", "prompts": file(b"x")}, "baseline_answers"),
        ({"prompts": file(b"x")}, "both"),
        ({"candidate": "old"}, "candidate"),
        ({"title": "is new better?"}, "title"),
        (
            {"overlap_percent": "20", "votes_per_example": "3"},
            "overlap_votes",
        ),
        ({"both": file(b"\xff\xfe")}, "both"),
        ({"both": file(b"PK\x03\x04")}, "both"),
        ({"both": file(b"not json")}, "__all__"),
        ({"both": file(lines({"id": "a"}))}, "__all__"),
    ],
)
def test_what_cannot_be_imported_is_an_error_at_its_field_and_nothing_is_kept(
    browser: Client, project: Project, form: dict[str, Any], field: str
) -> None:
    response = send(browser, project, lines(row(1)), **form)
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert "first look" in response.content.decode()
    assert not AnswerUpload.objects.exists()


def test_a_run_of_that_name_is_an_error_at_the_name(browser: Client, project: Project) -> None:
    send(browser, project, lines(row(1)))
    confirm(browser, project)
    again = send(browser, project, lines(row(2)))
    assert again.context["form"].errors.keys() == {"run_name"}


def test_prompts_and_answers_of_three_files_are_joined_by_id(tmp_path: Path) -> None:
    prompts = [{key: row(n)[key] for key in ("id", "intent", "messages")} for n in (1, 2)]
    found = rows_in(
        tmp_path,
        prompts=lines(*prompts),
        baseline=lines({"id": "a2", "answer": "B2"}, {"id": "a1", "answer": {"content": "B1"}}),
        candidate=table({"id": "a1", "text": "C1", "latency_ms": 12}, {"id": "x", "text": "C"}),
    )
    (joined,) = (row for row in found if isinstance(row, AnswerRow))
    assert (joined.baseline.text, joined.candidate.text) == ("B1", "C1")
    assert joined.candidate.latency_ms == 12
    errors = [(row.line, row.code) for row in found if isinstance(row, RowError)]
    assert errors == [(2, "no_answer_in_file"), (3, "in_file")]


@pytest.mark.parametrize("key", ["user", "prompt"])
def test_a_prompt_may_be_one_text_in_json_lines_too(tmp_path: Path, key: str) -> None:
    given = row(1, system="Be brief.") | {key: "Question 1"}
    del given["messages"]
    (read,) = rows_in(tmp_path, both=lines(given))
    assert isinstance(read, AnswerRow)
    system = {"role": "system", "content": "Be brief."}
    assert list(read.prompt.messages) == [system, *row(1)["messages"]]
    assert read.unread == ()


def test_keys_that_are_not_read_are_named_before_the_run_is_made(
    browser: Client, project: Project
) -> None:
    rows = [row(1, lang="de", ticket=7), row(2, lang="de")]
    page = browser.get(send(browser, project, lines(*rows))["Location"])
    shown = [(message.code, message.params["key"]) for message in page.context["unread"]]
    assert shown == [("ingest.unread_key.guess", "lang"), ("ingest.unread_key", "ticket")]


def test_the_preview_shows_how_the_run_would_end_and_who_cannot_read_it(
    browser: Client, project: Project
) -> None:
    reviewer = User.objects.filter(memberships__role=Role.REVIEWER)[0]
    set_reading_languages(project=project, user=reviewer, languages=["en"], actor=None)
    rows = [row(1), row(2, baseline="Yes, of course.", candidate="Yes,  of\ncourse.")]
    terms = {"overlap_percent": "20", "overlap_votes": "2"}
    page = browser.get(send(browser, project, lines(*rows), **terms)["Location"])
    assert AnswerUpload.objects.get().findings["identical"] == 1
    assert page.context["forecast"].plan.examples == 2
    (short,) = page.context["short_languages"]
    assert (short.params["language"], short.params["n"], short.params["readers"]) == ("de", 2, 1)
    confirm(browser, project)
    assert EvaluationRun.objects.get().overlap_votes == 2


def test_another_upload_is_offered_where_the_models_cannot_be_asked(
    browser: Client, project: Project
) -> None:
    send(browser, project, lines(row(1)))
    run = confirm(browser, project).run
    assert run is not None
    step = NextStep(Step.CANNOT_BE_SHOWN, message("x"), remedies=(Remedy.LARGER_SET,))
    (link,) = remedy_links(run, step, overlap_percent=35)
    form = browser.get(link.url).context["form"]
    assert form["overlap_percent"].value() == "35"
    assert (form["baseline"].value(), form["candidate"].value()) == ("old", "new")
    assert form["overlap_votes"].value() == 2


def test_a_table_is_read_like_json_lines(tmp_path: Path) -> None:
    cells = {"id": "a1", "intent": "returns", "language": "de", "tags": "boots"}
    cells |= {"user": 'Say "hi",\nplease', "baseline": "old 1", "candidate": "new 1"}
    (folder_a, folder_b) = (tmp_path / "a", tmp_path / "b")
    folder_a.mkdir()
    folder_b.mkdir()
    (read,) = rows_in(folder_a, both=table(cells))
    message = {"role": "user", "content": cells["user"]}
    (expected,) = rows_in(folder_b, both=lines(row(1, messages=[message])))
    assert isinstance(read, AnswerRow)
    assert isinstance(expected, AnswerRow)
    assert (read.prompt, read.baseline) == (expected.prompt, expected.baseline)


def test_a_column_that_was_meant_for_the_prompt_is_named(tmp_path: Path) -> None:
    cells = {"id": "a1", "question": "May I?", "baseline": "No.", "candidate": "Yes."}
    for content in (table(cells), lines(cells)):
        folder = tmp_path / str(len(content))
        folder.mkdir()
        (error,) = rows_in(folder, both=content)
        assert isinstance(error, RowError)
        assert (error.message.code, error.message.params["key"]) == (
            "runs.prompt_under_other_name",
            "question",
        )


def test_what_is_wrong_with_names_and_files_is_shown_together(
    browser: Client, project: Project
) -> None:
    files = {
        "prompts": file(b"\xff\xfe"),
        "baseline_answers": file(lines({"id": "a", "answer": "x"})),
    }
    files["candidate_answers"] = file(b"PK\x03\x04")
    form = {"candidate": "old", "title": "is old better?", "both": ""} | files
    shown = send(browser, project, b"", **form).context["form"].errors
    assert shown.keys() == {"candidate", "title", "prompts", "candidate_answers"}
    assert not AnswerUpload.objects.exists()
