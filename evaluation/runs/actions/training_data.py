"""Withdraw or keep the prompts of a run that are like training data, before it opens."""

from django.db import transaction

from evaluation.runs.actions.run_setup import lock_run, record
from evaluation.runs.actions.runs import withdraw_comparisons
from evaluation.runs.lifecycle import RunAction, RunState, next_run_state
from evaluation.runs.models import Comparison, EvaluationRun
from evaluation.runs.trained_matches import kept_event, match_counts, matched_prompts, open_matches
from reviewapp.core.errors import InvalidInput, InvalidTransition
from reviewapp.core.messages import message
from reviewapp.people.models import User
from reviewapp.people.permissions import require_lead


@transaction.atomic
def withdraw_trained(*, run_id: int, actor: User | None) -> int:
    """Withdraw the prompts that are like training data before voting; return how many.

    Without such prompts nothing happens.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidTransition: the run is open for votes or closed.
        InvalidInput: no comparison would be left.
    """
    return withdraw_matched(_locked(run_id, actor, RunAction.WITHDRAW_TRAINED), actor)


def withdraw_matched(run: EvaluationRun, actor: User | None) -> int:
    """Withdraw these prompts of a locked or new run that nobody was served; return how many."""
    pks = sorted({*open_matches(run).values_list("comparison_id", flat=True)})
    if not pks:
        return 0
    if len(pks) == run.comparisons.filter(state=Comparison.State.OPEN).count():
        raise InvalidInput(message("runs.nothing_would_be_left"))
    detail = {"by_kind": match_counts(run)}
    action = RunAction.WITHDRAW_TRAINED
    return withdraw_comparisons(run, pks, actor=actor, reason="", action=action, detail=detail)


@transaction.atomic
def keep_trained(*, run_id: int, actor: User | None) -> int:
    """Record that the prompts that are like training data stay in the run; return how many.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidTransition: the run is open for votes or closed, or nothing is to be decided.
    """
    run = _locked(run_id, actor, RunAction.KEEP_TRAINED)
    kept = matched_prompts(run)
    if not kept or kept_event(run):
        raise InvalidTransition(message("runs.nothing_to_keep"))
    keep_matched(run, kept, actor)
    return kept


def keep_matched(run: EvaluationRun, prompts: int, actor: User | None) -> None:
    """Record that this number of prompts stays in a locked or new run."""
    detail = {"prompts": prompts, "by_kind": match_counts(run)}
    record(run, RunAction.KEEP_TRAINED, actor, detail=detail)


def _locked(run_id: int, actor: User | None, action: RunAction) -> EvaluationRun:
    run = lock_run(run_id)
    require_lead(actor, run.project)
    next_run_state(RunState(run.state), action, has_answers=run.has_answers)
    return run
