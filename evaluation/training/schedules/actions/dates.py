"""The dates of schedules: one row for each that is due, then freezing and preparing or starting."""

from datetime import datetime
from itertools import islice

from django.db import transaction
from django.utils import timezone

from evaluation.training.actions.starting import (
    Prepared,
    budget_denied_reason,
    prepare_training,
    start_training,
)
from evaluation.training.models import TrainingRun
from evaluation.training.schedules.actions.freezing import due_version, freeze_due
from evaluation.training.schedules.actions.setting import record_schedule
from evaluation.training.schedules.models import (
    Outcome,
    ScheduledTraining,
    ScheduleState,
    TrainingSchedule,
)
from evaluation.training.schedules.recurrence import dates_after, last_due
from evaluation.training.schedules.terms import plan_like
from evaluation.training.terms import TrainingPlan
from evaluation.training.windows.calendar import opening_of, zone_of
from reviewapp.core.errors import DomainError, InvalidTransition
from reviewapp.core.messages import Message, message
from reviewapp.jobs.actions import (
    ClaimLost,
    backoff,
    claim_job,
    fail_job,
    finish_job,
    jobs_to_send,
    lock_claimed,
    retry_job,
)
from reviewapp.people.models import Project, User
from reviewapp.people.permissions import require_lead


def dates_to_send() -> list[int]:
    """Add a row for every schedule whose date has come; return the rows that are due."""
    now = timezone.now()
    due = TrainingSchedule.objects.filter(state=ScheduleState.ACTIVE, next_at__lte=now)
    for schedule_id in list(due.values_list("pk", flat=True)):
        _add_date(schedule_id, now)
    return jobs_to_send(ScheduledTraining.objects.all())


@transaction.atomic
def _add_date(schedule_id: int, now: datetime) -> None:
    """Add the latest date that is due, and move on to the next; earlier ones are left out."""
    schedule = (
        TrainingSchedule.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
        .filter(pk=schedule_id, state=ScheduleState.ACTIVE, next_at__lte=now)
        .select_related("project")
        .first()
    )
    if schedule is None or schedule.next_at is None:
        return  # Another process was faster.
    zone = zone_of(schedule.project)
    # The zone may have changed since the date was set.
    due_at = last_due(schedule.rule, zone, schedule.next_at, now) or schedule.next_at
    ScheduledTraining.objects.get_or_create(schedule=schedule, due_at=due_at)
    schedule.next_at = next(islice(dates_after(schedule.rule, zone, now), 1))
    schedule.save(update_fields=["next_at"])


def carry_out(scheduled_id: int) -> None:
    """Freeze a version for a date and prepare or start its training, all or nothing."""
    claimed = claim_job(ScheduledTraining, scheduled_id)
    if claimed is None:
        return
    try:
        with transaction.atomic():
            _carry_out(claimed)
    except ClaimLost:
        return
    except DomainError as error:
        reason = error.message
        if not isinstance(reason, Message):
            reason = message("training.schedule_failed", details=str(error))
        _fail(claimed, "rejected", reason)
    except OSError as error:
        reason = message("training.schedule_failed", details=str(error))
        if claimed.can_resume:
            retry_job(claimed, "storage", after=timezone.now() + backoff(claimed.attempts))
        else:
            _fail(claimed, "storage", reason)


def _carry_out(claimed: ScheduledTraining) -> None:
    # Until the end of the transaction no other worker can take it over.
    lock_claimed(claimed)
    schedule = TrainingSchedule.objects.select_related("project", "owner", "like__endpoint").get(
        pk=claimed.schedule_id
    )
    project = Project.objects.select_for_update(no_key=True).get(pk=schedule.project_id)
    if schedule.state == ScheduleState.DELETED:
        _finish(claimed, schedule, Outcome.DISMISSED, message("training.schedule_deleted"))
        return
    due = due_version(schedule, project)
    claimed.changed = due.changed
    if claimed.changed < schedule.min_changed:
        reason = message("training.few_changed", n=claimed.changed, wanted=schedule.min_changed)
        _finish(claimed, schedule, Outcome.SKIPPED, reason)
        return
    claimed.version = freeze_due(schedule, project, due)
    terms = plan_like(schedule, claimed.version)
    prepared = prepare_training(project, terms)
    claimed.usd = prepared.forecast.usd
    _dismiss_earlier(claimed)
    waits = _waits_for_lead(schedule, prepared)
    if waits is not None:
        _finish(claimed, schedule, Outcome.PREPARED, waits)
        return
    claimed.training = start_training(
        project=project, plan=terms, actor=schedule.owner, in_window=schedule.in_window
    )
    _finish(claimed, schedule, Outcome.STARTED, None)


