"""The life of a run after it was set up: open, pause, withdraw, close, reveal."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from evaluation.gates import GateSettings, settings_errors
from evaluation.gates.hygiene import MIN_SHARED_EXAMPLES
from evaluation.registry.models import Endpoint
from evaluation.runs.actions.run_setup import lock_run, record
from evaluation.runs.answer_review import answers_to_review
from evaluation.runs.errors import RunCannotOpen
from evaluation.runs.lifecycle import RunAction, RunState, next_run_state
from evaluation.runs.models import Answer, Comparison, EvaluationRun, RunEvent
from evaluation.runs.repeats import run_number
from evaluation.runs.serving_order import overlap_set
from evaluation.runs.titles import leaked_model_name
from reviewapp.core.errors import InvalidInput, InvalidTransition
from reviewapp.core.texts import render
from reviewapp.people.models import User
from reviewapp.people.permissions import require_lead


def opening_errors(run: EvaluationRun) -> list[str]:
    """Say why this run could never pass or never be finished; empty when it can.

    Counts the comparisons that would be served, whether their answers exist yet or not.
    """
    sizes = intent_sizes(run)
    settings = _settings_for(run, sizes).for_run(run_number(run))
    found = [
        render(one)
        for one in settings_errors(settings, sizes, votes_per_example=run.votes_per_example)
    ]
    if word := leaked_model_name(run.title, [run.candidate.name, run.baseline.name]):
        found.append(
            f"Reviewers see the title “{run.title}”, and “{word}” in it tells them what they are "
            "not to know. Change the title."
        )
    overlap = run.overlap_votes if run.overlap_percent else run.votes_per_example
    needed = max(overlap, settings.hygiene.min_raters)
    raters = run.raters.filter(removed_at__isnull=True).count()
    if raters < needed:
        found.append(
            f"The run has {raters} of the {needed} reviewers it needs: an example closes with the "
            f"votes of up to {overlap} different people, and the gates ask for at least "
            f"{settings.hygiene.min_raters}. Add reviewers, or ask for fewer votes."
        )
    return found


def intent_sizes(run: EvaluationRun) -> dict[str, int]:
    """Return how many comparisons to serve each row of the run's intents has, by name."""
    served = run.comparisons.exclude(state=Comparison.State.WITHDRAWN)
    rows = served.order_by().values_list("intent__name").annotate(examples=Count("pk"))
    return dict(rows)


def _settings_for(run: EvaluationRun, sizes: dict[str, int]) -> GateSettings:
    """Return the run's settings without intents of which every comparison was withdrawn."""
    stored = dict(run.gate_settings)
    stored["watch_only"] = [one for one in stored.get("watch_only", []) if one in sizes]
    thresholds = stored.get("intent_thresholds", {})
    stored["intent_thresholds"] = {k: v for k, v in thresholds.items() if k in sizes}
    return GateSettings.from_json(stored)


@transaction.atomic
def open_voting(*, run_id: int, actor: User | None) -> EvaluationRun:
    """Open the run for votes and freeze what decides; draw the overlap set.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidTransition: the run is not generating answers.
        RunCannotOpen: answers are missing, or the run could never pass (statistics.md section 4).
    """
    run = lock_run(run_id)
    require_lead(actor, run.project)
    after = next_run_state(RunState(run.state), RunAction.OPEN_VOTING)
    if problems := [*_missing_answers(run), *opening_errors(run)]:
        raise RunCannotOpen(problems)
    settings = _settings_for(run, intent_sizes(run)).for_run(run_number(run))
    run.gate_settings = replace(settings, is_tuned=True).as_json()
    overlap = _draw_overlap(run, settings)
    reviewed = [one.as_json() for one in answers_to_review(run)]
    move(run, after, "opened_at")
    run.save(update_fields=["gate_settings"])
    detail = {"gates": run.gate_settings, "overlap": overlap, "order_seed": run.order_seed}
    if reviewed:
        detail["opened_with"] = reviewed
    record_move(run, RunAction.OPEN_VOTING, actor, before=RunState.GENERATING, detail=detail)
    return run


def _missing_answers(run: EvaluationRun) -> list[str]:
    done = Count("answers", filter=Q(answers__state=Answer.State.DONE))
    served = run.comparisons.filter(state=Comparison.State.OPEN).annotate(done=done)
    missing = served.filter(done__lt=2).count()
    if not missing:
        return []
    return [
        f"{missing} comparisons lack an answer. Retry what failed, or go on without the failed."
    ]


