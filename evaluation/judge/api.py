"""API of judges, for leads: forecast, start, resume, cancel, retry, and what a judge replied."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema
from pydantic import ConfigDict

from evaluation.judge.actions import judging
from evaluation.judge.actions.naming import named_plan
from evaluation.judge.as_json import doubts_as_json, forecast_as_json, progress_as_json
from evaluation.judge.examples import (
    ExampleKind,
    judged_examples,
    require_replies,
    with_judgements,
)
from evaluation.judge.models import JudgeRun
from evaluation.judge.replies import example_as_json
from evaluation.judge.tasks import JUDGEMENTS
from evaluation.judge.terms import MAX_REPLY_TOKENS, MAX_TEMPERATURE, Caps, JudgeSampling
from evaluation.runs.models import EvaluationRun
from reviewapp.core.api import Limit, ObjectId
from reviewapp.core.paging import PAGE_SIZE, rows_and_next
from reviewapp.people.api import project_for
from reviewapp.people.http import signed_in_user
from reviewapp.people.permissions import Permission

router = Router(tags=["judges"])

MAX_TOKEN_CAP = 2**53
Usd = Annotated[Decimal, Field(gt=0, max_digits=10, decimal_places=4)]
Position = Annotated[int, Query(gt=0, le=2**31 - 1)]


class CapsIn(Schema):
    """Where a judge stops; null is no cap. A cap in US dollars needs prices at the model."""

    model_config = ConfigDict(extra="forbid")

    usd_cap: Usd | None = None
    token_cap: Annotated[int, Field(gt=0, le=MAX_TOKEN_CAP)] | None = None

    def caps(self) -> Caps:
        """Return the caps for the action."""
        return Caps(self.usd_cap, self.token_cap)


class JudgeIn(CapsIn):
    """The model that judges, by name, and by which rubric; `dry_run` only forecasts the cost."""

    model: Annotated[str, Field(max_length=200)]
    rubric: Annotated[int, Field(gt=0, le=2**31 - 1)] | None = None
    temperature: Annotated[float, Field(ge=0, le=MAX_TEMPERATURE)] | None = 0
    max_tokens: Annotated[int, Field(gt=0, le=MAX_REPLY_TOKENS)] = JudgeSampling.max_tokens
    uses_schema: bool = True
    dry_run: bool = False

    def sampling(self) -> JudgeSampling:
        """Return the sampling settings for the action."""
        return JudgeSampling(
            temperature=self.temperature,
            max_tokens=self.max_tokens,
            uses_schema=self.uses_schema,
        )


class JudgeProgressOut(Schema):
    """A judge of a run: its terms, how far it is and what it has spent, without its verdicts."""

    id: int
    model: str
    rubric: int
    rubric_digest: str
    sampling: dict[str, Any]
    state: str
    stop_code: str
    started_at: datetime
    asked_after_close: bool
    judgements: int
    done: int
    errors: int
    spent_tokens: int
    spent_usd: float
    usd_cap: float | None
    token_cap: int | None


class JudgesOut(Schema):
    """The judges of a run, the newest first."""

    items: list[JudgeProgressOut]


class ForecastCostOut(Schema):
    """What a judge costs at most, without retries; `usd` is null for a model without prices."""

    calls: int
    tokens_in: int
    tokens_out: int
    usd: float | None


class DoubtOut(Schema):
    """What the judge has in common with a compared model: a reason to doubt its verdicts."""

    code: str
    sentence: str


class StartedOut(Schema):
    """The forecast and the doubts; the judge is null after a dry run."""

    forecast: ForecastCostOut
    doubts: list[DoubtOut]
    judge: JudgeProgressOut | None


class ReplyOut(Schema):
    """A reply in one order: `first` is whose answer the judge read as A."""

    first: str
    state: str
    verdict: str
    reason: str
    error_code: str
    reply: str


class JudgedExampleOut(Schema):
    """An example with both replies; scores are the candidate's, 0, 1/2 or 1 for the judge."""

    example: int
    external_id: str
    intent: str
    state: str
    people: float | None
    judge: float | None
    flipped: bool | None
    replies: list[ReplyOut]


class RepliesOut(Schema):
    """A page of examples in served order; `next` is the cursor of the following page."""

    items: list[JudgedExampleOut]
    next: int | None


def _run(request: HttpRequest, run_id: int) -> EvaluationRun:
    related = ("project", "candidate__endpoint", "baseline__endpoint")
    run = get_object_or_404(EvaluationRun.objects.select_related(*related), pk=run_id)
    project_for(request, run.project.slug, Permission.LEAD)
    return run


