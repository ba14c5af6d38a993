"""A new model against one whose answers came from a file: those answers are compared again."""

import pytest
from django.test import Client
from django.urls import reverse

from evaluation.erasure.actions import erase_comparison
from evaluation.erasure.parts import Part
from evaluation.promotion.actions import declare
from evaluation.results.actions import closing
from evaluation.runs.actions import generation
from evaluation.runs.actions.run_setup import create_run
from evaluation.runs.forms.prompt_choices import chosen_prompts, key_of_run
from evaluation.runs.forms.runs import RunForm
from evaluation.runs.generation_forecast import forecast_generation
from evaluation.runs.models import Answer, Comparison, EvaluationRun, RunEvent
from evaluation.runs.setup_summary import prompt_source, unblinded_reviewers
from evaluation.runs.terms import RunPlan, RunTerms
from reviewapp.core.errors import InvalidInput
from reviewapp.people.models import Role
from tests.api_scripts import script_of_lead
from tests.factories.people import make_member
from tests.factories.runs import make_model_version, make_prompts, make_run, make_voting_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def earlier() -> EvaluationRun:
    """A run of 20 uploaded answers; its baseline is the model to beat."""
    return make_voting_run(raters=1)


def against(earlier: EvaluationRun, *, examples: int = 20) -> EvaluationRun:
    """Return a draft of a model that can be asked against the one from the file."""
    return make_run(earlier.project, baseline=earlier.baseline, prompts=make_prompts(examples))


def texts(run: EvaluationRun) -> dict[str, str]:
    found = run.answers.filter(model_version=run.baseline_id)
    return dict(found.values_list("comparison__external_id", "text"))


def test_only_the_model_that_can_be_asked_is_asked(earlier: EvaluationRun) -> None:
    run = against(earlier, examples=24)
    detail = RunEvent.objects.get(run=run, action="create_run").detail
    assert (detail["prompts"], detail["left_out"], detail["without_answer"]) == (20, 0, 4)
    of_file, asked = forecast_generation(run).models
    assert (of_file.from_file, of_file.all.calls) == (20, 0)
    assert asked.all.calls == 20
    generation.start_generation(run_id=run.pk, actor=None)
    assert texts(run) == texts(earlier)
    waiting = run.answers.filter(state="waiting")
    assert set(waiting.values_list("model_version", flat=True)) == {run.candidate_id}
    assert generation.answer_progress(run).reused == 20


def test_where_all_answers_came_from_files_none_are_to_be_generated(
    client: Client, earlier: EvaluationRun
) -> None:
    run = make_run(earlier.project, baseline=earlier.baseline, candidate=earlier.candidate)
    client.force_login(make_member(earlier.project, Role.LEAD))
    shown = client.get(reverse("evaluation:run_setup", args=[earlier.project.slug, run.pk]))
    assert "Use these answers" in shown.content.decode()
    assert "Generate answers" not in shown.content.decode()


def test_answers_that_were_revealed_are_compared_and_who_saw_them_is_named(
    earlier: EvaluationRun,
) -> None:
    closing.close_run(run_id=earlier.pk, actor=None, reason="Enough.")
    closing.reveal_run(run_id=earlier.pk, actor=None)
    (rater,) = earlier.raters.all()
    assert rater.user is not None
    other = make_member(earlier.project, Role.REVIEWER)
    run = make_run(earlier.project, baseline=earlier.baseline, raters=[rater.user, other])
    (sentence,) = unblinded_reviewers(run)
    assert rater.name in sentence and other.email not in sentence
    generation.start_generation(run_id=run.pk, actor=None)
    assert run.answers.filter(reused_from__run=earlier).count() == 20


def test_an_erased_answer_is_compared_nowhere_again(earlier: EvaluationRun) -> None:
    before, draft = against(earlier), against(earlier)
    generation.start_generation(run_id=before.pk, actor=None)
    first = earlier.comparisons.get(external_id="p0003")
    erase_comparison(comparison_id=first.pk, parts=[Part.BASELINE], reason="Asked.", actor=None)
    assert texts(before)["p0003"].startswith("[erased]")
    generation.start_generation(run_id=draft.pk, actor=None)
    assert draft.comparisons.get(external_id="p0003").state == Comparison.State.WITHDRAWN
    assert draft.answers.count() == 2 * 19
    assert not Answer.objects.filter(model_version=earlier.baseline, state="waiting").exists()
    assert "without_answer" in RunEvent.objects.get(run=against(earlier)).detail


def test_other_prompts_are_refused_at_their_field(earlier: EvaluationRun) -> None:
    other = [prompt for prompt in make_prompts(40) if prompt.key > "p0019"]
    with pytest.raises(InvalidInput, match="came from a file") as raised:
        make_run(earlier.project, baseline=earlier.baseline, prompts=other)
    assert raised.value.field == "prompts"


def test_prompts_of_an_earlier_run_keep_their_labels(earlier: EvaluationRun) -> None:
    earlier.comparisons.filter(position=1).update(state=Comparison.State.WITHDRAWN)
    prompts = chosen_prompts(earlier.project, key_of_run(earlier))
    assert len(prompts.prompts) == 19
    model = make_model_version(earlier.project)
    plan = RunPlan("again", model.pk, earlier.baseline_id, terms=RunTerms())
    run = create_run(project=earlier.project, plan=plan, prompts=prompts, actor=None)
    columns = ("prompt", "intent_name", "language", "external_id")
    kept = earlier.comparisons.exclude(position=1).values_list(*columns)
    assert sorted(run.comparisons.values_list(*columns), key=str) == sorted(kept, key=str)
    for wrong in ("run:", "run:x", "run:999999"):
        with pytest.raises(InvalidInput, match="does not exist"):
            chosen_prompts(earlier.project, wrong)


def test_the_form_proposes_the_prompts_that_production_has_answered(
    client: Client, earlier: EvaluationRun
) -> None:
    project = earlier.project
    lead = make_member(project, Role.LEAD)
    make_model_version(project, name="tuned")
    declare(
        project=project,
        alias="production",
        model_id=earlier.baseline_id,
        note="It serves.",
        actor=lead,
    )
    form = RunForm(project=project)
    assert form["baseline_id"].value() == earlier.baseline_id
    assert form["prompts"].value() == key_of_run(earlier)
    client.force_login(lead)
    preview = reverse("evaluation:preview_intents", args=[project.slug])
    shown = client.get(preview, {"prompts": key_of_run(earlier)})
    assert [(row.name, row.examples) for row in shown.context["rows"]] == [
        ("refunds", 10),
        ("returns", 10),
    ]


def test_a_script_sets_up_a_run_on_the_prompts_of_another(earlier: EvaluationRun) -> None:
    make_model_version(earlier.project, name="tuned")
    script = script_of_lead(earlier.project, "manage", "runs")
    body = {"name": "again", "candidate": "tuned", "baseline": earlier.baseline.name}
    address = f"projects/{earlier.project.slug}/runs"
    made = script.post(address, **body, prompts_of_run=earlier.pk)
    assert made.status_code == 200, made.content
    run = EvaluationRun.objects.get(name="again")
    assert run.comparisons.count() == 20
    assert earlier.name in prompt_source(run), "not that they were imported"
    assert earlier.name not in prompt_source(earlier)
    for wrong in ({}, {"prompts_of_run": 999_999}, {"prompts_of_run": earlier.pk, "version": 1}):
        assert script.post(address, **body | {"name": "no"} | wrong).status_code == 422