def _draw_overlap(run: EvaluationRun, settings: GateSettings) -> int:
    """Set how many votes each comparison needs; return how many are in the overlap set.

    In a set that is large enough the overlap is never smaller than what agreement is judged on,
    since the run could not pass otherwise.
    """
    judged_on = MIN_SHARED_EXAMPLES if settings.hygiene.asks_for_agreement else 0
    served = run.comparisons.filter(state=Comparison.State.OPEN)
    served.update(votes_needed=run.votes_per_example)
    keys = list(served.order_by("position").values_list("position", flat=True))
    percent, seed = run.overlap_percent, run.order_seed
    drawn = overlap_set(keys, percent=percent, seed=seed, at_least=judged_on)
    served.filter(position__in=drawn).update(votes_needed=run.overlap_votes)
    return len(drawn)


def move(run: EvaluationRun, state: RunState, when: str, *, at: datetime | None = None) -> None:
    """Store the new state of a locked run, with the time of the move in the column `when`."""
    run.state, run.paused = state, False
    setattr(run, when, at or timezone.now())
    run.save(update_fields=["state", "paused", when])


def record_move(
    run: EvaluationRun,
    action: RunAction,
    actor: User | None,
    *,
    before: str,
    reason: str = "",
    detail: dict[str, object] | None = None,
) -> None:
    RunEvent.objects.create(
        project=run.project,
        run=run,
        actor=actor,
        action=action,
        before=before,
        after=run.state,
        reason=reason,
        detail=detail or {},
    )


@transaction.atomic
def pause_run(*, run_id: int, actor: User | None, reason: str = "") -> EvaluationRun:
    """Stop asking for answers, or handing out comparisons, until `resume_run`.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidTransition: there is nothing to pause.
    """
    return _set_paused(run_id, RunAction.PAUSE, actor, reason)


@transaction.atomic
def resume_run(*, run_id: int, actor: User | None) -> EvaluationRun:
    """Go on after a pause or a stop; what kept the run's endpoints from being asked is forgotten.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidTransition: the run is neither generating nor voting.
    """
    run = _set_paused(run_id, RunAction.RESUME, actor, "")
    models = [run.candidate_id, run.baseline_id]
    held_up = Endpoint.objects.filter(model_versions__in=models).exclude(
        blocked_reason="", wait_until=None, waiting_since=None
    )
    ids = list(held_up.values_list("pk", flat=True).distinct())
    if Endpoint.objects.filter(pk__in=ids).update(
        blocked_reason="", wait_until=None, waiting_since=None
    ):
        record(run, "unblock_endpoints", actor)
    return run


def _set_paused(run_id: int, action: RunAction, actor: User | None, reason: str) -> EvaluationRun:
    run = lock_run(run_id)
    require_lead(actor, run.project)
    next_run_state(RunState(run.state), action)
    paused = action is RunAction.PAUSE
    if run.paused != paused:
        run.paused = paused
        run.save(update_fields=["paused"])
        record(run, action, actor, reason=reason)
    return run


@transaction.atomic
def withdraw_comparison(*, comparison_id: int, actor: User | None, reason: str) -> Comparison:
    """Take a comparison out of the run before anybody saw it.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidInput: no reason is given.
        InvalidTransition: it was served already, or the run is closed.
    """
    run = lock_run(Comparison.objects.values_list("run_id", flat=True).get(pk=comparison_id))
    require_lead(actor, run.project)
    next_run_state(RunState(run.state), RunAction.WITHDRAW_COMPARISON)
    if not reason.strip():
        raise InvalidInput("Say why the comparison is taken out.")
    comparison = Comparison.objects.select_for_update().get(pk=comparison_id)
    if comparison.first_served_at is not None or comparison.state != Comparison.State.OPEN:
        raise InvalidTransition(
            "Somebody has seen this comparison already, so it stays in the run: taking out what "
            "was seen would bend the win rate."
        )
    withdraw_comparisons(run, [comparison.pk], actor=actor, reason=reason)
    comparison.refresh_from_db()
    return comparison


def withdraw_comparisons(
    run: EvaluationRun, comparison_ids: Sequence[int], *, actor: User | None, reason: str
) -> int:
    """Withdraw these comparisons of a locked run, those that were not served; return how many."""
    open_ones = run.comparisons.select_for_update().filter(
        pk__in=comparison_ids, state=Comparison.State.OPEN, first_served_at__isnull=True
    )
    positions = sorted(open_ones.values_list("position", flat=True))
    run.comparisons.filter(position__in=positions).update(state=Comparison.State.WITHDRAWN)
    record(
        run,
        RunAction.WITHDRAW_COMPARISON,
        actor,
        reason=reason,
        detail={"positions": positions},
    )
    return len(positions)
