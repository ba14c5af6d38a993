"""import_answers: a run whose answers exist already, row by row."""

import gzip
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from evaluation.registry.models import ModelEvent, ModelVersion
from evaluation.results.actions.gates import measure_gates
from evaluation.results.reports.wording import run_notes
from evaluation.runs.models import Answer, EvaluationRun, RunEvent
from evaluation.runs.setup_summary import similar_intents
from reviewapp.core.commands import CommandFailed
from reviewapp.core.texts import render
from reviewapp.people.models import Project, Role
from tests.factories.people import make_member, make_project
from tests.factories.voting import make_reviewers
from tests.reference import write_vote_import

pytestmark = pytest.mark.django_db
ANNOTATED_PAIRS = {"bloom-7b_llama-7b": 111, "cerebras-gpt-6.7B_llama-7b": 110}


NAMES = ("--run", "imported", "--baseline", "old", "--candidate", "new")


def row(number: int, **other: Any) -> dict[str, Any]:
    return {
        "id": f"a{number}",
        "intent": "returns",
        "messages": [{"role": "user", "content": f"Question {number}"}],
        "baseline": f"old {number}",
        "candidate": f"new {number}",
    } | other


def write(folder: Path, *rows: dict[str, Any] | str) -> Path:
    file = folder / "answers.jsonl"
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def run_command(file: Path, *options: str, project: str = "house") -> dict[str, Any]:
    out = StringIO()
    call_command(
        "import_answers",
        str(file),
        *("--project", project, *NAMES, "--json", *options),
        stdout=out,
        stderr=StringIO(),
    )
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


@pytest.fixture
def house() -> Project:
    return make_project("house")


@pytest.mark.parametrize(("source", "count"), ANNOTATED_PAIRS.items())
def test_real_answers_are_imported_whole(
    house: Project, source: str, count: int, tmp_path: Path
) -> None:
    file, _votes = write_vote_import(tmp_path, source)
    found = run_command(file, "--votes-per-example", "all")
    assert (found["read"], found["created"], found["rejected"]) == (count, count, 0)
    assert (found["run"], found["comparisons"]) == ("imported", count)
    run = EvaluationRun.objects.get()
    assert (run.state, run.all_votes, run.raters.count()) == ("voting", True, 0)
    assert (run.baseline.name, run.candidate.provider) == ("old", "imported")
    with file.open(encoding="utf-8") as lines:
        in_file = [json.loads(line)["id"] for line in lines]
    assert list(run.comparisons.values_list("external_id", flat=True)) == in_file
    again = run_command(file, "--votes-per-example", "all")
    assert (again["created"], again["unchanged"], again["rejected"]) == (0, count, 0)
    assert run.comparisons.count() == count


def test_what_is_stored(house: Project, tmp_path: Path) -> None:
    answer = {
        "content": "new",
        "latency_ms": 120.4,
        "prompt_tokens": 5,
        "completion_tokens": 9,
        "cost_usd": 0.00025,
    }
    file = write(tmp_path, row(1, candidate=answer, language="de", tags=["x"], policies=["p"]))
    assert run_command(file)["created"] == 1
    run = EvaluationRun.objects.get()
    comparison = run.comparisons.get()
    assert (comparison.external_id, comparison.intent_name) == ("a1", "returns")
    assert (comparison.language, comparison.tags, comparison.policies) == ("de", ["x"], ["p"])
    stored = Answer.objects.get(model_version=run.candidate)
    assert (stored.state, stored.text, stored.latency_ms) == ("done", "new", 120)
    assert (stored.prompt_tokens, stored.completion_tokens) == (5, 9)
    assert float(stored.cost_usd or 0) == 0.00025
    assert ModelEvent.objects.filter(action="register_model").count() == 2
    assert RunEvent.objects.get(run=run).action == "import_answers"


def test_a_reference_answer_at_the_end_is_not_part_of_the_prompt(
    house: Project, tmp_path: Path
) -> None:
    talk = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    run_command(write(tmp_path, row(1, messages=talk)))
    assert EvaluationRun.objects.get().comparisons.get().prompt == talk[:1]


