"""Changes of a run after its set-up: open, pause, resume, withdraw comparisons."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from random import Random

from django.db import transaction
from django.db.models import Count, Min, Q
from django.utils import timezone

from evaluation.gates import GateSettings, settings_errors
from evaluation.registry.models import Endpoint
from evaluation.runs.actions.identical import close_identical
from evaluation.runs.actions.retired_splits import retired_split_error
from evaluation.runs.actions.run_setup import lock_run, record
from evaluation.runs.answer_review import answers_to_review
from evaluation.runs.errors import RunCannotOpen
from evaluation.runs.gold import usable_checks
from evaluation.runs.lifecycle import RunAction, RunState, next_run_state
from evaluation.runs.models import Answer, Comparison, EvaluationRun, RunEvent, RunGoldCheck
from evaluation.runs.reading import short_languages
from evaluation.runs.repeats import run_number
from evaluation.runs.serving_order import min_shared, overlap_set
from evaluation.runs.titles import leaked_model_name
from evaluation.runs.trained_matches import undecided_matches
from reviewapp.core.messages import Message, message
from reviewapp.people.models import User
from reviewapp.people.permissions import require_lead


def opening_errors(run: EvaluationRun) -> list[Message]:
    """Return why this run could never pass or never be finished; empty if it can.

    Counts the comparisons that would be served, whether their answers exist yet or not.
    """
    sizes = intent_sizes(run)
    settings = _settings_for(run, sizes).for_run(run_number(run))
    errors = settings_errors(settings, sizes, votes_per_example=run.votes_per_example)
    if name := leaked_model_name(run.title, [run.candidate.name, run.baseline.name]):
        errors.append(message("runs.title_names_model", title=run.title, name=name))
    overlap = run.overlap_votes if run.overlap_percent else run.votes_per_example
    needed = max(overlap, settings.hygiene.min_raters)
    raters = run.raters.filter(removed_at__isnull=True).count()
    if raters < needed:
        reason = message(
            "runs.too_few_reviewers",
            reviewers=raters,
            needed=needed,
            votes=overlap,
            min_raters=settings.hygiene.min_raters,
        )
        errors.append(reason)
    # It may have been retired while the run was being set up.
    if retired := retired_split_error(run.dataset_version_id, run.split):
        errors.append(retired)
    return errors + _too_few_gold_checks(run) + undecided_matches(run)


def _too_few_gold_checks(run: EvaluationRun) -> list[Message]:
    """Return an error if the training round and one check to mix in need more than there are."""
    needed = run.training_examples + bool(run.gold_percent)
    found = usable_checks(run).count() if needed else 0
    if found >= needed:
        return []
    return [message("runs.too_few_gold_checks", needed=needed, found=found)]


def draw_gold_checks(run: EvaluationRun) -> int:
    """Store the gold checks of a run, drawn by its seed; return how many are mixed in.

    Those of the training round are never mixed in: their agreed answers were read.
    """
    if not run.gold_percent and not run.training_examples:
        return 0
    checks = list(usable_checks(run))
    Random(run.order_seed).shuffle(checks)  # noqa: S311 - drawn again from the stored seed.
    rows = [
        RunGoldCheck(run=run, gold_check=check, is_training=number < run.training_examples)
        for number, check in enumerate(checks)
        if number < run.training_examples or run.gold_percent
    ]
    RunGoldCheck.objects.bulk_create(rows)
    return sum(not row.is_training for row in rows)


def intent_sizes(run: EvaluationRun) -> dict[str, int]:
    """Return how many comparisons each row of the run's intents serves, by name."""
    served = run.comparisons.exclude(state=Comparison.State.WITHDRAWN)
    rows = served.order_by().values_list("intent__name").annotate(examples=Count("pk"))
    return dict(rows)


def _settings_for(run: EvaluationRun, sizes: dict[str, int]) -> GateSettings:
    """Return the run's settings without intents whose comparisons were all withdrawn."""
    stored = dict(run.gate_settings)
    stored["watch_only"] = [name for name in stored.get("watch_only", []) if name in sizes]
    thresholds = stored.get("intent_thresholds", {})
    stored["intent_thresholds"] = {k: v for k, v in thresholds.items() if k in sizes}
    return GateSettings.from_json(stored)


