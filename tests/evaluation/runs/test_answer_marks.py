"""Reasoning and template marks: found, shown to the lead before voting, taken off by choice."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from evaluation.providers.answer_marks import (
    Mark,
    has_words,
    is_only_reasoning,
    marks_in,
    without_marks,
)
from evaluation.providers.base import Completion
from evaluation.runs.actions import answer_marks, answers, generation, runs
from evaluation.runs.models import Answer, EvaluationRun, RunEvent
from reviewapp.core.errors import InvalidInput, InvalidTransition, PermissionDeniedError
from reviewapp.people.models import Project, Role
from tests.factories.people import make_member, make_project
from tests.factories.runs import make_generating_run

THOUGHTS = "<think>\nAn angry customer. I am Qwen.\n</think>\n\n"


@pytest.mark.parametrize(
    ("text", "marks", "left"),
    [
        (f"{THOUGHTS}Tomorrow.", [Mark.REASONING], "Tomorrow."),
        ("An angry customer.\n</think>\nTomorrow.", [Mark.REASONING], "Tomorrow."),
        ("Tomorrow.\n<think>Wait, but", [Mark.REASONING], "Tomorrow."),
        ("<think></think>\n\nTomorrow.", [Mark.REASONING], "Tomorrow."),
        ("<Thinking>a</Thinking>Tomorrow.", [Mark.REASONING], "Tomorrow."),
        ("[THINK]a[/THINK]Tomorrow.", [Mark.REASONING], "Tomorrow."),
        ("◁think▷a◁/think▷Tomorrow.", [Mark.REASONING], "Tomorrow."),
        (
            "<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>"
            "Tomorrow.<|return|>",
            [Mark.REASONING, Mark.TEMPLATE],
            "Tomorrow.",
        ),
        ("Tomorrow.<|im_end|>\n<|im_start|>user\nThanks!<|im_end|>", [Mark.TEMPLATE], "Tomorrow."),
        ("Tomorrow.<|eot_id|>", [Mark.TEMPLATE], "Tomorrow."),
        ("<|im_start|>assistant\nTomorrow.<|im_end|>", [Mark.TEMPLATE], "Tomorrow."),
        (
            "<|start_header_id|>assistant<|end_header_id|>\n\nTomorrow.<|eot_id|>",
            [Mark.TEMPLATE],
            "Tomorrow.",
        ),
        ("<start_of_turn>model\nTomorrow.<end_of_turn>", [Mark.TEMPLATE], "Tomorrow."),
        ("Tomorrow.</s>", [Mark.TEMPLATE], "Tomorrow."),
        ("Tomorrow.<｜end▁of▁sentence｜>", [Mark.TEMPLATE], "Tomorrow."),
        ("Tomorrow. [INST] And then?", [Mark.TEMPLATE], "Tomorrow."),
        (f"{THOUGHTS}Tomorrow.<|im_end|>", [Mark.REASONING, Mark.TEMPLATE], "Tomorrow."),
        ("Is 3 < 4 | 5 > 2? See [1].", [], "Is 3 < 4 | 5 > 2? See [1]."),
        ("A <s>struck</s> word", [], "A <s>struck</s> word"),
        ("End a turn with `<|im_end|>`.", [], "End a turn with `<|im_end|>`."),
        ("  Tomorrow.\n", [], "  Tomorrow.\n"),
    ],
)
def test_marks_are_found_and_taken_off(text: str, marks: list[Mark], left: str) -> None:
    assert (marks_in(text), without_marks(text)) == (marks, left)
    assert marks_in(left) == []
    assert not is_only_reasoning(text)


@pytest.mark.parametrize(
    ("text", "shows_something"),
    [("", False), (" \u200b\ufeff\u3164", False), ("\u0301", False), (".", True), ("👍", True)],
)
def test_only_what_can_be_seen_counts_as_words(text: str, shows_something: bool) -> None:  # noqa: FBT001
    assert has_words(text) is shows_something


@pytest.fixture
def project() -> Project:
    return make_project("house")


@pytest.fixture
def run(project: Project) -> EvaluationRun:
    return make_generating_run(project=project, max_concurrent=50)


def answer_all(run: EvaluationRun, *completions: Completion) -> None:
    """Answer everything that is asked: first with these, the rest with a plain answer."""
    said = iter(completions)
    for answer_id in list(run.answers.order_by("pk").values_list("pk", flat=True)):
        claim = answers.claim_answer(answer_id=answer_id)
        assert claim is not None
        answers.CALLS.store(call=claim, completion=next(said, Completion("Tomorrow.", 1)))


def state_of(run: EvaluationRun) -> str:
    return EvaluationRun.objects.values_list("state", flat=True).get(pk=run.pk)


def setup_page(client: Client, run: EvaluationRun) -> str:
    return client.get(reverse("evaluation:run_setup", args=["house", run.pk])).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "said",
    [
        Completion(f"{THOUGHTS}Tomorrow.", 1),
        Completion("Tomorrow.<|im_end|>", 1),
        Completion("Tomor", 1, finish_reason="length"),
    ],
)
def test_a_run_with_cut_or_marked_answers_waits_for_the_lead(
    run: EvaluationRun, said: Completion
) -> None:
    answer_all(run, said)
    generation.finish_generation(run_id=run.pk)
    assert state_of(run) == "generating"
    runs.open_voting(run_id=run.pk, actor=make_member(run.project, Role.LEAD))
    opened = RunEvent.objects.get(run=run, action="open_voting").detail["opened_with"]
    assert sum(opened[0][name] for name in ("cut", "reasoning", "template")) == 1


@pytest.mark.django_db
def test_a_run_with_plain_answers_opens_by_itself(run: EvaluationRun) -> None:
    answer_all(run)
    generation.finish_generation(run_id=run.pk)
    assert state_of(run) == "voting"


@pytest.mark.django_db
def test_the_lead_sees_the_counts_and_has_marks_taken_off(
    client: Client, project: Project, run: EvaluationRun
) -> None:
    answer_all(
        run,
        Completion(f"{THOUGHTS}I cannot help with that.", 1),
        Completion("Tomorrow.<|im_end|>", 1),
        Completion("Tomor", 1, finish_reason="length"),
    )
    client.force_login(make_member(project, Role.LEAD))
    shown = setup_page(client, run)
    for words in ("1 answer is cut", "1 answer contains reasoning", "1 answer contains marks"):
        assert words in shown
    assert "I am Qwen" in shown
    assert 'hx-trigger="every' not in shown, "nothing is polled while the run waits for the lead"
    url = reverse("evaluation:run_act", args=["house", run.pk])
    client.post(url, {"act": "remove_marks"})
    changed = list(Answer.objects.exclude(original_text="").order_by("pk"))
    assert [answer.text for answer in changed] == ["I cannot help with that.", "Tomorrow."]
    assert [answer.original_text.startswith("<think>") for answer in changed] == [True, False]
    assert [answer.is_refusal for answer in changed] == [True, False]
    event = RunEvent.objects.get(run=run, action="remove_marks")
    assert (event.detail["answers"], sum(event.detail["by_model"].values())) == (2, 2)
    shown = setup_page(client, run)
    assert "its original is kept" in shown
    assert "Remove reasoning and marks" not in shown
    assert state_of(run) == "generating", "the lead looks at the result first"
    client.post(url, {"act": "open_voting"})
    assert state_of(run) == "voting"


@pytest.mark.django_db
def test_an_answer_of_which_nothing_is_left_has_failed(run: EvaluationRun) -> None:
    answer_all(run, Completion("<|im_end|>", 1))
    answer_marks.remove_marks(run_id=run.pk, actor=None)
    failed = run.answers.failed().get()
    assert (failed.text, failed.original_text) == ("", "<|im_end|>")
    assert failed.error == answer_marks.NOTHING_LEFT


@pytest.mark.django_db
def test_marks_are_taken_off_by_leads_before_voting_only(run: EvaluationRun) -> None:
    with pytest.raises(InvalidInput, match="still to come"):
        answer_marks.remove_marks(run_id=run.pk, actor=None)
    answer_all(run, Completion("Tomorrow.<|im_end|>", 1))
    with pytest.raises(PermissionDeniedError):
        answer_marks.remove_marks(run_id=run.pk, actor=make_member(run.project, Role.REVIEWER))
    runs.open_voting(run_id=run.pk, actor=None)
    with pytest.raises(InvalidTransition):
        answer_marks.remove_marks(run_id=run.pk, actor=None)


@pytest.mark.django_db
def test_going_on_without_failed_answers_leaves_the_marks_to_the_lead(run: EvaluationRun) -> None:
    answer_all(run, Completion("Tomorrow.", 1), Completion("Tomorrow.<|im_end|>", 1))
    other = run.answers.filter(marks=[]).order_by("-pk")[0]
    Answer.objects.filter(pk=other.pk).update(state="failed", error="Too long.")
    generation.continue_without_failed(run_id=run.pk, actor=None, reason="One is enough.")
    assert state_of(run) == "generating"


def file_of_answers(folder: Path, said: str) -> Path:
    rows: list[dict[str, Any]] = [
        {
            "id": f"p{number}",
            "intent": "returns",
            "messages": [{"role": "user", "content": f"Question {number}?"}],
            "baseline": "Tomorrow.",
            "candidate": said if number == 0 else "Today.",
        }
        for number in range(30)
    ]
    file = folder / "answers.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


def imported(file: Path, *options: str) -> EvaluationRun:
    names = ["--project", "house", "--run", "imported", "--baseline", "old", "--candidate", "new"]
    call_command("import_answers", str(file), *names, *options)
    return EvaluationRun.objects.get(name="imported")


@pytest.mark.django_db
def test_a_file_of_answers_with_marks_is_refused_until_it_is_said_what_becomes_of_them(
    project: Project, tmp_path: Path
) -> None:
    file = file_of_answers(tmp_path, f"{THOUGHTS}Today.")
    with pytest.raises(CommandError, match="Add --marks remove"):
        imported(file)
    assert not EvaluationRun.objects.exists()
    run = imported(file, "--marks", "remove")
    cleaned = run.answers.exclude(original_text="").get()
    assert (cleaned.text, cleaned.marks) == ("Today.", [])
    assert cleaned.original_text.startswith("<think>")
    imported(file, "--marks", "remove", "--strict")
    assert run.answers.count() == 60, "the same file again changes nothing"


@pytest.mark.django_db
def test_marks_of_a_file_may_be_kept_or_belong_to_an_imported_run(
    project: Project, tmp_path: Path
) -> None:
    file = file_of_answers(tmp_path, f"{THOUGHTS}Today.")
    kept = imported(file, "--marks", "keep")
    assert kept.answers.get(marks=[Mark.REASONING]).text.startswith("<think>")
    EvaluationRun.objects.update(name="other")
    assert imported(file, "--votes-per-example", "all").all_votes