HI = [{"role": "user", "content": "Hi"}]


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"candidate": True}, "answer_not_text"),
        ({"baseline": {"content": False}}, "answer_not_text"),
        ({"candidate": 7}, "answer_not_text"),
        ({"candidate": None}, "answer_not_text"),
        ({"candidate": {}}, "answer_not_text"),
        ({"candidate": {"content": "x", "latency_ms": -1}}, "bad_latency_ms"),
        ({"candidate": {"content": "x", "prompt_tokens": "9"}}, "bad_prompt_tokens"),
        ({"candidate": {"content": "x", "cost_usd": "NaN"}}, "bad_cost_usd"),
        ({"candidate": {"content": "x", "cost_usd": True}}, "bad_cost_usd"),
        ({"id": None}, "no_id"),
        ({"id": True}, "no_id"),
        ({"id": "x" * 201}, "id_too_long"),
        ({"messages": []}, "no_messages"),
        ({"messages": "hello"}, "bad_field"),
        ({"messages": [{"role": "system", "content": "Be kind"}]}, "no_customer_message"),
        ({"messages": [{"role": "customer", "content": "Hi"}]}, "unknown_role"),
        ({"messages": [{"role": "user", "content": ["Hi"]}]}, "content_not_text"),
        ({"messages": [{"role": ["user"], "content": "Hi"}]}, "unknown_role"),
        (
            {"messages": [*HI, {"role": "assistant", "content": None, "tool_calls": 1}]},
            "bad_tool_call",
        ),
        (
            {"messages": [*HI, {"role": "assistant", "tool_calls": [{"function": None}]}, *HI]},
            "bad_tool_call",
        ),
        ({"intent": 5}, "bad_field"),
        ({"tags": "one"}, "bad_field"),
        ({"candidate": "a\x00b"}, "bad_character"),
        ({"candidate": "\ud83d"}, "bad_character"),
        ({"metadata": json.loads("[" * 80 + "]" * 80)}, "too_deep"),
    ],
)
def test_a_bad_row_is_rejected_with_its_line_and_stops_no_other(
    house: Project, tmp_path: Path, other: dict[str, Any], code: str
) -> None:
    found = run_command(write(tmp_path, row(1), row(2, **other), row(3)))
    assert (found["read"], found["created"], found["rejected"]) == (3, 2, 1)
    assert [(error["line"], error["code"]) for error in found["errors"]] == [(2, code)]


def test_lines_that_are_no_objects_are_rejected(house: Project, tmp_path: Path) -> None:
    found = run_command(write(tmp_path, row(1), "[1]", "{oops", "", row(5, candidate=float("nan"))))
    assert [(error["line"], error["code"]) for error in found["errors"]] == [
        (2, "not_an_object"),
        (3, "not_json"),
        (5, "not_json"),
    ]


def test_an_id_with_other_content_is_rejected_and_a_repeated_row_is_not(
    house: Project, tmp_path: Path
) -> None:
    found = run_command(write(tmp_path, row(1), row(1), row(1, candidate="other")))
    assert (found["created"], found["unchanged"], found["rejected"]) == (1, 1, 1)
    assert found["errors"][0]["code"] == "duplicate_id"


def test_the_same_run_with_other_rows_is_left_as_it_is(house: Project, tmp_path: Path) -> None:
    run_command(write(tmp_path, row(1), row(2)))
    found = run_command(write(tmp_path, row(1), row(2, candidate="better"), row(3)))
    assert (found["created"], found["unchanged"], found["rejected"]) == (0, 1, 2)
    assert {error["code"] for error in found["errors"]} == {"run_is_fixed"}
    assert EvaluationRun.objects.get().comparisons.count() == 2


def test_an_answer_that_failed_takes_its_comparison_out(house: Project, tmp_path: Path) -> None:
    found = run_command(write(tmp_path, row(1), row(2, candidate={"error": "timeout"})))
    assert (found["created"], found["withdrawn"]) == (2, 1)
    run = EvaluationRun.objects.get()
    assert run.comparisons.get(state="withdrawn").external_id == "a2"
    failed = Answer.objects.get(state="failed")
    assert (render(failed.error), failed.text) == ("timeout", "")