@transaction.atomic
def open_voting(*, run_id: int, actor: User | None) -> EvaluationRun:
    """Open the run for votes, freeze its terms and draw the overlap set.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidTransition: the run has no answers yet, or is open or closed.
        RunCannotOpen: answers are missing, or the run could never pass (docs/runs.md).
    """
    run = lock_run(run_id)
    require_lead(actor, run.project)
    before = RunState(run.state)
    after = next_run_state(before, RunAction.OPEN_VOTING, has_answers=run.has_answers)
    if reasons := [*_missing_answers(run), *opening_errors(run)]:
        raise RunCannotOpen(reasons)
    settings = _settings_for(run, intent_sizes(run)).for_run(run_number(run))
    # Votes that follow the order of a file are imported, so nobody votes until a decision here.
    run.gate_settings = replace(settings, is_tuned=not run.order_from_file).as_json()
    identical = close_identical(run)
    overlap = _draw_overlap(run, settings)
    gold = draw_gold_checks(run)
    reviewed = [model.as_json() for model in answers_to_review(run)]
    move(run, after, "opened_at")
    run.save(update_fields=["gate_settings"])
    detail = {"gates": run.gate_settings, "overlap": overlap, "order_seed": run.order_seed}
    if gold or run.training_examples:
        detail["gold_checks"] = {
            "percent": run.gold_percent,
            "mixed_in": gold,
            "training": run.training_examples,
        }
    if identical:
        detail["identical"] = identical
    if reviewed:
        detail["opened_with"] = reviewed
    if short := short_languages(run):
        detail["too_few_readers"] = [asdict(language) for language in short]
    record_move(run, RunAction.OPEN_VOTING, actor, before=before, detail=detail)
    return run


def _missing_answers(run: EvaluationRun) -> list[Message]:
    done = Count("answers", filter=Q(answers__state=Answer.State.DONE))
    served = run.comparisons.filter(state=Comparison.State.OPEN).annotate(done=done)
    missing = served.filter(done__lt=2).count()
    return [message("runs.answers_missing", n=missing)] if missing else []


def _draw_overlap(run: EvaluationRun, settings: GateSettings) -> int:
    """Set how many votes each comparison needs; return how many are in the overlap set."""
    served = run.comparisons.filter(state=Comparison.State.OPEN)
    if named := _named_overlap(run):
        served.exclude(position__in=named).update(votes_needed=run.votes_per_example)
        served.filter(position__in=named).update(votes_needed=run.overlap_votes)
        return len(named)
    served.update(votes_needed=run.votes_per_example)
    keys = list(served.order_by("position").values_list("position", flat=True))
    percent, seed = run.overlap_percent, run.order_seed
    drawn = overlap_set(keys, percent=percent, seed=seed, at_least=min_shared(settings))
    served.filter(position__in=drawn).update(votes_needed=run.overlap_votes)
    return len(drawn)


def _named_overlap(run: EvaluationRun) -> list[int]:
    """Return the positions of the overlap set that the file of the answers named, if it did."""
    if not run.has_answers:
        return []
    served = run.comparisons.filter(state=Comparison.State.OPEN)
    fewest = served.aggregate(votes=Min("votes_needed"))["votes"] or 0
    return list(served.filter(votes_needed__gt=fewest).values_list("position", flat=True))


def move(run: EvaluationRun, state: RunState, when: str, *, at: datetime | None = None) -> None:
    """Store the new state of a locked run, with the time of the change in the column `when`."""
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
    """Stop requesting answers, or serving comparisons, until `resume_run`.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidTransition: the run is neither generating nor voting.
    """
    return _set_paused(run_id, RunAction.PAUSE, actor, reason)


@transaction.atomic
def resume_run(*, run_id: int, actor: User | None) -> EvaluationRun:
    """Continue after a pause or a stop; the run's endpoints are no longer blocked or waiting.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidTransition: the run is neither generating nor voting.
    """
    run = _set_paused(run_id, RunAction.RESUME, actor, "")
    models = [run.candidate_id, run.baseline_id]
    blocked = Endpoint.objects.filter(model_versions__in=models).exclude(
        blocked_reason__isnull=True, wait_until=None, waiting_since=None
    )
    ids = list(blocked.values_list("pk", flat=True).distinct())
    if Endpoint.objects.filter(pk__in=ids).update(
        blocked_reason=None, wait_until=None, waiting_since=None
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


def withdraw_comparisons(
    run: EvaluationRun,
    comparison_ids: Sequence[int],
    *,
    actor: User | None,
    reason: str,
    action: RunAction = RunAction.WITHDRAW_COMPARISON,
    detail: Mapping[str, object] | None = None,
) -> int:
    """Withdraw those of these comparisons of a locked run that were not served; return how many.

    What a reviewer has seen stays in the run: taking it out would distort the win rate.
    """
    unserved = run.comparisons.select_for_update().filter(
        pk__in=comparison_ids, state=Comparison.State.OPEN, first_served_at__isnull=True
    )
    positions = sorted(unserved.values_list("position", flat=True))
    run.comparisons.filter(position__in=positions).update(state=Comparison.State.WITHDRAWN)
    whole = {"positions": positions, **(detail or {})}
    record(run, action, actor, reason=reason, detail=whole)
    return len(positions)
