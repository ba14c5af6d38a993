"""API of the figures of a run and of its export, for scripts of leads."""

from datetime import datetime
from typing import Annotated, Any

from django.http import Http404, HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from ninja import Field, Router, Schema
from pydantic import ConfigDict

from evaluation.adjudication.permissions import require_adjudicator
from evaluation.judge.as_json import judge_as_json
from evaluation.results.archive import outcome_rows
from evaluation.results.reports import build_report, report_as_json
from evaluation.results.views.export import exported
from evaluation.runs.models import EvaluationRun
from evaluation.runs.permissions import figures_denied_reason
from reviewapp.core.errors import PermissionDeniedError
from reviewapp.people.api import project_for
from reviewapp.people.http import signed_in_user
from reviewapp.people.permissions import Permission

router = Router(tags=["runs"])

RunId = Annotated[int, Field(gt=0, le=2**63 - 1)]


class Printed(Schema):
    """Part of the output of the command: the stable names, and any others."""

    model_config = ConfigDict(extra="allow")


class Figures(Printed):
    """Win rate from 0 to 1 with its anytime interval; counts are of examples."""

    estimate: float | None
    lower: float
    upper: float
    n: int
    wins: int
    ties_good: int
    ties_bad: int
    losses: int
    score_sum: float
    ties_identical: int = 0


class IntentFigures(Figures):
    """An intent of the run, with its label among all of them."""

    intent: str
    label: str | None
    gated: bool


class CriterionFigures(Figures):
    """A criterion of the run, by its code or own name; `missing` examples got no answer on it."""

    criterion: str
    gated: bool
    missing: int


class AgreementOut(Printed):
    """Krippendorff's alpha, or the reason why there is none, and Gwet's AC2."""

    alpha_interval: float | None
    alpha_nominal: float | None
    ac2: float | None
    reason: str


class PositionOut(Printed):
    """How often the left answer won among decisive votes."""

    left_share: float | None
    lower: float
    upper: float
    n: int


class GateOut(Printed):
    """A gate in its current state, with the reason."""

    gate: str
    subject: str
    state: str
    reason: str
    passed_at: datetime | None
    passed_at_example: int | None


class ForecastOut(Schema):
    """Examples until a decision at the present rate, with a range; null if there is no forecast."""

    examples: int | None
    low: int | None
    high: int | None


class NextStepOut(Printed):
    """What to do with the run next: a code, its sentence, what helps, and how much voting it takes.

    Examples, votes and days are at the present rates, null where there is no forecast; `would_do`
    are the examples with which each of `intents`, or the whole run, would probably pass.
    """

    code: str
    sentence: str
    remedies: list[str]
    intents: list[str]
    would_do: int | None
    examples: int | None
    low: int | None
    high: int | None
    votes: int | None
    days: float | None


class JudgeRate(Printed):
    """The judge's win rate, its kappa with people, and people's win rate sharpened by it."""

    estimate: float | None
    lower: float
    upper: float
    n: int
    kappa: dict[str, float | int | None]
    with_people: dict[str, float | int | None] | None


class JudgeIntent(JudgeRate):
    """An intent of the run as the judge sees it."""

    intent: str


class JudgeOut(Printed):
    """An LLM judge beside the people. No gate and no decision reads it."""

    model: str
    rubric: int
    rubric_digest: str
    state: str
    overall: JudgeRate
    intents: list[JudgeIntent]
    flips: dict[str, float | int | None]
    errors: int
    spent_tokens: int
    spent_usd: float


class WinRates(Printed):
    """The figures, the gates and their decision, as `win_rates --json` prints them."""

    run: str
    baseline: str
    candidate: str
    votes_per_example: int | str
    votes: int
    raters: int
    counted: int
    overall: Figures
    intents: list[IntentFigures]
    criteria: list[CriterionFigures]
    agreement: AgreementOut
    position: PositionOut
    gates: list[GateOut]
    decision: str
    decision_reason: str
    decision_sentence: str
    next_step: NextStepOut
    forecast: dict[str, ForecastOut | None]
    judge: JudgeOut | None


@router.get(
    "/runs/{run_id}/win-rates",
    operation_id="evaluation_api_runs_win_rates",
    response={200: WinRates},
    summary="Figures and gates",
)
def win_rates(request: HttpRequest, run_id: RunId) -> JsonResponse:
    """Return the figures of a run; 403 for a lead who still votes in it."""
    run = _run(request, run_id)
    if denied := figures_denied_reason(signed_in_user(request), run):
        raise PermissionDeniedError(denied)
    # Not through the schema: it would drop the names that the schema does not list.
    report = build_report(run)
    return JsonResponse(report_as_json(report) | judge_as_json(report))


class AdjudicationOut(Schema):
    """A lead's decision on a comparison that raters disagree on; `is_current` is its outcome."""

    id: str
    position: int
    adjudicator: str
    verdict: str
    choice: str
    left: str
    note: str
    at: datetime
    is_current: bool


class AdjudicationsOut(Schema):
    """All decisions of a run, also those that a later one replaced, in served order."""

    items: list[AdjudicationOut]


@router.get(
    "/runs/{run_id}/adjudications",
    operation_id="evaluation_api_runs_adjudications",
    response={200: AdjudicationsOut},
    summary="Outcomes of the adjudication",
)
def adjudications(request: HttpRequest, run_id: RunId) -> dict[str, Any]:
    """Return what leads decided beside the votes; no figure counts it."""
    run = _run(request, run_id)
    require_adjudicator(signed_in_user(request), run)
    return {"items": list(outcome_rows(run))}


ZIP_RESPONSE = {
    "responses": {
        200: {
            "description": "A ZIP file; its README.txt lists what is in it.",
            "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
        }
    }
}


@router.post(
    "/runs/{run_id}/export",
    operation_id="evaluation_api_runs_export",
    response={200: None},
    openapi_extra=ZIP_RESPONSE,
    summary="Answers, votes, examples and figures as one ZIP file",
)
def export(request: HttpRequest, run_id: RunId) -> HttpResponseBase:
    """Return the file that the page gives, and record who took it; 403 for a lead who votes."""
    return exported(_run(request, run_id), signed_in_user(request))


def _run(request: HttpRequest, run_id: int) -> EvaluationRun:
    related = ("project", "candidate", "baseline")
    run = EvaluationRun.objects.select_related(*related).filter(pk=run_id).first()
    if run is None:
        raise Http404
    project_for(request, run.project.slug, Permission.LEAD)
    return run
