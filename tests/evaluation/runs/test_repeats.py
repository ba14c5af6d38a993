"""A comparison that is repeated is judged more strictly, whatever names it is given."""

from typing import Any

import pytest

from evaluation.gates import GateSettings
from evaluation.results.actions import closing
from evaluation.results.reports import build_report, report_as_json
from evaluation.results.reports.wording import run_notes
from evaluation.runs.actions import generation, runs
from evaluation.runs.actions.answer_import import import_answers
from evaluation.runs.actions.answer_plan import AnswerImport
from evaluation.runs.models import Answer, EvaluationRun
from evaluation.runs.repeats import run_number
from evaluation.runs.setup_summary import intent_rows, preview_intents
from reviewapp.people.models import Project
from tests.factories.people import make_project
from tests.factories.runs import make_answer_rows, make_model_version, make_prompts, make_run
from tests.factories.verdicts import vote_in_order

pytestmark = pytest.mark.django_db


def make_imported_run(
    project: Project, name: str, *, models: tuple[str, str] = ("house", "tuned"), first: int = 0
) -> EvaluationRun:
    """An imported run over 20 prompts, from the prompt of that number on."""
    rows = make_answer_rows(40)[first : first + 20]
    plan = AnswerImport(run=name, baseline=models[0], candidate=models[1])
    return import_answers(project=project, plan=plan, rows=lambda: rows).run


def alpha_of(run: EvaluationRun) -> float:
    return GateSettings.from_json(run.gate_settings).alpha


def test_run_k_of_a_pair_is_judged_at_alpha_over_k_squared() -> None:
    project = make_project()
    made = [make_imported_run(project, f"run {k}") for k in range(3)]
    assert [alpha_of(run) for run in made] == pytest.approx([0.05, 0.05 / 4, 0.05 / 9])
    report = build_report(made[2])
    assert report_as_json(report)["run_number"] == 3
    assert any("Run 3 of these two models" in note for note in run_notes(report))
    assert any("alpha 0.00556 instead of 0.05" in note for note in run_notes(report))


def test_a_draft_that_repeats_shows_the_sizes_that_its_alpha_needs() -> None:
    project = make_project()
    make_imported_run(project, "first")
    plan = AnswerImport(run="second", baseline="house", candidate="tuned", opens=False)
    draft = import_answers(project=project, plan=plan, rows=lambda: make_answer_rows(20)).run
    rows = intent_rows(draft)
    sizes = {row.name: row.examples for row in rows}
    first = GateSettings.from_json(draft.gate_settings)
    needed, at_first = (
        [row.realistic for row in preview_intents(sizes, settings)]
        for settings in (first.for_run(2), first)
    )
    assert [row.realistic for row in rows] == needed != at_first


def test_changing_the_roles_of_the_two_models_is_a_repeat() -> None:
    project = make_project()
    make_imported_run(project, "one way")
    assert run_number(make_imported_run(project, "the other", models=("tuned", "house"))) == 2


def test_another_pair_or_mostly_other_prompts_are_no_repeat() -> None:
    project = make_project()
    make_imported_run(project, "first")
    assert run_number(make_imported_run(project, "other pair", models=("house", "third"))) == 1
    assert run_number(make_imported_run(project, "half in common", first=10)) == 1
    assert run_number(make_imported_run(project, "more in common", first=9)) == 3


def test_a_run_that_was_closed_without_a_vote_does_not_count() -> None:
    project = make_project()
    first = make_imported_run(project, "first")
    closing.close_run(run_id=first.pk, actor=None)
    assert run_number(make_imported_run(project, "second")) == 1


def opened(project: Project, name: str) -> EvaluationRun:
    """A run of models that are registered anew each time and asked for the same; open."""
    models: dict[str, Any] = {
        role: make_model_version(project, name=f"{role} {name}", model_id=role)
        for role in ("candidate", "baseline")
    }
    run = make_run(project, name=name, prompts=make_prompts(20), **models)
    generation.start_generation(run_id=run.pk, actor=None)
    Answer.objects.filter(run=run).update(state=Answer.State.DONE, text="Yes")
    return runs.open_voting(run_id=run.pk, actor=None)


def test_a_model_that_is_registered_under_another_name_is_the_same_model() -> None:
    project = make_project()
    first, second = opened(project, "first"), opened(project, "second")
    assert alpha_of(second) == pytest.approx(alpha_of(first) / 4)


def test_a_run_that_is_opened_for_votes_is_tuned_to_its_set() -> None:
    run = opened(make_project(), "tuned")
    report = build_report(run)
    assert report.overall.counted.prior.tuned is not None
    voters = [rater.user for rater in run.raters.select_related("user")]
    assert voters[0] is not None
    vote_in_order(run, voters[0], ["candidate"])
    assert build_report(run).overall.counted.prior == report.overall.counted.prior
    assert (
        build_report(make_imported_run(run.project, "imported")).overall.counted.prior.tuned is None
    )
