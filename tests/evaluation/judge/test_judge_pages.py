"""The pages of judges and rubrics: forecast, start, progress, stop, resume, cancel, edit."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from evaluation.judge.actions import judging
from evaluation.judge.models import JudgeRun, Rubric
from evaluation.judge.rubric_text import DEFAULT_TEXT
from evaluation.registry.models import ModelVersion
from evaluation.runs.models import EvaluationRun
from reviewapp.core.messages import message
from reviewapp.people.models import Role
from tests.evaluation.judge.samples import make_judge
from tests.factories.people import make_member
from tests.factories.runs import make_generating_run, make_voting_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(client: Client) -> EvaluationRun:
    """A run that is open for votes; a lead is signed in."""
    run = make_voting_run(examples=3)
    client.force_login(make_member(run.project, Role.LEAD))
    return run


def address(run: EvaluationRun, name: str = "judge", *further: int) -> str:
    return reverse(f"evaluation:{name}", args=[run.project.slug, run.pk, *further])


def fields(model_id: int, **changed: str) -> dict[str, str]:
    return {
        "model_id": str(model_id),
        "rubric_id": "",
        "temperature": "0",
        "max_tokens": "400",
        "uses_schema": "on",
        **changed,
    }


def test_the_cost_is_forecast_before_the_start(client: Client, run: EvaluationRun) -> None:
    model = make_judge(run)
    model.usd_per_million_input_tokens = model.usd_per_million_output_tokens = Decimal(10)
    model.save()
    shown = client.post(address(run), fields(model.pk))
    found = shown.context["forecast"]
    assert (found.calls, found.tokens_out) == (6, 2400)
    assert found.usd == Decimal(found.tokens) / 100_000
    assert not JudgeRun.objects.exists()
    told = fields(model.pk, forecast_for=shown.context["forecast_for"], usd_cap="1")
    # Another model or longer replies than were forecast: forecast again.
    assert client.post(address(run), told | {"max_tokens": "500"}).context["forecast"]
    assert not JudgeRun.objects.exists()
    assert client.post(address(run), told).status_code == 302
    started = JudgeRun.objects.get()
    assert (started.usd_cap, started.expected_usd) == (Decimal(1), found.usd)
    assert started.rubric.text == DEFAULT_TEXT
    page = client.get(address(run))
    assert "forecast" not in page.context
    assert b"every 2s" in page.content


def test_a_change_of_the_judge_forecasts_again_and_starts_nothing(
    client: Client, run: EvaluationRun
) -> None:
    model = make_judge(run)
    shown = client.get(address(run, "judge_forecast"), fields(model.pk, forecast_for="1--400"))
    assert shown.context["forecast"].calls == 6
    assert shown.context["forecast_for"] in shown.content.decode()
    unchosen = client.get(address(run, "judge_forecast"), fields(0))
    assert "forecast" not in unchosen.context
    assert not JudgeRun.objects.exists()
    assert address(run, "judge_forecast") in client.get(address(run)).content.decode()


def test_a_judge_of_the_candidates_family_is_pointed_out_before_the_start(
    client: Client, run: EvaluationRun
) -> None:
    model = make_judge(run, model_id="referee-9b")
    ModelVersion.objects.filter(pk=run.candidate_id).update(base_model="acme/referee-9b:free")
    shown = client.post(address(run), fields(model.pk))
    assert [doubt.code for doubt in shown.context["doubts"]] == ["judge.same_base"]


def test_no_judge_is_chosen_and_the_compared_models_are_set_apart(
    client: Client, run: EvaluationRun
) -> None:
    stranger = make_judge(run, model_id="arbiter-7")
    relative = make_judge(run, model_id="referee-9b")
    endpoint = stranger.endpoint
    compared = ModelVersion.objects.filter(pk__in=[run.candidate_id, run.baseline_id])
    compared.update(base_model="acme/referee-9b", endpoint=endpoint)
    form = client.get(address(run)).context["form"]
    nothing, *groups = form.fields["model_id"].choices
    assert (nothing[0], form["model_id"].value()) == ("", None)
    offered = [[pk for pk, _name in models] for _label, models in groups]
    assert offered[:2] == [[stranger.pk], [relative.pk]]
    assert set(offered[2]) == {run.candidate_id, run.baseline_id}
    assert client.post(address(run), fields(0) | {"model_id": ""}).status_code == 422


def test_a_cap_that_cannot_be_kept_keeps_what_was_typed(client: Client, run: EvaluationRun) -> None:
    model = make_judge(run)
    shown = client.post(address(run), fields(model.pk, usd_cap="2"))
    assert shown.status_code == 422
    assert shown.context["form"]["usd_cap"].value() == "2"
    assert shown.context["form"].errors


def test_a_stopped_judge_is_resumed_with_other_caps(client: Client, run: EvaluationRun) -> None:
    judge_run = judging.start_judging(
        run_id=run.pk, plan=judging.JudgePlan(make_judge(run).pk), actor=None
    )
    reason = message("judge.token_cap", spent=9, cap=10)
    judging.stop_judging(judge_run_id=judge_run.pk, code="token_cap", reason=reason)
    resume = address(run, "resume_judge", judge_run.pk)
    assert client.get(address(run)).context["shown"].stop_reason == reason
    assert client.post(resume, {"resume-token_cap": "x"}).status_code == 422
    assert client.post(resume, {"resume-token_cap": "99999"}).status_code == 302
    judge_run.refresh_from_db()
    assert (judge_run.state, judge_run.token_cap) == ("running", 99999)
    part = client.get(address(run, "judge_progress", judge_run.pk))
    assert part.status_code == 200
    act = address(run, "act_on_judge", judge_run.pk)
    assert client.post(act, {"act": "cancel"}).status_code == 302
    part = client.get(address(run, "judge_progress", judge_run.pk))
    assert (part.status_code, part["HX-Refresh"]) == (286, "true")
    assert client.post(act, {"act": "nonsense"}).status_code == 404
    assert client.get(f"{address(run)}?judge={judge_run.pk}").status_code == 200
    assert client.get(f"{address(run)}?judge=999999").status_code == 404


def test_the_page_names_the_reason_why_no_judge_can_be_asked(client: Client) -> None:
    run = make_generating_run()
    client.force_login(make_member(run.project, Role.LEAD))
    shown = client.get(address(run))
    assert shown.context["denied"] == message("judge.answers_first")
    assert b"start-title" not in shown.content


def test_the_run_page_has_the_second_line(client: Client, run: EvaluationRun) -> None:
    assert address(run) in client.get(address(run, "run")).content.decode()


def test_the_rubric_is_edited_on_its_page(client: Client, run: EvaluationRun) -> None:
    page = reverse("evaluation:rubrics", args=[run.project.slug])
    assert client.get(page).context["form"]["text"].value() == DEFAULT_TEXT
    wrong = client.post(page, {"text": "{conversation}"})
    assert wrong.status_code == 422
    assert wrong.context["form"]["text"].value() == "{conversation}"
    text = "{conversation} {answer_a} {answer_b}"
    assert client.post(page, {"text": text, "note": "shorter"}).status_code == 302
    assert client.post(page, {"text": f"{text} Be brief."}).status_code == 302
    assert list(Rubric.objects.values_list("number", flat=True)) == [2, 1]
    first = client.get(reverse("evaluation:rubric", args=[run.project.slug, 1]))
    assert first.context["form"]["text"].value() == f"{text}\n"
