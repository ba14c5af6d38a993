"""Changes of a judge run: start, stop, resume, cancel, retry what failed, finish."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Prefetch
from django.utils import timezone

from evaluation.judge.actions.rubrics import latest_rubric
from evaluation.judge.forecast import Forecast, forecast_of
from evaluation.judge.models import (
    JUDGED_STATES,
    Judgement,
    JudgeRun,
    JudgeState,
    Rubric,
    usd_for,
)
from evaluation.judge.requests import JudgedPair, token_counts
from evaluation.judge.rubric_text import DEFAULT_TEXT
from evaluation.judge.terms import Caps, JudgeSampling
from evaluation.providers import kinds
from evaluation.registry.actions.calls import lock_endpoint
from evaluation.registry.models import ModelVersion
from evaluation.runs.actions.run_setup import lock_run, record
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import Answer, Comparison, EvaluationRun
from evaluation.stats.verdicts import Contender
from reviewapp.core.errors import InvalidInput, InvalidTransition
from reviewapp.core.messages import Message, message
from reviewapp.jobs.actions import cancel_waiting_jobs, restart_jobs
from reviewapp.people.models import User
from reviewapp.people.permissions import require_lead

ROWS_AT_ONCE = 500


@dataclass(frozen=True)
class JudgePlan:
    """Which model judges a run, by which rubric, and at which cost it stops.

    Attributes:
        model_id: of a registered model that can be asked.
        rubric_id: None for the latest version.
        sampling: settings of all its calls.
        caps: where it stops.
    """

    model_id: int
    rubric_id: int | None = None
    sampling: JudgeSampling = field(default_factory=JudgeSampling)
    caps: Caps = field(default_factory=Caps)


def judging_denied_reason(run: EvaluationRun) -> Message | None:
    """Return why no judge can be asked about a run in its present state; None if one can.

    A closed run can be judged too: the verdicts depend on the answers, never on the votes.
    """
    answers = Answer.objects.filter(run=run)
    if run.state == RunState.DRAFT or answers.pending().exists():
        return message("judge.answers_first")
    return None


@transaction.atomic
def start_judging(*, run_id: int, plan: JudgePlan, actor: User | None) -> JudgeRun:
    """Ask a model about every comparison of a run, in both orders.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidTransition: answers are missing, or another judge is at work.
        InvalidInput: the model cannot be asked, or a cap has no price to compare with.
    """
    run = lock_run(run_id)
    require_lead(actor, run.project)
    if denied := judging_denied_reason(run):
        raise InvalidTransition(denied)
    if any(judge_run.is_active for judge_run in run.judge_runs.all()):
        raise InvalidTransition(message("judge.one_at_a_time"))
    model = _model(run, plan.model_id)
    check_caps(model, plan.caps)
    rubric = _chosen_rubric(run, plan) or latest_rubric(run.project, actor)
    tokens = dict(token_counts(rubric.text, pairs_of(run), model))
    forecast = _forecast(model, tokens, plan)
    made = JudgeRun.objects.create(
        run=run,
        model_version=model,
        rubric=rubric,
        sampling=plan.sampling.as_json(),
        usd_cap=plan.caps.usd,
        token_cap=plan.caps.tokens,
        expected_tokens=forecast.tokens,
        expected_usd=forecast.usd,
        started_by=actor,
    )
    rows = (
        Judgement(judge_run=made, comparison_id=pk, first=first.value, expected_tokens=count)
        for pk, count in tokens.items()
        for first in Contender
    )
    Judgement.objects.bulk_create(rows, batch_size=ROWS_AT_ONCE)
    _record(made, "start_judge", actor, detail=_started(made, forecast))
    return made


def forecast_judging(run: EvaluationRun, plan: JudgePlan) -> tuple[Forecast, ModelVersion]:
    """Return what a judge would cost at most, and the model that is meant. Writes nothing.

    Raises:
        InvalidTransition: no comparison can be judged.
        InvalidInput: the model cannot be asked, or a cap has no price to compare with.
    """
    model = _model(run, plan.model_id)
    check_caps(model, plan.caps)
    rubric = _chosen_rubric(run, plan) or Rubric.objects.filter(project=run.project).first()
    text = rubric.text if rubric else DEFAULT_TEXT
    return _forecast(model, dict(token_counts(text, pairs_of(run), model)), plan), model


def _forecast(model: ModelVersion, tokens: Mapping[int, int], plan: JudgePlan) -> Forecast:
    if not tokens:
        raise InvalidTransition(message("judge.nothing_to_judge"))
    return forecast_of(model, list(tokens.values()), plan.sampling)


def _chosen_rubric(run: EvaluationRun, plan: JudgePlan) -> Rubric | None:
    """Return the version that the plan names; None for the latest."""
    if plan.rubric_id is None:
        return None
    return Rubric.objects.get(pk=plan.rubric_id, project=run.project)


def _model(run: EvaluationRun, model_id: int) -> ModelVersion:
    model = ModelVersion.objects.filter(pk=model_id, project=run.project).first()
    if model is None:
        raise InvalidInput(message("judge.unknown_model"), field="model_id")
    if model.endpoint_id is None:
        raise InvalidInput(kinds.not_askable(model.provider, model.name), field="model_id")
    return model


def check_caps(model: ModelVersion, caps: Caps) -> None:
    """Check that the caps can be kept.

    Raises:
        InvalidInput: a cap is not positive, or there are no prices for a cap in US dollars.
    """
    if (caps.usd is not None and caps.usd <= 0) or (caps.tokens is not None and caps.tokens <= 0):
        raise InvalidInput(message("judge.cap_positive"), field="cap")
    if caps.usd is not None and usd_for(model, 1, 1) is None:
        raise InvalidInput(message("judge.no_prices", name=model.name), field="cap")


def pairs_of(run: EvaluationRun) -> Iterator[JudgedPair]:
    """Yield the comparisons of a run that a judge is asked about, in served order."""
    states = [state.value for state in JUDGED_STATES]
    comparisons = (
        Comparison.objects.filter(run=run, state__in=states, erased_at__isnull=True)
        .prefetch_related(
            Prefetch(
                "answers",
                queryset=Answer.objects.filter(state=Answer.State.DONE).only(
                    "comparison", "model_version", "text"
                ),
            )
        )
        .order_by("position")
    )
    for comparison in comparisons.iterator(chunk_size=ROWS_AT_ONCE):
        texts = {answer.model_version_id: answer.text for answer in comparison.answers.all()}
        if {run.candidate_id, run.baseline_id} <= texts.keys():
            yield JudgedPair(comparison, texts[run.candidate_id], texts[run.baseline_id])


def _started(judge_run: JudgeRun, forecast: Forecast) -> dict[str, object]:
    return {
        "model": judge_run.model_version.name,
        "rubric": judge_run.rubric.number,
        "digest": judge_run.rubric.digest,
        "calls": forecast.calls,
        "expected_tokens": forecast.tokens,
        "expected_usd": None if forecast.usd is None else float(forecast.usd),
    } | _caps(judge_run)


def _caps(judge_run: JudgeRun) -> dict[str, object]:
    usd = None if judge_run.usd_cap is None else float(judge_run.usd_cap)
    return {"usd_cap": usd, "token_cap": judge_run.token_cap}


@transaction.atomic
def stop_judging(*, judge_run_id: int, code: str, reason: Message) -> None:
    """Stop a judge run that asks, until a lead resumes it; its caps or its service require it."""
    judge_run = lock_judge_run(judge_run_id)
    if judge_run.state != JudgeState.RUNNING:
        return
    _move(judge_run, JudgeState.STOPPED, stop_code=code[:80], stop_reason=reason)
    detail = {"code": code, "reason": reason.as_json()}
    _record(judge_run, "stop_judge", None, detail=detail)


@transaction.atomic
def resume_judging(*, judge_run_id: int, caps: Caps, actor: User | None) -> JudgeRun:
    """Continue a stopped judge run with these caps; its endpoint is no longer blocked.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidTransition: it is not stopped.
        InvalidInput: a cap cannot be kept.
    """
    # The endpoint first, as a claim locks them.
    asked = JudgeRun.objects.select_related("model_version").get(pk=judge_run_id)
    endpoint = lock_endpoint(asked.model_version.endpoint_id or 0)
    judge_run = lock_judge_run(judge_run_id)
    require_lead(actor, judge_run.run.project)
    if judge_run.state != JudgeState.STOPPED:
        raise InvalidTransition(message("judge.not_stopped"))
    check_caps(judge_run.model_version, caps)
    judge_run.usd_cap, judge_run.token_cap = caps.usd, caps.tokens
    judge_run.save(update_fields=["usd_cap", "token_cap"])
    _move(judge_run, JudgeState.RUNNING, stop_code="", stop_reason=None)
    endpoint.blocked_reason = endpoint.wait_until = endpoint.waiting_since = None
    endpoint.save(update_fields=["blocked_reason", "wait_until", "waiting_since"])
    _record(judge_run, "resume_judge", actor, detail=_caps(judge_run))
    return judge_run


@transaction.atomic
def cancel_judging(*, judge_run_id: int, actor: User | None) -> JudgeRun:
    """End a judge run for good; verdicts that it has are kept, and no figure uses them.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidTransition: it has ended already.
    """
    judge_run = lock_judge_run(judge_run_id)
    require_lead(actor, judge_run.run.project)
    if not judge_run.is_active:
        raise InvalidTransition(message("judge.has_ended"))
    cancelled = cancel_waiting_jobs(judge_run.judgements.all())
    _move(judge_run, JudgeState.CANCELLED, finished_at=timezone.now())
    _record(judge_run, "cancel_judge", actor, detail={"judgements": cancelled})
    return judge_run


@transaction.atomic
def retry_failed_judgements(*, judge_run_id: int, actor: User | None) -> int:
    """Ask again for every failed judgement of the latest judge run; return how many.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidTransition: it was cancelled, or a newer judge was asked since.
    """
    judge_run = lock_judge_run(judge_run_id)
    require_lead(actor, judge_run.run.project)
    if not may_retry(judge_run):
        raise InvalidTransition(message("judge.has_ended"))
    count = restart_jobs(judge_run.judgements.failed(), invalid_replies=0)
    if count and judge_run.state == JudgeState.DONE:
        _move(judge_run, JudgeState.RUNNING, finished_at=None)
    _record(judge_run, "retry_judge", actor, detail={"judgements": count})
    return count


def may_retry(judge_run: JudgeRun) -> bool:
    """Return whether failed judgements can be asked for again: of the latest judge of the run."""
    newer = JudgeRun.objects.filter(run=judge_run.run_id, pk__gt=judge_run.pk)
    return judge_run.state != JudgeState.CANCELLED and not newer.exists()


@transaction.atomic
def finish_judging(*, judge_run_id: int) -> bool:
    """End a judge run that has asked everything; return whether it has."""
    judge_run = lock_judge_run(judge_run_id)
    if judge_run.state != JudgeState.RUNNING or judge_run.judgements.pending().exists():
        return False
    _move(judge_run, JudgeState.DONE, finished_at=timezone.now())
    failed = judge_run.judgements.failed().count()
    detail = {"failed": failed, "spent_tokens": judge_run.spent_tokens}
    _record(judge_run, "finish_judge", None, detail=detail)
    return True


def running_judge_runs() -> list[int]:
    """Return the ids of the judge runs that ask, oldest first."""
    found = JudgeRun.objects.filter(state=JudgeState.RUNNING).order_by("pk")
    return list(found.values_list("pk", flat=True))


def lock_judge_run(judge_run_id: int) -> JudgeRun:
    """Lock a judge run until the transaction ends; before any of its judgements is locked."""
    return (
        JudgeRun.objects.select_for_update(of=("self",), no_key=True)
        .select_related("run__project", "model_version", "rubric")
        .get(pk=judge_run_id)
    )


def _move(judge_run: JudgeRun, state: JudgeState, **columns: object) -> None:
    judge_run.state = state
    for name, value in columns.items():
        setattr(judge_run, name, value)
    judge_run.save(update_fields=["state", *columns])


def _record(
    judge_run: JudgeRun, action: str, actor: User | None, *, detail: Mapping[str, object]
) -> None:
    record(judge_run.run, action, actor, detail={"judge": judge_run.pk, **detail})
