"""Prompts that are like training data: found at set-up, decided before the run opens."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from datasets.curation.models import GoldenExample
from datasets.similarity.models import ExampleSignature
from datasets.versions.models import DatasetVersion
from evaluation.registry.models import ModelVersion
from evaluation.runs.actions import runs, trained_prompts
from evaluation.runs.actions.answer_import import import_answers
from evaluation.runs.actions.answer_plan import AnswerImport, TrainedChoice
from evaluation.runs.actions.run_copy import copy_run
from evaluation.runs.actions.training_data import keep_trained, withdraw_trained
from evaluation.runs.learned import Learned
from evaluation.runs.models import EvaluationRun, RunEvent
from evaluation.runs.prompts import Prompt
from evaluation.runs.rows import AnswerRow, ImportedAnswer
from evaluation.runs.training_data import MAX_OF_PROMPT, trained_matches
from reviewapp.core.errors import InvalidTransition, PermissionDeniedError
from reviewapp.people.models import Role
from tests.api_scripts import script_of_lead
from tests.factories.examples import make_content
from tests.factories.people import make_member
from tests.factories.runs import make_model_version, make_prompts, make_run
from tests.factories.versions import ProjectWithMembers

pytestmark = pytest.mark.django_db

QUESTION = "My parcel has not arrived although the tracking page says that it was delivered."
ANSWER = "I am sorry. Please ask your neighbours first; we open an inquiry with the carrier today."
OTHER = "We refund the whole price within seven working days, you need not send anything back."
UNLIKE = "Which of your winter coats can be washed at home without losing their shape, please?"


def prompt(key: str, text: str, reference: str = "") -> Prompt:
    answer = [{"role": "assistant", "content": reference}] if reference else []
    messages = [{"role": "user", "content": text}]
    return Prompt(
        key=key,
        external_id=key,
        messages=messages,
        intent="returns",
        reference=answer,
        language="en",
    )


PROMPTS = [
    prompt("equal", QUESTION.upper().replace(".", "!"), ANSWER),
    prompt("near", f"Hello. {QUESTION}"),
    prompt("otherwise", f"Hello. {QUESTION}", OTHER),
    prompt("unlike", UNLIKE, ANSWER),
]


@pytest.fixture
def version() -> DatasetVersion:
    """A version with the question in its training file, and another in its test file."""
    house = ProjectWithMembers()
    house.approve_all([make_content(), make_content(question=QUESTION, answer=ANSWER)])
    house.approve_all([make_content(question=UNLIKE, answer=ANSWER)])
    tested = {GoldenExample.objects.order_by("-pk").values_list("pk", flat=True)[0]}
    GoldenExample.objects.exclude(pk__in=tested).update(imported_split="train")
    GoldenExample.objects.filter(pk__in=tested).update(imported_split="test")
    return house.freeze()


@pytest.fixture
def run(version: DatasetVersion) -> EvaluationRun:
    """A run of 20 prompts of no interest and those above; its baseline learned the version."""
    baseline = make_model_version(version.project, dataset_version_id=version.pk)
    return make_run(version.project, baseline=baseline, prompts=[*make_prompts(), *PROMPTS])


def found(version: DatasetVersion) -> dict[str, tuple[str, int | None]]:
    matches = trained_matches(Learned(frozenset(), (version.pk,)), PROMPTS)
    return {match.key: (match.kind.value, match.answer) for match in matches}


def test_equal_near_and_otherwise_answered_prompts_are_found(version: DatasetVersion) -> None:
    expected = {
        "equal": ("equal", 100),
        "near": ("near_duplicate", None),
        "otherwise": ("two_answers", found(version)["otherwise"][1]),
    }
    assert found(version) == expected
    # The same where nothing is stored, or an older scheme is, or the example has changed since.
    assert ExampleSignature.objects.exists()
    ExampleSignature.objects.update(scheme=0)
    assert found(version) == expected
    ExampleSignature.objects.all().delete()
    assert found(version) == expected


def test_of_a_prompt_the_most_alike_examples_are_kept() -> None:
    house = ProjectWithMembers()
    greetings = ["", "Hello. ", "Hello there. ", "Hello there, I hope you are well. ", "Dear all. "]
    house.approve_all(
        [make_content(question=f"{greeting}{QUESTION}", answer=ANSWER) for greeting in greetings]
    )
    version = house.freeze(shares={"train": 100, "validation": 0, "test": 0})
    learned = Learned(frozenset(), (version.pk,))
    matches = trained_matches(learned, [prompt("a", QUESTION), prompt("b", UNLIKE)])
    assert [match.key for match in matches] == ["a"] * MAX_OF_PROMPT
    likeness = [match.question for match in matches]
    assert likeness[0] == 100
    assert likeness == sorted(likeness, reverse=True)


def test_the_run_waits_for_a_decision_and_shows_what_it_is_about(
    client: Client, run: EvaluationRun
) -> None:
    assert {error.code for error in runs.opening_errors(run)} == {"runs.trained_prompts"}
    lead = make_member(run.project, Role.LEAD)
    client.force_login(lead)
    page = reverse("evaluation:run_setup", args=[run.project.slug, run.pk])
    shown = client.get(page)
    assert shown.context["trained"].prompts == 3
    assert "One question, two answers: 1" in shown.content.decode()
    act = reverse("evaluation:run_act", args=[run.project.slug, run.pk])
    assert client.post(act, {"act": "keep_trained"}).status_code == 302
    assert runs.opening_errors(run) == []
    assert f"{lead} decided to keep them." in client.get(page).content.decode()
    with pytest.raises(InvalidTransition):
        keep_trained(run_id=run.pk, actor=lead)
    detail = RunEvent.objects.get(run=run, action="keep_trained", actor=lead).detail
    assert detail["by_kind"] == {"equal": 1, "near_duplicate": 1, "two_answers": 1}


def test_a_lead_withdraws_them_and_the_run_can_open(run: EvaluationRun) -> None:
    with pytest.raises(PermissionDeniedError):
        withdraw_trained(run_id=run.pk, actor=make_member(run.project, Role.REVIEWER))
    assert withdraw_trained(run_id=run.pk, actor=make_member(run.project, Role.LEAD)) == 3
    assert run.comparisons.filter(state="withdrawn").count() == 3
    assert runs.opening_errors(run) == []
    assert withdraw_trained(run_id=run.pk, actor=None) == 0
    assert RunEvent.objects.filter(run=run, action="withdraw_trained").count() == 1


def test_a_script_lists_them_and_decides(run: EvaluationRun) -> None:
    script = script_of_lead(run.project, "runs", "manage")
    listed: dict[str, Any] = script.get(f"runs/{run.pk}/trained-matches").json()
    assert (listed["prompts"], listed["two_answers"], listed["is_kept"]) == (3, 1, False)
    kinds = [item["kind"] for item in listed["items"]]
    assert sorted(kinds) == ["equal", "near_duplicate", "two_answers"]
    assert listed["items"][0]["question"] == 100
    detail = script.get(f"runs/{run.pk}").json()
    assert detail["like_training_data"] == 3
    assert [error["code"] for error in detail["opening_errors"]] == ["runs.trained_prompts"]
    script.post(f"runs/{run.pk}/actions", action="keep_trained")
    assert script.get(f"runs/{run.pk}/trained-matches").json()["is_kept"] is True


def test_opening_compares_nothing_again(
    run: EvaluationRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trained_prompts, "trained_matches", None)
    ExampleSignature.objects.all().delete()
    assert [error.code for error in runs.opening_errors(run)] == ["runs.trained_prompts"]


@pytest.fixture
def tuned(version: DatasetVersion) -> ModelVersion:
    return make_model_version(version.project, dataset_version_id=version.pk)


def imported(
    tuned: ModelVersion, *, opens: bool, choice: TrainedChoice = TrainedChoice.KEEP
) -> EvaluationRun:
    """Return a run of 20 answered prompts of no interest and those above."""
    rows = [
        AnswerRow(line, asked, ImportedAnswer("Ask your neighbours."), ImportedAnswer("We refund."))
        for line, asked in enumerate([*make_prompts(), *PROMPTS], start=1)
    ]
    plan = AnswerImport(
        run="imported",
        baseline="elsewhere",
        candidate=tuned.name,
        opens=opens,
        like_training_data=choice,
    )
    return import_answers(project=tuned.project, plan=plan, rows=lambda: rows).run


def test_uploaded_answers_and_copies_of_runs_are_compared_like_other_prompts(
    tuned: ModelVersion,
) -> None:
    uploaded = imported(tuned, opens=False)
    found = {match.comparison.external_id: match.kind for match in uploaded.trained_matches.all()}
    assert found == {"equal": "equal", "near": "near_duplicate", "otherwise": "two_answers"}
    assert "runs.trained_prompts" in {error.code for error in runs.opening_errors(uploaded)}
    keep_trained(run_id=uploaded.pk, actor=None)
    EvaluationRun.objects.filter(pk=uploaded.pk).update(
        state="voting", opened_at=uploaded.created_at
    )
    # A copy has no final answers of the prompts; what they said is known of the run.
    copy = copy_run(run_id=uploaded.pk, actor=None)
    assert {match.comparison.external_id: match.kind for match in copy.trained_matches.all()} == (
        found
    )
    # As in a run whose prompts were not compared when it was set up.
    uploaded.trained_matches.all().delete()
    copy = copy_run(run_id=uploaded.pk, actor=None)
    again = {match.comparison.external_id for match in copy.trained_matches.all()}
    assert again == found.keys()
    assert "runs.trained_prompts" in {error.code for error in runs.opening_errors(copy)}


def test_prompts_of_a_run_that_opens_at_once_are_kept_or_withdrawn(tuned: ModelVersion) -> None:
    run = imported(tuned, opens=True, choice=TrainedChoice.WITHDRAW)
    withdrawn = run.comparisons.filter(state="withdrawn").values_list("external_id", flat=True)
    assert sorted(withdrawn) == ["equal", "near", "otherwise"]
    EvaluationRun.objects.filter(pk=run.pk).update(name="first")
    kept = imported(tuned, opens=True)
    assert kept.events.get(action="keep_trained").detail["prompts"] == 3