def test_small_intents_are_watched_and_reported(house: Project, tmp_path: Path) -> None:
    rows = [row(n) for n in range(7)] + [row(n, intent="billing") for n in range(7, 13)]
    found = run_command(write(tmp_path, *rows))
    assert found["watch_only"] == ["billing"]
    run = EvaluationRun.objects.get()
    assert [(intent.name, intent.gated) for intent in run.intents.all()] == [
        ("billing", False),
        ("returns", True),
    ]
    assert run.gate_settings["watch_only"] == ["billing"]


def test_intents_that_look_alike_are_pointed_out(house: Project, tmp_path: Path) -> None:
    run_command(write(tmp_path, row(1, intent="Returns"), row(2, intent="returns"), row(3)))
    run = EvaluationRun.objects.get()
    (sentence,) = similar_intents(run)
    assert "“Returns”, “returns” differ only in spelling" in sentence
    run.intents.filter(name="Returns").update(members=["Returns", "returns"])
    run.intents.filter(name="returns").update(members=[])
    assert similar_intents(run) == []


def test_reviewers_of_the_project_may_vote(house: Project, tmp_path: Path) -> None:
    reviewer = make_member(house, Role.REVIEWER)
    make_member(house, Role.LEAD)
    run_command(write(tmp_path, row(1)), "--votes-per-example", "3")
    run = EvaluationRun.objects.get()
    assert [rater.user for rater in run.raters.all()] == [reviewer]
    assert (run.votes_per_example, run.comparisons.get().votes_needed) == (3, 3)


def test_a_missing_project_is_made_only_when_asked_to(tmp_path: Path) -> None:
    file = write(tmp_path, row(1))
    with pytest.raises(CommandFailed, match="no project “house”"):
        run_command(file)
    run_command(file, "--create-project")
    assert EvaluationRun.objects.get().project.slug == "house"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"\n\n", "no rows"),
        (b"hello\nworld\n", "not JSON lines"),
        (json.dumps(row(1)).encode() + b"\n\xff\xfe\n", "not UTF-8"),
        (b'{"id": "a"}\n', "Line 1"),
    ],
)
def test_an_unreadable_file_is_one_sentence_and_nothing_is_written(
    house: Project, tmp_path: Path, content: bytes, sentence: str
) -> None:
    file = tmp_path / "answers.jsonl"
    file.write_bytes(content)
    with pytest.raises(CommandFailed, match=sentence):
        run_command(file)
    assert not EvaluationRun.objects.exists()
    assert not ModelVersion.objects.exists()


def test_a_compressed_file_is_said_to_be_one(house: Project, tmp_path: Path) -> None:
    file = tmp_path / "answers.jsonl.gz"
    file.write_bytes(gzip.compress(json.dumps(row(1)).encode()))
    with pytest.raises(CommandFailed, match="compressed with gzip"):
        run_command(file)


@pytest.mark.parametrize("title", ["New against OLD", "The Baseline again"])
def test_a_title_that_tells_the_models_is_refused(
    house: Project, tmp_path: Path, title: str
) -> None:
    with pytest.raises(CommandFailed, match="tells too much"):
        run_command(write(tmp_path, row(1)), "--title", title)


def test_a_title_that_only_holds_the_letters_of_a_name_is_taken(
    house: Project, tmp_path: Path
) -> None:
    run_command(write(tmp_path, row(1)), "--title", "Household renewals")
    assert EvaluationRun.objects.get().title == "Household renewals"


def test_a_folder_is_refused(house: Project, tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match="is a folder"):
        run_command(tmp_path)


def test_a_byte_order_mark_is_passed_over(house: Project, tmp_path: Path) -> None:
    file = tmp_path / "answers.jsonl"
    file.write_bytes(b"\xef\xbb\xbf" + json.dumps(row(1)).encode() + b"\r\n")
    assert run_command(file)["created"] == 1


def test_two_models_need_two_names(house: Project, tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match="the same name"):
        call_command(
            "import_answers",
            str(write(tmp_path, row(1))),
            *("--project", "house", "--run", "r", "--baseline", "m", "--candidate", "m"),
        )


def test_a_name_that_another_comparison_has_is_refused(house: Project, tmp_path: Path) -> None:
    file = write(tmp_path, row(1))
    run_command(file)
    with pytest.raises(CommandFailed, match="Choose another name"):
        call_command(
            "import_answers",
            str(file),
            *("--project", "house", "--run", "imported", "--baseline", "a", "--candidate", "b"),
        )


