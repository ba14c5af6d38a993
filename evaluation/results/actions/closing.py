"""The end of a run: close it for good, then reveal to its reviewers which model was which."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from evaluation.results.actions import gates
from evaluation.runs.actions.run_setup import lock_run, record
from evaluation.runs.actions.runs import move, record_move
from evaluation.runs.lifecycle import RunAction, RunState, next_run_state
from evaluation.runs.models import EvaluationRun
from evaluation.voting.actions.settling import close_all_full
from evaluation.voting.models import Vote
from reviewapp.people.models import User
from reviewapp.people.permissions import require_lead


@transaction.atomic
def close_run(*, run_id: int, actor: User | None, reason: str = "") -> EvaluationRun:
    """End the run for good: from here on its votes, answers and gates cannot change.

    Waits for the votes that are being stored, and counts them, also those that could still be
    undone; later ones are refused.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidTransition: it is closed already.
    """
    # Voting holds the run's row shared, so this lock waits for votes under way (docs/voting.md).
    run = lock_run(run_id)
    require_lead(actor, run.project)
    before = run.state
    after = next_run_state(RunState(run.state), RunAction.CLOSE)
    if before == RunState.VOTING:
        close_all_full(run)
        gates.measure_gates(run_id=run.pk)
    move(run, after, "closed_at", at=_not_before_last_vote(run))
    record_move(run, RunAction.CLOSE, actor, before=before, reason=reason)
    return run


def _not_before_last_vote(run: EvaluationRun) -> datetime:
    """Return the time now, or that of the last vote if another server's clock is ahead."""
    now = timezone.now()
    cast_here = run.votes.filter(source__in=[Vote.Source.SCREEN, Vote.Source.API], at__gt=now)
    return cast_here.aggregate(last=Max("at"))["last"] or now


@transaction.atomic
def reveal_run(*, run_id: int, actor: User | None) -> EvaluationRun:
    """Show reviewers which model was which. Only once the run is closed; twice is the same as once.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidTransition: the run is not closed.
    """
    run = lock_run(run_id)
    require_lead(actor, run.project)
    next_run_state(RunState(run.state), RunAction.REVEAL)
    if run.revealed_at is None:
        run.revealed_at = timezone.now()
        run.save(update_fields=["revealed_at"])
        record(run, RunAction.REVEAL, actor)
    return run
