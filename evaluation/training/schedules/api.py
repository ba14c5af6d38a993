"""API of schedules, for scripts of leads."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from evaluation.training.schedules.models import (
    ScheduledTraining,
    ScheduleState,
    TrainingSchedule,
)
from reviewapp.core.texts import render_english
from reviewapp.people.api import project_for
from reviewapp.people.permissions import Permission

router = Router(tags=["trainings"])


class ScheduledOut(Schema):
    """What came of a date: `skipped`, `prepared`, `started`, `dismissed` or `failed`, or ""."""

    due_at: datetime
    outcome: str
    code: str
    reason: str
    changed: int | None
    version: int | None
    training: int | None


class ScheduleOut(Schema):
    """A schedule; weekdays from 0, Monday; `number` is -1 for the last of a month.

    With `replay_percent` it freezes mini-batches.
    """

    id: int
    name: str
    state: str
    every: str
    weekday: int
    number: int
    at: str
    min_changed: int
    like: int
    replay_percent: int | None
    starts_itself: bool
    limit_usd: int | None
    in_window: bool
    next_at: datetime | None
    last: ScheduledOut | None


@router.get(
    "/projects/{slug}/training-schedules",
    operation_id="evaluation_api_training_schedules",
    response={200: list[ScheduleOut]},
    summary="The schedules of trainings, with what came of their last date",
)
def list_schedules(request: HttpRequest, slug: str) -> list[dict[str, Any]]:
    """Return the schedules that are not deleted."""
    project = project_for(request, slug, Permission.LEAD)
    found = TrainingSchedule.objects.filter(project=project).exclude(state=ScheduleState.DELETED)
    return [_shown(schedule) for schedule in found]


def _shown(schedule: TrainingSchedule) -> dict[str, Any]:
    last = schedule.dates.select_related("version", "training").first()
    same = ("name", "state", "every", "weekday", "number", "min_changed", "next_at")
    also = ("starts_itself", "limit_usd", "in_window", "replay_percent")
    return {
        **{name: getattr(schedule, name) for name in (*same, *also)},
        "id": schedule.pk,
        "at": f"{schedule.at:%H:%M}",
        "like": schedule.like_id,
        "last": _outcome(last) if last else None,
    }


def _outcome(scheduled: ScheduledTraining) -> dict[str, Any]:
    return {
        "due_at": scheduled.due_at,
        "outcome": scheduled.outcome,
        "code": scheduled.reason.code if scheduled.reason else "",
        "reason": render_english(scheduled.reason),
        "changed": scheduled.changed,
        "version": scheduled.version.number if scheduled.version else None,
        "training": scheduled.training_id,
    }