def test_strict_ends_with_one_after_the_good_rows_are_stored(
    house: Project, tmp_path: Path
) -> None:
    with pytest.raises(SystemExit) as ended:
        run_command(write(tmp_path, row(1), row(2, candidate=True)), "--strict")
    assert ended.value.code == 1
    assert EvaluationRun.objects.get().comparisons.count() == 1


@pytest.mark.parametrize("rows", [20, 60])
def test_an_overlap_set_can_show_agreement(house: Project, tmp_path: Path, rows: int) -> None:
    run_command(write(tmp_path, *map(row, range(rows))), "--overlap-percent", "20")
    needed = EvaluationRun.objects.get().comparisons.values_list("votes_needed", flat=True)
    shared = {20: 4, 60: 30}[rows]
    assert sorted(needed) == [1] * (rows - shared) + [3] * shared


@pytest.mark.parametrize(("people", "votes"), [(0, 3), (2, 2), (4, 3)])
def test_an_overlap_set_asks_for_no_more_people_than_there_are(
    house: Project, tmp_path: Path, people: int, votes: int
) -> None:
    make_reviewers(house, people)
    run_command(write(tmp_path, *(row(n) for n in range(20))), "--overlap-percent", "20")
    run = EvaluationRun.objects.get()
    assert run.overlap_votes == votes
    assert run.comparisons.filter(votes_needed=votes).count() == 4


def test_what_can_never_be_counted_for_want_of_people_is_said(
    house: Project, tmp_path: Path
) -> None:
    make_reviewers(house, 2)
    file, out = write(tmp_path, *(row(number) for number in range(20))), StringIO()
    options = ("--overlap-percent", "20", "--overlap-votes", "3")
    call_command(
        "import_answers",
        str(file),
        "--project",
        "house",
        *NAMES,
        *options,
        stdout=out,
        stderr=StringIO(),
    )
    told = "4 examples need up to 3 votes each, and only 2 can vote here"
    assert told in out.getvalue()
    run = EvaluationRun.objects.get()
    assert any(told in note for note in run_notes(measure_gates(run_id=run.pk)))


def test_an_overlap_set_with_fewer_votes_than_the_rest_is_refused(
    house: Project, tmp_path: Path
) -> None:
    file = write(tmp_path, row(1))
    options = ("--votes-per-example", "3", "--overlap-percent", "20", "--overlap-votes", "2")
    with pytest.raises(CommandFailed, match="overlap"):
        run_command(file, *options)
    assert not EvaluationRun.objects.exists()


def test_a_dry_run_reports_and_stores_nothing(tmp_path: Path) -> None:
    rows = [row(1, lang="de"), row(2, baseline="Yes.", candidate="Yes. ")]
    found = run_command(write(tmp_path, *rows), "--dry-run", "--create-project")
    assert (found["dry_run"], found["created"], found["identical"]) == (True, 2, 1)
    assert found["unread"] == {"lang": 1}
    assert not EvaluationRun.objects.exists()
    assert not Project.objects.exists()


def test_a_project_is_not_left_behind_for_a_file_that_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match="No row could be taken"):
        run_command(write(tmp_path, row(1, candidate=7)), "--create-project")
    assert not Project.objects.exists()


def test_how_many_votes_close_an_example_is_not_changed_by_a_second_import(
    house: Project, tmp_path: Path
) -> None:
    file = write(tmp_path, row(1))
    run_command(file, "--votes-per-example", "all")
    for asked in ((), ("--votes-per-example", "all")):
        assert run_command(file, *asked)["unchanged"] == 1
    with pytest.raises(CommandFailed, match="close with all their votes, for good"):
        run_command(file, "--votes-per-example", "1")


@pytest.mark.parametrize("option", ["--run", "--title", "--baseline"])
def test_a_name_that_is_too_long_is_one_sentence(
    house: Project, tmp_path: Path, option: str
) -> None:
    with pytest.raises(CommandFailed, match=r"at most 1[02]0"):
        run_command(write(tmp_path, row(1)), option, "x" * 121)
