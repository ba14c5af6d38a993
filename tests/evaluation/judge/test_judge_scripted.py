"""A judge is started, resumed and cancelled by scripts: over HTTP and by the command."""

import json
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from evaluation.judge.actions import judging
from evaluation.judge.models import JudgeRun
from evaluation.registry.models import ModelVersion
from evaluation.results.actions import closing
from evaluation.runs.models import EvaluationRun
from reviewapp.core.messages import message
from tests.api_scripts import script_of_lead
from tests.evaluation.judge.samples import make_judge
from tests.factories.runs import make_voting_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def run() -> EvaluationRun:
    return make_voting_run(examples=3)


def with_prices(model: ModelVersion) -> ModelVersion:
    model.usd_per_million_input_tokens = model.usd_per_million_output_tokens = Decimal(10)
    model.save()
    return model


def test_a_dry_run_forecasts_the_cost_and_asks_nothing(run: EvaluationRun) -> None:
    model = with_prices(make_judge(run, name="referee"))
    ModelVersion.objects.filter(pk=run.candidate_id).update(base_model="acme/referee-1")
    answer = script_of_lead(run.project, "manage").post(
        f"runs/{run.pk}/judges", model="referee", dry_run=True
    )
    found = answer.json()
    forecast = found["forecast"]
    assert (forecast["calls"], forecast["tokens_out"]) == (6, 2400)
    tokens = forecast["tokens_in"] + forecast["tokens_out"]
    assert forecast["usd"] == pytest.approx(tokens / 100_000)
    assert [doubt["code"] for doubt in found["doubts"]] == ["judge.same_base"]
    assert found["judge"] is None
    assert not JudgeRun.objects.exists()
    assert model.name == "referee"


def test_a_script_starts_resumes_and_cancels_a_judge(run: EvaluationRun) -> None:
    with_prices(make_judge(run, name="referee"))
    script = script_of_lead(run.project, "manage", "runs")
    body = {"model": "referee", "usd_cap": "0.5", "uses_schema": False, "max_tokens": 50}
    started = script.post(f"runs/{run.pk}/judges", **body).json()["judge"]
    judge_run = JudgeRun.objects.get()
    assert (judge_run.started_by, judge_run.usd_cap) == (script.user, Decimal("0.5"))
    assert (started["id"], started["state"], started["judgements"]) == (judge_run.pk, "running", 6)
    assert started["sampling"]["uses_schema"] is False
    again = script.post(f"runs/{run.pk}/judges", **body)
    assert (again.status_code, again.json()["code"]) == (409, "refused")
    reason = message("judge.cost_cap", spent=1, cap=1)
    judging.stop_judging(judge_run_id=judge_run.pk, code="cost_cap", reason=reason)
    resumed = script.post(f"judges/{judge_run.pk}/resume", usd_cap="2")
    assert (resumed.json()["state"], resumed.json()["usd_cap"]) == ("running", 2)
    assert script.post(f"judges/{judge_run.pk}/cancel").json()["state"] == "cancelled"
    assert script.post(f"judges/{judge_run.pk}/retry").status_code == 409
    listed = script.get(f"runs/{run.pk}/judges").json()["items"]
    assert [(item["id"], item["state"]) for item in listed] == [(judge_run.pk, "cancelled")]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"model": "nobody"}, "referee"),
        ({"model": "referee", "rubric": 7}, "7"),
        ({"model": "referee", "usd_cap": "1"}, "referee"),
        ({"model": "referee", "cap": 1}, "cap"),
    ],
)
def test_what_cannot_be_asked_is_named(
    run: EvaluationRun, body: dict[str, Any], named: str
) -> None:
    make_judge(run, name="referee")
    answer = script_of_lead(run.project, "manage").post(f"runs/{run.pk}/judges", **body)
    assert answer.status_code == 422
    assert named in answer.json()["detail"]


def test_a_token_to_read_figures_spends_nothing(run: EvaluationRun) -> None:
    make_judge(run, name="referee")
    script = script_of_lead(run.project, "runs")
    assert script.post(f"runs/{run.pk}/judges", model="referee").status_code == 403
    assert script.post("judges/1/resume").status_code == 403


def call(*arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command("judge", *arguments, "--json", stdout=out, stderr=StringIO())
    return dict(json.loads(out.getvalue()))


def test_the_command_forecasts_then_asks(run: EvaluationRun) -> None:
    with_prices(make_judge(run, name="referee"))
    forecast = call(run.name, "--model", "referee", "--cap", "0.75", "--dry-run")
    assert (forecast["forecast"]["calls"], forecast["judge"]) == (6, None)
    assert not JudgeRun.objects.exists()
    started = call(run.name, "--model", "referee", "--cap", "0.75", "--no-schema")
    judge_run = JudgeRun.objects.get()
    assert started["judge"]["id"] == judge_run.pk
    assert (judge_run.usd_cap, judge_run.sampling["uses_schema"]) == (Decimal("0.75"), False)
    assert judge_run.run.events.filter(action="start_judge").exists()


@pytest.mark.parametrize("arguments", [("--model", "x"), ("--model", "referee", "--cap", "much")])
def test_a_wrong_argument_of_the_command_is_one_sentence(
    run: EvaluationRun, arguments: tuple[str, ...]
) -> None:
    make_judge(run, name="referee")
    with pytest.raises(CommandError) as failed:
        call(run.name, *arguments)
    assert failed.value.returncode == 1
    assert not JudgeRun.objects.exists()


def test_a_closed_run_can_be_judged_and_says_so(run: EvaluationRun) -> None:
    make_judge(run, name="referee")
    before = call(run.name, "--model", "referee")["judge"]
    assert before["asked_after_close"] is False
    judging.cancel_judging(judge_run_id=before["id"], actor=None)
    closing.close_run(run_id=run.pk, actor=None)
    after = call(run.name, "--model", "referee")["judge"]
    assert (after["asked_after_close"], after["judgements"]) == (True, 6)
