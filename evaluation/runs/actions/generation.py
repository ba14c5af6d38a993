"""Generation of all answers of a run: start, retry the failed, continue without them, finish."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Q, Sum
from django.utils.translation import gettext

from evaluation.runs.actions.run_setup import lock_run, record
from evaluation.runs.actions.runs import open_voting, opening_errors, withdraw_comparisons
from evaluation.runs.answer_review import needs_decision
from evaluation.runs.errors import RunCannotOpen
from evaluation.runs.file_answers import is_from_file
from evaluation.runs.lifecycle import RunAction, RunState, next_run_state
from evaluation.runs.models import Answer, Comparison, EvaluationRun, RunEvent
from evaluation.runs.prompt_sets import ROWS_AT_ONCE
from evaluation.runs.stored_answers import copies_of, reused_in
from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import Message, message
from reviewapp.jobs.actions import restart_jobs
from reviewapp.people.models import User
from reviewapp.people.permissions import require_lead

# Of providers' batch endpoints.
BATCH_PRICE_FACTOR = 0.5


@dataclass(frozen=True)
class AnswerProgress:
    """The number of answers of a run by state, without those of withdrawn comparisons.

    `cost_usd` is of those that were generated for this run, not of the reused ones.
    """

    total: int
    done: int
    failed: int
    running: int
    cost_usd: float
    reused: int = 0

    @property
    def pending(self) -> int:
        """Answers that no worker requests at the moment."""
        return self.total - self.done - self.failed - self.running

    @property
    def finished(self) -> int:
        """Answers that are done or have failed."""
        return self.done + self.failed

    @property
    def percent(self) -> int:
        """Finished answers in percent, rounded down; 0 without any."""
        return self.finished * 100 // self.total if self.total else 0


def answer_progress(run: EvaluationRun) -> AnswerProgress:
    """Return the number of answers of a run by state."""
    state = Answer.State
    counted = (
        Answer.objects.filter(run=run)
        .exclude(comparison__state=Comparison.State.WITHDRAWN)
        .aggregate(
            total=Count("pk"),
            done=Count("pk", filter=Q(state=state.DONE)),
            failed=Count("pk", filter=Q(state=state.FAILED)),
            running=Count("pk", filter=Q(state=state.RUNNING)),
            by_batch_usd=Sum("cost_usd", filter=Q(reused_from=None, batch__isnull=False)),
            cost_usd=Sum("cost_usd", filter=Q(reused_from=None)),
            reused=Count("reused_from"),
        )
    )
    discount = float(counted.pop("by_batch_usd") or 0) * (1 - BATCH_PRICE_FACTOR)
    cost_usd = float(counted["cost_usd"] or 0) - discount
    return AnswerProgress(**counted | {"cost_usd": cost_usd})


@transaction.atomic
def start_generation(
    *, run_id: int, actor: User | None, reuse_answers: bool = False
) -> EvaluationRun:
    """Request the answers of both models, except for a run that could never pass.

    Args:
        run_id: the run, in state draft.
        actor: a lead of the project.
        reuse_answers: take stored answers to the same requests instead of generating new ones.
            Of a model whose answers came from a file there are no others, so they are taken.
    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidTransition: it was started already.
        RunCannotOpen: the run could never pass or be finished (docs/runs.md).
    """
    run = lock_run(run_id)
    require_lead(actor, run.project)
    state = RunState(run.state)
    after = next_run_state(state, RunAction.START_GENERATION, has_answers=run.has_answers)
    if reasons := opening_errors(run):
        raise RunCannotOpen(reasons)
    served = run.comparisons.filter(state=Comparison.State.OPEN).order_by("position")
    models = (run.baseline, run.candidate)
    stored = {
        model.pk: copies_of(run, model) if reuse_answers or is_from_file(model) else {}
        for model in models
    }
    from_file = {model.pk: stored[model.pk] for model in filter(is_from_file, models)}
    _withdraw_unanswerable(run, from_file, actor)
    # In one order, so that nothing shows which answers were there already.
    answers = [
        stored[model_id].get(comparison_id)
        or Answer(run=run, comparison_id=comparison_id, model_version_id=model_id)
        for comparison_id in served.values_list("pk", flat=True)
        for model_id in stored
    ]
    Answer.objects.bulk_create(answers, batch_size=ROWS_AT_ONCE)
    detail: dict[str, object] = {"answers": len(answers)}
    if sources := reused_in(run):
        detail["reused"] = sum(source.answers for source in sources)
        detail["reused_from"] = {str(source.run_id): source.answers for source in sources}
    record(run, RunAction.START_GENERATION, actor, after=after, detail=detail)
    run.state = after
    run.save(update_fields=["state"])
    return run


def _withdraw_unanswerable(
    run: EvaluationRun, stored: Mapping[int, Mapping[int, Answer]], actor: User | None
) -> None:
    """Withdraw the comparisons whose answer from a file was erased since the run was set up."""
    served = run.comparisons.filter(state=Comparison.State.OPEN)
    ids = set(served.values_list("pk", flat=True))
    missing = {pk for found in stored.values() for pk in ids - set(found)}
    if not missing:
        return
    withdraw_comparisons(run, sorted(missing), actor=actor, reason="")
    if reasons := opening_errors(run):
        raise RunCannotOpen(reasons)


@transaction.atomic
def retry_failed(*, run_id: int, actor: User | None) -> int:
    """Request every failed answer again; return how many.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidTransition: the run does not generate answers.
    """
    run = lock_run(run_id)
    require_lead(actor, run.project)
    next_run_state(RunState(run.state), RunAction.RETRY_FAILED)
    count = restart_jobs(run.answers.failed(), batch=None)
    record(run, RunAction.RETRY_FAILED, actor, detail={"answers": count})
    return count


@transaction.atomic
def continue_without_failed(*, run_id: int, actor: User | None, reason: str) -> EvaluationRun:
    """Withdraw the comparisons that lack an answer, and open the run with the others.

    The run stays closed while some answers are cut or hold marks, until a lead has reviewed them. A
    model that fails on some prompts is compared only on the rest, so the reason is recorded.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidTransition: the run does not generate answers.
        InvalidInput: no reason is given, or some answers are pending.
        RunCannotOpen: with the others alone the run could never pass.
    """
    run = lock_run(run_id)
    require_lead(actor, run.project)
    next_run_state(RunState(run.state), RunAction.CONTINUE_WITHOUT_FAILED)
    if not reason.strip():
        raise InvalidInput(gettext("Give a reason why the run continues without these answers."))
    if run.answers.pending().exists():
        raise InvalidInput(message("runs.answers_pending"))
    failed = run.answers.failed().values_list("comparison_id", flat=True).distinct()
    withdraw_comparisons(run, list(failed), actor=actor, reason=reason)
    if needs_decision(run):
        return run
    return open_voting(run_id=run_id, actor=actor)


def finish_generation(*, run_id: int) -> EvaluationRun | None:
    """Open the run if all its answers are done; return None if it is not ready or paused.

    A run with answers that are cut or hold marks waits for a lead, who opens it.

    Raises:
        RunCannotOpen: all answers are done, but the terms of the run have to change first.
    """
    with transaction.atomic():
        run = lock_run(run_id)
        if run.state != RunState.GENERATING or run.paused:
            return None
        if run.answers.pending().exists() or run.answers.failed().exists():
            return None
        if needs_decision(run):
            return None
        return open_voting(run_id=run_id, actor=None)


def generating_runs() -> list[int]:
    """Return the ids of the runs that may have all their answers, oldest first."""
    runs = EvaluationRun.objects.filter(state=RunState.GENERATING, paused=False)
    return list(runs.order_by("pk").values_list("pk", flat=True))


def stop_reason(run: EvaluationRun) -> Message | str:
    """Return why a run is paused: a message if it stopped by itself, else a lead's reason.

    Empty if it is not paused, or no reason was given.
    """
    if not run.paused:
        return ""
    last = RunEvent.objects.filter(run=run, action=RunAction.PAUSE).first()
    if last is None or "reason" not in last.detail:
        return last.reason if last else ""
    return Message.from_json(last.detail["reason"])
