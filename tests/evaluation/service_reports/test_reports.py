"""What service reports over the API, the limits of the project, and what the pipeline shows."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from evaluation.promotion.actions import promote
from evaluation.promotion.requests import PromotionRequest
from evaluation.registry.models import ModelEvent, ModelVersion
from evaluation.runs.models import Rater
from evaluation.service_reports.actions import set_limits
from evaluation.service_reports.judging import ServiceFigure
from evaluation.service_reports.models import ServiceReport
from evaluation.service_reports.reading import latest_figures
from reviewapp.people.actions.members import create_token
from reviewapp.people.models import ProjectEvent, Role, Scope, User
from tests.api_scripts import Script, script_of_lead
from tests.factories.people import make_member
from tests.factories.promotions import make_decided_run
from tests.factories.runs import make_model_version, make_voting_run

pytestmark = pytest.mark.django_db
WEEK = {"answers": 1000, "p95_ms": 850, "usd": "1.5", "refusals": 20}


@pytest.fixture
def model() -> ModelVersion:
    return make_model_version()


def days_ago(days: int) -> str:
    found: datetime = timezone.now() - timedelta(days=days)
    return found.isoformat()


def report(client: Client, model: ModelVersion, user: User, **fields: Any) -> Any:
    """Send a report of the week that ended yesterday."""
    secret = create_token(user=user, scopes=[Scope.SERVING]).secret
    address = f"/api/v1/projects/{model.project.slug}/models/{model.name}/service-reports"
    body = {"starts": days_ago(8), "ends": days_ago(1), **(WEEK | fields)}
    headers = {"Authorization": f"Bearer {secret}"}
    return client.post(address, body, content_type="application/json", headers=headers)


def test_a_report_is_stored_with_who_sent_it(client: Client, model: ModelVersion) -> None:
    lead = make_member(model.project, Role.LEAD)
    sent = report(client, model, lead, ratings=50, satisfied=45)
    assert sent.status_code == 201, sent.content
    stored = ServiceReport.objects.get()
    assert (stored.model_version, stored.reported_by, stored.satisfied) == (model, lead, 45)
    assert sent.json()["limits"]["max_p95_ms"] is None
    event = ModelEvent.objects.get(action="report_service")
    assert (event.actor, event.detail["report"]) == (lead, stored.pk)
    assert report(client, model, make_member(model.project, Role.ANNOTATOR)).status_code == 403
    assert ServiceReport.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"starts": days_ago(1), "ends": days_ago(8)},
        {"ends": days_ago(-1)},
        {"starts": "2026-11-01T00:00:00"},
        {"answers": 0},
        {"refusals": 1001},
        {"ratings": 5},
        {"ratings": 0, "satisfied": 0},
        {"ratings": 5, "satisfied": 6},
        {"usd": -1},
        {"p95_ms": None, "usd": None, "refusals": None},
    ],
)
def test_a_report_that_contradicts_itself_is_refused(
    client: Client, model: ModelVersion, wrong: dict[str, Any]
) -> None:
    refused = report(client, model, make_member(model.project, Role.LEAD), **wrong)
    assert refused.status_code == 422, refused.content
    assert not ServiceReport.objects.exists()


def test_each_figure_is_that_of_the_latest_period_and_of_its_last_correction(
    client: Client, model: ModelVersion
) -> None:
    lead, latest = make_member(model.project, Role.LEAD), {"ends": days_ago(1)}
    for fields in (
        latest | {"p95_ms": 500},
        latest | {"p95_ms": 700},
        {"ends": days_ago(3), "p95_ms": 100, "ratings": 10, "satisfied": 9},
    ):
        assert report(client, model, lead, **fields).status_code == 201
    found = latest_figures(model)
    assert (found[ServiceFigure.P95].value, found[ServiceFigure.CSAT].value) == (700, 0.9)


def test_limits_and_reports_judge_the_gates_of_the_pipeline(client: Client) -> None:
    run = make_decided_run()
    model, slug = run.candidate, run.project.slug
    lead = make_member(run.project, Role.LEAD)
    client.force_login(lead)
    service = reverse("evaluation:service", args=[slug])
    assert client.post(service, {"max_p95_ms": "800", "min_csat_share": "120"}).status_code == 422
    limits = {"max_p95_ms": "800", "max_refusal_share": "2.5", "max_usd": "", "min_csat_share": ""}
    assert client.post(service, limits).status_code == 302
    [event] = ProjectEvent.objects.filter(action="set_service_limits")
    assert event.detail["after"]["max_refusal_share"] == 0.025
    client.post(service, limits)
    assert ProjectEvent.objects.filter(action="set_service_limits").count() == 1, "no change"
    before = gates_of(client, model)
    assert before["Refusals"] == ("passed", f"Run {run.name}"), "the run measured them"
    report(client, model, lead, ratings=50, satisfied=45)
    after = gates_of(client, model)
    assert after["p95 latency"] == ("failed", "Models in service")
    assert after["Refusals"] == ("passed", "Models in service")
    assert after["Customer satisfaction (CSAT)"] == ("open", "Models in service"), "no limit"
    assert next_of(model) == "pipeline.next.promote_beyond"
    shown = client.get(f"{service}?model={model.pk}")
    [row] = shown.context["rows"]
    assert [cell.badge for cell in row.figures] == ["failed", "open", "passed", "open"]
    assert shown.context["form"]["max_refusal_share"].value() == "2.5"


def test_a_limit_that_is_broken_in_production_is_what_is_next(client: Client) -> None:
    run = make_decided_run()
    lead = make_member(run.project, Role.LEAD)
    client.force_login(lead)
    order = PromotionRequest(run_id=run.pk, alias="production", note="Better.")
    promote(request=order, actor=lead)
    assert next_of(run.candidate) == "pipeline.next.serves"
    limits: dict[str, Any] = {
        "max_p95_ms": 800,
        "max_usd": None,
        "max_refusal_share": 0.5,
        "min_csat_share": None,
    }
    set_limits(project=run.project, actor=lead, **limits)
    report(client, run.candidate, lead)
    assert next_of(run.candidate) == "pipeline.next.serves_beyond"


def next_of(model: ModelVersion) -> str:
    """Return what is next by the page of a model; the list says the same."""
    script = script_of_lead(model.project, Scope.RUNS)
    listed = script.get(f"projects/{model.project.slug}/pipeline").json()
    [shown] = [item for item in listed["items"] if item["model"] == model.name]
    single = script.get(f"projects/{model.project.slug}/pipeline/model/{model.pk}").json()
    assert (shown["next"], shown["step"]) == (single["next"], single["step"])
    return str(single["next"]["code"])


def gates_of(client: Client, model: ModelVersion) -> dict[str, tuple[str, str]]:
    """Return state and evidence of each gate of the step deploy."""
    page = reverse("evaluation:model_pipeline", args=[model.project.slug, model.pk])
    steps = client.get(page).context["steps"]
    return {str(gate.title): (gate.badge, gate.evidence) for gate in steps[-1].gates}


def test_a_script_reads_and_sets_the_limits_with_its_scope(model: ModelVersion) -> None:
    address = f"projects/{model.project.slug}/service-limits"
    limits = {"max_p95_ms": 900, "max_usd": "0.002", "max_refusal_share": 0.02}
    script = script_of_lead(model.project, Scope.RUNS, Scope.MANAGE)
    assert script.put(address, **limits).status_code == 422, "one is missing"
    assert script.put(address, **limits, min_csat_share=1.5).status_code == 422
    changed = script.put(address, **limits, min_csat_share=None)
    assert changed.status_code == 200, changed.content
    assert Decimal(changed.json()["max_usd"]) == Decimal("0.002")
    shown = script.get(address).json()
    assert (shown["max_p95_ms"], shown["min_csat_share"]) == (900, None)
    event = ProjectEvent.objects.get(action="set_service_limits")
    assert (event.actor, event.detail["after"]["max_p95_ms"]) == (script.user, 900)
    reading = script_of_lead(model.project, Scope.RUNS)
    assert reading.get(address).status_code == 200
    assert reading.put(address, **limits, min_csat_share=None).status_code == 403
    annotator = make_member(model.project, Role.ANNOTATOR)
    assert Script(annotator, Scope.RUNS).get(address).status_code == 403


def test_who_votes_on_a_model_does_not_see_its_reports(client: Client) -> None:
    run = make_voting_run()
    lead = make_member(run.project, Role.LEAD)
    assert report(client, run.candidate, lead).status_code == 201
    other = make_model_version(run.project)
    assert report(client, other, lead).status_code == 201
    client.force_login(lead)
    service = reverse("evaluation:service", args=[run.project.slug])

    def listed() -> set[ModelVersion]:
        return {row.report.model_version for row in client.get(service).context["rows"]}

    assert listed() == {run.candidate, other}
    Rater.objects.create(run=run, user=lead)
    assert listed() == {other}
    of_model = client.get(f"{service}?model={run.candidate.pk}")
    assert of_model.context["denied"]
    assert not of_model.context["rows"]
