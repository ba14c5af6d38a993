"""Comparisons with a cut answer, or one without text, are withdrawn by a lead before voting."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from evaluation.providers.answer_marks import has_words
from evaluation.results import archive
from evaluation.results.reports.run_report import build_report
from evaluation.runs.actions import answer_uploads, generation, runs
from evaluation.runs.actions.withdrawal import withdraw_faulty
from evaluation.runs.answer_review import blank_answers
from evaluation.runs.lifecycle import RunAction
from evaluation.runs.models import (
    WITHOUT_USUAL_LETTER,
    Answer,
    AnswerUpload,
    EvaluationRun,
    RunEvent,
)
from evaluation.runs.rows import AnswerRow, answer_rows
from evaluation.runs.tasks import UPLOADS
from reviewapp.core.errors import InvalidInput, InvalidTransition, PermissionDeniedError
from reviewapp.people.models import Role
from tests.api_scripts import script_of_lead
from tests.factories.people import make_member, make_project
from tests.factories.runs import make_generating_run

pytestmark = pytest.mark.django_db
CUT, BLANK = RunAction.WITHDRAW_CUT, RunAction.WITHDRAW_BLANK


@pytest.fixture
def run() -> EvaluationRun:
    """A run of 20 comparisons with all answers; both are cut in the first, one in the second."""
    made = make_generating_run()
    for model, text in ((made.baseline, "Tomorrow."), (made.candidate, "Today.")):
        Answer.objects.filter(run=made, model_version=model).update(state="done", text=text)
    for position, answers in ((1, 2), (2, 1)):
        found = made.answers.filter(comparison__position=position).order_by("pk")[:answers]
        Answer.objects.filter(pk__in=[answer.pk for answer in found]).update(finish_reason="length")
    return made


def withdraw(run: EvaluationRun, action: RunAction = CUT, **by: Any) -> int:
    return withdraw_faulty(run_id=run.pk, actor=by.get("actor"), action=action)


def state_of(run: EvaluationRun) -> str:
    return EvaluationRun.objects.values_list("state", flat=True).get(pk=run.pk)


def test_a_lead_withdraws_them_on_the_page_and_then_opens_the_run(
    client: Client, run: EvaluationRun
) -> None:
    lead = make_member(run.project, Role.LEAD)
    client.force_login(lead)
    slug = run.project.slug
    page = reverse("evaluation:run_setup", args=[slug, run.pk])
    act = reverse("evaluation:run_act", args=[slug, run.pk])
    shown = client.get(page).content.decode()
    assert "Withdraw 2 comparisons with a cut answer?" in shown, "the question before it is done"
    assert "without text" not in shown
    client.post(act, {"act": "withdraw_cut"})
    shown = client.get(page).content.decode()
    assert "2 comparisons with a cut answer are withdrawn." in shown
    assert 'value="withdraw_cut"' not in shown
    event = RunEvent.objects.get(run=run, action="withdraw_cut")
    assert (event.actor, event.detail["positions"]) == (lead, [1, 2])
    assert sum(event.detail["by_model"].values()) == 3
    generation.finish_generation(run_id=run.pk)
    assert state_of(run) == "generating", "the lead looks at the result first"
    client.post(act, {"act": "open_voting"})
    run.refresh_from_db()
    assert (run.state, build_report(run).overall.counted.left) == ("voting", 18)


def test_a_second_time_withdraws_nothing_and_records_nothing(run: EvaluationRun) -> None:
    assert (withdraw(run), withdraw(run)) == (2, 0)
    assert RunEvent.objects.filter(run=run, action="withdraw_cut").count() == 1


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.REVIEWER])
def test_only_leads_withdraw(client: Client, run: EvaluationRun, role: Role) -> None:
    member = make_member(run.project, role)
    client.force_login(member)
    address = reverse("evaluation:run_act", args=[run.project.slug, run.pk])
    assert client.post(address, {"act": "withdraw_cut"}).status_code == 403
    with pytest.raises(PermissionDeniedError):
        withdraw(run, actor=member)
    assert not run.comparisons.filter(state="withdrawn").exists()


def test_nothing_is_withdrawn_while_answers_are_to_come_or_after_opening(
    run: EvaluationRun,
) -> None:
    asked = run.answers.earliest("pk")
    Answer.objects.filter(pk=asked.pk).update(state="waiting")
    with pytest.raises(InvalidInput, match="still to come"):
        withdraw(run)
    Answer.objects.filter(pk=asked.pk).update(state="done")
    runs.open_voting(run_id=run.pk, actor=None)
    with pytest.raises(InvalidTransition, match="cannot be withdrawn"):
        withdraw(run)


def test_a_run_is_not_emptied(run: EvaluationRun) -> None:
    run.answers.update(finish_reason="length")
    with pytest.raises(InvalidInput, match="Set up a new run"):
        withdraw(run)


def test_blank_is_what_shows_nothing_in_any_script(run: EvaluationRun) -> None:
    texts = [
        *("", " \n", "\u200b\ufeff", "\u3164", "\u0301", "\u115f\u1160"),
        *("7", "é", "да", "明日", "あ", "내일", "غدا", "कल", "👍", "。", "\u3164.", "ღ"),
    ]
    for answer, text in zip(run.answers.order_by("pk"), texts, strict=False):
        Answer.objects.filter(pk=answer.pk).update(text=text)
    found = sorted(blank_answers(run).values_list("text", flat=True))
    assert found == sorted(text for text in texts if not has_words(text))
    assert len(found) == 6
    assert withdraw(run, BLANK) == 3


def test_no_text_with_letters_is_read_to_find_the_blank_ones(run: EvaluationRun) -> None:
    run.answers.filter(pk=run.answers.earliest("pk").pk).update(text="\u3164")
    with connection.cursor() as cursor:
        # With so few rows the planner would read them all, whatever there is to help it.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute("ANALYZE evaluation_answer")
    unusual = Answer.objects.filter(WITHOUT_USUAL_LETTER, run=run)
    assert "answer_without_letter" in unusual.explain()
    assert blank_answers(run).count() == 1


def file_row(number: int, **other: Any) -> dict[str, Any]:
    return {
        "id": f"a{number}",
        "intent": "returns",
        "messages": [{"role": "user", "content": f"Question {number}"}],
        "baseline": f"old {number}",
        "candidate": f"new {number}",
    } | other


def test_a_file_says_which_answers_were_cut() -> None:
    row = file_row(1, candidate={"content": "Tomor", "finish_reason": "MAX_TOKENS"})
    other = file_row(2, baseline={"content": "Yes.", "finish_reason": 7})
    found = [
        found for found in answer_rows(enumerate([row, other])) if isinstance(found, AnswerRow)
    ]
    assert [answer.candidate.finish_reason for answer in found] == ["length", ""]
    assert found[1].baseline.finish_reason == ""


def test_uploaded_answers_are_reviewed_before_their_run_opens(client: Client) -> None:
    project = make_project()
    reviewers = [make_member(project, Role.REVIEWER) for _ in range(2)]
    lead = make_member(project, Role.LEAD)
    client.force_login(lead)
    rows = [file_row(number) for number in range(40)]
    rows[3]["candidate"] = {"content": "Tomor", "finish_reason": "length"}
    rows[4]["baseline"] = " "
    upload = accepted(client, project.slug, rows)
    assert (upload.findings["cut"], upload.findings["blank"]) == (1, 1)
    preview = client.get(reverse("evaluation:answer_upload", args=[project.slug, upload.pk]))
    assert "Answers cut at the token limit" in preview.content.decode()
    answer_uploads.confirm(project=project, upload_id=upload.pk, actor=lead)
    for upload_id in UPLOADS.to_send():
        UPLOADS.run(upload_id)
    run = EvaluationRun.objects.get()
    shown = client.get(reverse("evaluation:run_setup", args=[project.slug, run.pk])).content
    for words in (b"1 answer is cut", b"1 answer shows no text", b"with an answer without text"):
        assert words in shown
    assert shown.count(b'value="open_voting"') == 1
    script = script_of_lead(project, "manage", "runs")
    first = script.get(f"runs/{run.pk}").json()
    assert (first["with_cut_answer"], first["with_blank_answer"], first["withdrawn"]) == (1, 1, 0)
    assert {"withdraw_cut", "withdraw_blank"} <= set(first["actions"])
    exported = [row["candidate"].get("finish_reason") for row in archive.answer_rows(run)]
    assert exported.count("length") == 1
    script.post(f"runs/{run.pk}/actions", action="withdraw_cut")
    last = script.post(f"runs/{run.pk}/actions", action="withdraw_blank").json()
    assert (last["with_cut_answer"], last["with_blank_answer"], last["withdrawn"]) == (0, 0, 2)
    opened = script.post(f"runs/{run.pk}/actions", action="open_voting").json()
    assert (opened["state"], len(opened["reviewers"])) == ("voting", len(reviewers))
    run.refresh_from_db()
    assert build_report(run).overall.counted.left == 38


def accepted(client: Client, slug: str, rows: list[dict[str, Any]]) -> Any:
    file = SimpleUploadedFile("answers.jsonl", "\n".join(map(json.dumps, rows)).encode())
    form = {"run_name": "first", "baseline": "old", "candidate": "new", "votes_per_example": "1"}
    form |= {"overlap_percent": "0", "overlap_votes": "2", "preset": "standard"}
    sent = client.post(reverse("evaluation:upload_answers", args=[slug]), form | {"both": file})
    assert sent.status_code == 302
    return AnswerUpload.objects.get()
