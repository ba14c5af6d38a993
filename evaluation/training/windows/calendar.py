"""The windows of a project: its time zone, and when a training may start."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.utils import timezone

from evaluation.training.models import Stage, TrainingRun
from evaluation.training.windows.hours import Opening, current_or_next
from evaluation.training.windows.models import DEFAULT_ZONE, TrainingCalendar, TrainingWindow
from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import message
from reviewapp.jobs.models import JobState
from reviewapp.people.models import Project


@cache
def known_zones() -> list[str]:
    """Return the names of the time zones that this server knows."""
    return sorted(available_timezones())


def zone_name_of(project: Project) -> str:
    """Return the name of the time zone of a project's windows and schedules."""
    found = TrainingCalendar.objects.filter(project=project).first()
    return found.time_zone if found else DEFAULT_ZONE


def zone_of(project: Project) -> ZoneInfo:
    """Return the time zone of a project's windows and schedules."""
    return ZoneInfo(zone_name_of(project))


def opening_of(project: Project, at: datetime | None = None) -> Opening | None:
    """Return the window that is open, else the next one; None if the project has none."""
    windows: Iterable[TrainingWindow] = TrainingWindow.objects.filter(project=project)
    hours = [window.hours for window in windows]
    return current_or_next(hours, zone_of(project), at or timezone.now())


def opening_for_start(project: Project) -> datetime:
    """Return when a training may start that is started now and waits for a window.

    Raises:
        InvalidInput: the project has no windows.
    """
    opening = opening_of(project)
    if opening is None:
        raise InvalidInput(message("training.no_windows"))
    return max(opening.starts, timezone.now())


def waits_until(training: TrainingRun) -> datetime | None:
    """Return when the window opens that a queued training waits for; None if it waits for none."""
    is_waiting = training.state == JobState.WAITING and training.stage == Stage.QUEUED
    return training.run_after if is_waiting and training.starts_in_window else None


def until_window(training: TrainingRun) -> timedelta:
    """Return how long a training has to wait for its window; nothing if it needs none."""
    if not training.starts_in_window:
        return timedelta()
    now = timezone.now()
    opening = opening_of(training.project, now)
    # Without windows it waits for a lead: it was never asked to start at any time.
    return max(timedelta(), opening.starts - now) if opening else timedelta(hours=1)