def _waits_for_lead(schedule: TrainingSchedule, prepared: Prepared) -> Message | None:
    """Return why a prepared training waits for a lead; None if it may start by itself."""
    usd, limit = prepared.forecast.usd, schedule.limit_usd
    if not schedule.starts_itself or limit is None:
        return message("training.waits_for_lead")
    if usd is None:
        return message("training.schedule_needs_price")
    if usd > limit:
        return message("training.schedule_over_limit", usd=float(usd), limit=limit)
    if schedule.in_window and opening_of(schedule.project) is None:
        return message("training.no_windows")
    return budget_denied_reason(schedule.project, prepared.forecast)


def _dismiss_earlier(claimed: ScheduledTraining) -> None:
    """Dismiss what an earlier date prepared and no lead has started."""
    earlier = ScheduledTraining.objects.filter(
        schedule=claimed.schedule_id, outcome=Outcome.PREPARED
    )
    earlier.update(outcome=Outcome.DISMISSED, reason=message("training.superseded"))


def _finish(
    claimed: ScheduledTraining,
    schedule: TrainingSchedule,
    outcome: Outcome,
    reason: Message | None,
) -> None:
    columns = {
        "changed": claimed.changed,
        "version": claimed.version,
        "usd": claimed.usd,
        "training": claimed.training,
    }
    finish_job(claimed, outcome=outcome, reason=reason, **columns)
    _record(claimed, schedule, outcome, reason)


@transaction.atomic
def _fail(claimed: ScheduledTraining, code: str, reason: Message) -> None:
    if fail_job(claimed, code, reason, outcome=Outcome.FAILED, reason=reason):
        _record(claimed, claimed.schedule, Outcome.FAILED, reason)


def _record(
    claimed: ScheduledTraining,
    schedule: TrainingSchedule,
    outcome: Outcome,
    reason: Message | None,
) -> None:
    detail = {
        "due_at": claimed.due_at.isoformat(),
        "changed": claimed.changed,
        "version": claimed.version.number if claimed.version else None,
        "training": claimed.training.pk if claimed.training else None,
        "usd": None if claimed.usd is None else str(claimed.usd),
        "reason": reason and reason.as_json(),
    }
    record_schedule(schedule, "run_schedule", None, after=outcome, detail=detail)


@transaction.atomic
def start_prepared(
    *,
    project: Project,
    plan: TrainingPlan,
    scheduled_id: int,
    actor: User | None,
    in_window: bool = False,
) -> TrainingRun:
    """Start a training that a schedule prepared, with the terms that a lead has checked.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidTransition: it was started or dismissed, or is of another version; or it would
            exceed the budget.
        InvalidInput: a term cannot be used.
    """
    scheduled = _lock_prepared(project, scheduled_id, actor)
    if scheduled.version_id != plan.version_id:
        raise InvalidTransition(message("training.prepared_version"))
    training = start_training(project=project, plan=plan, actor=actor, in_window=in_window)
    scheduled.outcome, scheduled.training, scheduled.reason = Outcome.STARTED, training, None
    scheduled.save(update_fields=["outcome", "training", "reason"])
    detail = {"due_at": scheduled.due_at.isoformat(), "training": training.pk}
    record_schedule(scheduled.schedule, "start_prepared_training", actor, detail=detail)
    return training


@transaction.atomic
def dismiss_prepared(*, project: Project, scheduled_id: int, actor: User | None) -> None:
    """Dismiss a training that a schedule prepared; its version stays.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidTransition: it was started or dismissed before.
    """
    scheduled = _lock_prepared(project, scheduled_id, actor)
    scheduled.outcome, scheduled.reason = Outcome.DISMISSED, message("training.dismissed")
    scheduled.save(update_fields=["outcome", "reason"])
    detail = {"due_at": scheduled.due_at.isoformat()}
    record_schedule(scheduled.schedule, "dismiss_prepared_training", actor, detail=detail)


def _lock_prepared(project: Project, scheduled_id: int, actor: User | None) -> ScheduledTraining:
    # In the order of every start, so that two of them never wait for each other.
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    require_lead(actor, project)
    found = (
        ScheduledTraining.objects.select_for_update(of=("self",), no_key=True)
        .select_related("schedule__project")
        .filter(pk=scheduled_id, schedule__project=project, outcome=Outcome.PREPARED)
        .first()
    )
    if found is None:
        raise InvalidTransition(message("training.not_prepared"))
    return found
