"""What a lead decides about the windows of a project, and about a training that waits for one."""

from collections.abc import Iterable
from datetime import time

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from evaluation.training.actions.asking import lock_training
from evaluation.training.actions.record import record
from evaluation.training.models import Ask, Stage, TrainingRun
from evaluation.training.schedules.actions.setting import reschedule
from evaluation.training.windows.calendar import (
    known_zones,
    opening_of,
    waits_until,
    zone_name_of,
)
from evaluation.training.windows.models import WEEKDAYS, TrainingCalendar, TrainingWindow
from reviewapp.core.errors import InvalidInput, InvalidTransition
from reviewapp.core.messages import message
from reviewapp.jobs.models import JobState
from reviewapp.people.models import Project, ProjectEvent, User
from reviewapp.people.permissions import require_lead

MAX_WINDOWS = 20


@transaction.atomic
def set_time_zone(*, project: Project, time_zone: str, actor: User | None) -> None:
    """Change the time zone of the windows and schedules of a project.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidInput: the zone is not known.
    """
    _lock(project, actor)
    if time_zone not in known_zones():
        raise InvalidInput(message("training.unknown_zone", name=time_zone), field="time_zone")
    before = zone_name_of(project)
    if before == time_zone:
        return
    TrainingCalendar.objects.update_or_create(project=project, defaults={"time_zone": time_zone})
    _changed(project, actor, {"before": before, "after": time_zone})
    reschedule(project)


@transaction.atomic
def add_window(
    *, project: Project, days: Iterable[int], starts: time, ends: time, actor: User | None
) -> TrainingWindow:
    """Add a time window of the week.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidInput: no day, a day that is none, the same window twice, or too many windows.
    """
    _lock(project, actor)
    chosen = sorted(set(days))
    if not chosen or not set(chosen) <= set(WEEKDAYS):
        raise InvalidInput(message("training.window_days"), field="days")
    if TrainingWindow.objects.filter(project=project).count() >= MAX_WINDOWS:
        raise InvalidInput(message("training.too_many_windows", n=MAX_WINDOWS))
    try:
        with transaction.atomic():
            made = TrainingWindow.objects.create(
                project=project, days=chosen, starts=starts, ends=ends
            )
    except IntegrityError as error:
        raise InvalidInput(message("training.same_window")) from error
    _changed(project, actor, {"added": _described(made)})
    return made


@transaction.atomic
def remove_window(*, project: Project, window_id: int, actor: User | None) -> None:
    """Remove a window; a training that waits takes the next of the others.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidTransition: it is the last one, and a training waits for it.
    """
    _lock(project, actor)
    windows = TrainingWindow.objects.filter(project=project)
    found = windows.filter(pk=window_id).first()
    if found is None:
        return
    if windows.count() == 1 and _waiting(project).exists():
        raise InvalidTransition(message("training.window_is_awaited"))
    found.delete()
    _changed(project, actor, {"removed": _described(found)})


@transaction.atomic
def start_now(*, training_id: int, actor: User | None) -> TrainingRun:
    """Start a training that waits for a window.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidTransition: it does not wait for a window.
    """
    training = lock_training(training_id)
    require_lead(actor, training.project)
    if waits_until(training) is None or training.asked:
        raise InvalidTransition(message("training.waits_for_no_window"))
    training.starts_in_window, training.run_after = False, timezone.now()
    training.heartbeat_at = None
    training.save(update_fields=["starts_in_window", "run_after", "heartbeat_at"])
    record(training, "start_training_now", actor)
    return training


def _lock(project: Project, actor: User | None) -> None:
    # Trainings that start lock it too, so none is left waiting for a window that is gone.
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    require_lead(actor, project)


def _waiting(project: Project) -> "QuerySet[TrainingRun]":
    return TrainingRun.objects.filter(
        project=project,
        state=JobState.WAITING,
        stage=Stage.QUEUED,
        starts_in_window=True,
        asked=Ask.NOTHING,
    )


def _changed(project: Project, actor: User | None, detail: dict[str, object]) -> None:
    """Record a change, and let trainings wait for the window that is now the next."""
    ProjectEvent.objects.create(
        project=project, actor=actor, action="change_training_windows", detail=detail
    )
    if (opening := opening_of(project)) is not None:
        after = max(opening.starts, timezone.now())
        _waiting(project).update(run_after=after, heartbeat_at=None)


def _described(window: TrainingWindow) -> dict[str, object]:
    return {
        "days": list(window.days),
        "starts": f"{window.starts:%H:%M}",
        "ends": f"{window.ends:%H:%M}",
    }
