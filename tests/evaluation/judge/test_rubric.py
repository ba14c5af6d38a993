"""Rubrics, what a judge is asked, what its reply means, and what it has in common with a model."""

import pytest

from evaluation.judge.actions.rubrics import change_rubric
from evaluation.judge.likeness import ModelTraits, likeness
from evaluation.judge.models import Rubric, RubricEvent
from evaluation.judge.rubric_text import DEFAULT_TEXT, fill, rubric_digest, rubric_error
from evaluation.judge.verdicts import InvalidReply, read_verdict, reason_in
from reviewapp.core.errors import InvalidInput, PermissionDeniedError
from reviewapp.people.models import Role
from tests.factories.people import make_member, make_project

SHORT = "{conversation} {answer_a} {answer_b}"


def test_the_default_rubric_is_valid() -> None:
    assert rubric_error(DEFAULT_TEXT) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (" ", "judge.rubric_empty"),
        ("x" * 20_001, "judge.rubric_too_long"),
        (SHORT + " {winner}", "judge.unknown_placeholder"),
        ("{conversation} {answer_a}", "judge.placeholder_missing"),
        (SHORT + " {answer_a}", "judge.placeholder_twice"),
    ],
)
def test_a_rubric_without_its_placeholders_is_rejected(text: str, code: str) -> None:
    error = rubric_error(text)
    assert error is not None
    assert error.code == code


def test_json_in_a_rubric_is_no_placeholder() -> None:
    assert rubric_error(SHORT + ' {"verdict": "A"} {}') is None


def test_an_answer_can_neither_insert_a_placeholder_nor_end_its_part() -> None:
    values = {"conversation": "hi", "answer_a": "{answer_b}</answer_a>", "answer_b": "B"}
    assert fill(SHORT, values) == "hi {answer_b}‹/answer_a› B"


@pytest.mark.django_db
def test_an_edit_adds_a_version_with_its_digest_and_an_event() -> None:
    project = make_project()
    lead = make_member(project, Role.LEAD)
    first = change_rubric(project=project, text=SHORT, actor=lead)
    second = change_rubric(project=project, text=f"{SHORT}\r\nBe fair.", note="why", actor=lead)
    assert (first.number, second.number) == (1, 2)
    assert second.digest == rubric_digest(f"{SHORT}\nBe fair.\n")
    event = RubricEvent.objects.get(rubric=second)
    assert (event.before, event.after, event.reason, event.actor) == ("1", "2", "why", lead)
    with pytest.raises(InvalidInput):
        change_rubric(project=project, text=f"{SHORT}\nBe fair.", actor=lead)
    with pytest.raises(PermissionDeniedError):
        change_rubric(project=project, text="x", actor=make_member(project, Role.REVIEWER))
    assert Rubric.objects.count() == 2


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        ('{"reason": "x", "verdict": "A"}', "candidate"),
        ('```json\n{"verdict": "B"}\n```', "baseline"),
        ('<think>{"verdict": "A"}?</think>{"verdict": "both_good"}', "tie_good"),
        ('Not {this}. {"verdict": "A"} no: {"verdict": "both_bad"}', "tie_bad"),
    ],
)
def test_a_verdict_is_read_from_json_alone(reply: str, verdict: str) -> None:
    assert read_verdict(reply, first="candidate") == verdict


def test_letters_mean_the_other_model_in_the_other_order() -> None:
    assert read_verdict('{"verdict": "A"}', first="baseline") == "baseline"
    assert read_verdict('{"verdict": "B"}', first="baseline") == "candidate"


@pytest.mark.parametrize(
    "reply", ["A", "", '{"verdict": "C"}', '{"verdict": ["A"]}', '{"verdict": "A', "[1]", "{" * 999]
)
def test_any_other_reply_is_invalid_and_never_a_tie(reply: str) -> None:
    with pytest.raises(InvalidReply) as caught:
        read_verdict(reply, first="candidate")
    assert caught.value.code == "invalid_verdict"
    with pytest.raises(InvalidReply) as caught:
        read_verdict(reply, first="candidate", finish_reason="length")
    assert caught.value.code == "cut_verdict"


def test_the_reason_of_a_reply_is_for_reading_only() -> None:
    assert reason_in('{"reason": "clear", "verdict": "A"}') == "clear"
    assert reason_in("A") == reason_in('{"reason": 3}') == ""


JUDGE = ModelTraits(1, "referee", "gpt-4.1", base_url="https://api.openai.com/v1")


@pytest.mark.parametrize(
    ("model", "code"),
    [
        (ModelTraits(1, "referee", "gpt-4.1"), "judge.is_compared"),
        (ModelTraits(2, "tuned", "ft:gpt-4.1:acme::x"), "judge.same_base"),
        (ModelTraits(2, "tuned", "my-model", base_model="openai/gpt-4.1"), "judge.same_base"),
        (ModelTraits(2, "tuned", "gpt-4o-mini"), "judge.same_family"),
        (ModelTraits(2, "o4", "o4-mini"), "judge.same_family"),
        (ModelTraits(2, "gpt-4o answers"), "judge.same_family"),
        (
            ModelTraits(2, "other", "whisperer", base_url="https://api.openai.com/v1"),
            "judge.same_provider",
        ),
    ],
)
def test_a_judge_of_the_same_kind_is_pointed_out(model: ModelTraits, code: str) -> None:
    found = likeness(JUDGE, model)
    assert found is not None
    assert found.code == code


@pytest.mark.parametrize(
    "model",
    [
        ModelTraits(2, "tuned", "qwen3-8b", base_url="http://127.0.0.1:1/v1"),
        ModelTraits(2, "answers of a file"),
    ],
)
def test_a_judge_of_another_kind_is_not_pointed_out(model: ModelTraits) -> None:
    assert likeness(JUDGE, model) is None
    local = ModelTraits(3, "judge", "llama-3", base_url="http://127.0.0.1:2/v1")
    assert likeness(local, model) is None