def _judge_run(request: HttpRequest, judge_id: int) -> JudgeRun:
    related = ("run__project", "model_version", "rubric")
    found = get_object_or_404(JudgeRun.objects.select_related(*related), pk=judge_id)
    project_for(request, found.run.project.slug, Permission.LEAD)
    return found


@router.get(
    "/runs/{run_id}/judges",
    operation_id="evaluation_api_judges_list",
    response={200: JudgesOut},
    summary="List the judges of a run",
)
def judges(request: HttpRequest, run_id: ObjectId) -> dict[str, Any]:
    """Return the judges with their progress and cost; figures are in `win-rates`."""
    found = _run(request, run_id).judge_runs.select_related("run", "model_version", "rubric")
    return {"items": [progress_as_json(judge_run) for judge_run in found.order_by("-pk")]}


@router.post(
    "/runs/{run_id}/judges",
    operation_id="evaluation_api_judges_start",
    response={200: StartedOut},
    summary="Forecast the cost of a judge, or ask it",
)
def start(request: HttpRequest, run_id: ObjectId, body: JudgeIn) -> dict[str, Any]:
    """Ask a model about every comparison in both orders, or only forecast what that costs."""
    run = _run(request, run_id)
    plan = named_plan(
        run, model=body.model, rubric=body.rubric, sampling=body.sampling(), caps=body.caps()
    )
    forecast, model = judging.forecast_judging(run, plan)
    judge = None
    if not body.dry_run:
        actor = signed_in_user(request)
        judge = progress_as_json(judging.start_judging(run_id=run.pk, plan=plan, actor=actor))
        JUDGEMENTS.send_due()
    shown = {"forecast": forecast_as_json(forecast), "doubts": doubts_as_json(model, run)}
    return shown | {"judge": judge}


@router.post(
    "/judges/{judge_id}/resume",
    operation_id="evaluation_api_judges_resume",
    response={200: JudgeProgressOut},
    summary="Continue a stopped judge with these caps",
)
def resume(request: HttpRequest, judge_id: ObjectId, body: CapsIn) -> dict[str, Any]:
    """Continue a judge that its caps or its service stopped."""
    found, actor = _judge_run(request, judge_id), signed_in_user(request)
    return _after(
        found,
        lambda: judging.resume_judging(judge_run_id=found.pk, caps=body.caps(), actor=actor),
    )


@router.post(
    "/judges/{judge_id}/cancel",
    operation_id="evaluation_api_judges_cancel",
    response={200: JudgeProgressOut},
    summary="End a judge for good",
)
def cancel(request: HttpRequest, judge_id: ObjectId) -> dict[str, Any]:
    """Cancel a judge: its verdicts are kept, and no figure uses them."""
    found, actor = _judge_run(request, judge_id), signed_in_user(request)
    return _after(found, lambda: judging.cancel_judging(judge_run_id=found.pk, actor=actor))


@router.post(
    "/judges/{judge_id}/retry",
    operation_id="evaluation_api_judges_retry",
    response={200: JudgeProgressOut},
    summary="Ask again for what failed",
)
def retry(request: HttpRequest, judge_id: ObjectId) -> dict[str, Any]:
    """Ask again for every failed judgement of the latest judge."""
    found, actor = _judge_run(request, judge_id), signed_in_user(request)
    return _after(
        found, lambda: judging.retry_failed_judgements(judge_run_id=found.pk, actor=actor)
    )


def _after(judge_run: JudgeRun, action: Callable[[], object]) -> dict[str, Any]:
    """Do an action on a judge, send what is due, and return the judge as it is then."""
    action()
    JUDGEMENTS.send_due()
    judge_run.refresh_from_db()
    return progress_as_json(judge_run)


@router.get(
    "/judges/{judge_id}/replies",
    operation_id="evaluation_api_judges_replies",
    response={200: RepliesOut},
    summary="What a judge replied, by example",
)
def replies(
    request: HttpRequest,
    judge_id: ObjectId,
    show: ExampleKind = ExampleKind.ALL,
    intent: Annotated[str, Query(max_length=100)] = "",
    cursor: Position | None = None,
    limit: Limit = PAGE_SIZE,
) -> dict[str, Any]:
    """Return examples with both replies; 403 for a lead who votes in the run until it is closed."""
    found = _judge_run(request, judge_id)
    require_replies(signed_in_user(request), found.run)
    rows = judged_examples(found, show, intent=intent).filter(position__gt=cursor or 0)
    shown, following = rows_and_next(rows, limit=limit, by="position")
    page = with_judgements(found, shown)
    return {"items": [example_as_json(example) for example in page], "next": following}
