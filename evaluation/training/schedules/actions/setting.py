"""Creating, changing, pausing and deleting schedules."""

from collections.abc import Collection
from dataclasses import asdict, replace
from itertools import islice
from typing import Any

from django.db import transaction
from django.utils import timezone

from datasets.versions.splits import WHOLE
from evaluation.training.models import Method, TrainingRun
from evaluation.training.plans import provider_or_error
from evaluation.training.providers.base import Capability
from evaluation.training.schedules.models import (
    MAX_CHANGELOG,
    MAX_NAME,
    ScheduleEvent,
    ScheduleState,
    TrainingSchedule,
)
from evaluation.training.schedules.recurrence import NUMBERS, Every, dates_after
from evaluation.training.schedules.terms import ScheduleTerms
from evaluation.training.windows.calendar import opening_of, zone_of
from evaluation.training.windows.models import WEEKDAYS
from reviewapp.core.errors import InvalidInput, InvalidTransition
from reviewapp.core.messages import message
from reviewapp.people.models import Project, User
from reviewapp.people.permissions import require_lead

MAX_SCHEDULES = 20
STATE_AFTER = {
    "pause": (ScheduleState.ACTIVE, ScheduleState.PAUSED),
    "resume": (ScheduleState.PAUSED, ScheduleState.ACTIVE),
}


@transaction.atomic
def create_schedule(*, project: Project, terms: ScheduleTerms, actor: User) -> TrainingSchedule:
    """Create a schedule, which acts with the permissions of the lead who created it.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidInput: a term cannot be used; its field is named.
    """
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    require_lead(actor, project)
    terms = _checked(project, terms)
    existing = TrainingSchedule.objects.filter(project=project)
    if existing.exclude(state=ScheduleState.DELETED).count() >= MAX_SCHEDULES:
        raise InvalidInput(message("training.too_many_schedules", n=MAX_SCHEDULES))
    schedule = TrainingSchedule(project=project, owner=actor, **asdict(terms))
    _set_next(schedule)
    schedule.save()
    record_schedule(schedule, "create_schedule", actor, detail=_described(schedule))
    return schedule


@transaction.atomic
def change_schedule(*, schedule_id: int, terms: ScheduleTerms, actor: User) -> TrainingSchedule:
    """Change the terms of a schedule; it then acts with the permissions of this lead.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidInput: a term cannot be used; its field is named.
        InvalidTransition: it was deleted.
    """
    schedule = _locked(schedule_id, actor)
    before = _described(schedule)
    for name, value in asdict(_checked(schedule.project, terms)).items():
        setattr(schedule, name, value)
    schedule.owner = actor
    if schedule.state == ScheduleState.ACTIVE:
        _set_next(schedule)
    schedule.save()
    after = _described(schedule)
    if before != after:
        detail = {"before": before, "after": after}
        record_schedule(schedule, "change_schedule", actor, detail=detail)
    return schedule


@transaction.atomic
def act_on_schedule(*, schedule_id: int, act: str, actor: User | None) -> TrainingSchedule:
    """Pause, resume or delete a schedule. Dates within a pause are not made up for.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidTransition: it is in another state.
    """
    schedule = _locked(schedule_id, actor)
    before = schedule.state
    if act == "delete":
        schedule.state = ScheduleState.DELETED
    else:
        wanted, after = STATE_AFTER[act]
        if before != wanted:
            raise InvalidTransition(message("training.schedule_state"))
        schedule.state = after
    schedule.next_at = None
    if schedule.state == ScheduleState.ACTIVE:
        _set_next(schedule)
    schedule.save(update_fields=["state", "next_at"])
    record_schedule(schedule, f"{act}_schedule", actor, before=before, after=schedule.state)
    return schedule


def record_schedule(
    schedule: TrainingSchedule, action: str, actor: User | None, **fields: Any
) -> None:
    """Add an event of a schedule."""
    ScheduleEvent.objects.create(
        project=schedule.project, schedule=schedule, actor=actor, action=action, **fields
    )


def _locked(schedule_id: int, actor: User | None) -> TrainingSchedule:
    schedule = (
        TrainingSchedule.objects.select_for_update(of=("self",), no_key=True)
        .select_related("project", "like")
        .get(pk=schedule_id)
    )
    require_lead(actor, schedule.project)
    if schedule.state == ScheduleState.DELETED:
        raise InvalidTransition(message("training.schedule_deleted"))
    return schedule


def _set_next(schedule: TrainingSchedule) -> None:
    following = dates_after(schedule.rule, zone_of(schedule.project), timezone.now())
    schedule.next_at = next(islice(following, 1))


def _checked(project: Project, terms: ScheduleTerms) -> ScheduleTerms:
    """Return the terms without white space around texts.

    Raises:
        InvalidInput: a term cannot be used; its field is named.
    """
    name, changelog = terms.name.strip(), terms.changelog.strip()
    like = TrainingRun.objects.filter(pk=terms.like_id, project=project, method=Method.SFT)
    can_continue = Capability.CONTINUE in _capabilities(like.first())
    is_replay = terms.replay_percent is not None
    is_known = terms.every in set(Every) and terms.number in NUMBERS and terms.weekday in WEEKDAYS
    wrong = {
        "name": not 1 <= len(name) <= MAX_NAME,
        "changelog": not 1 <= len(changelog) <= MAX_CHANGELOG,
        "weekday": not is_known,
        "min_changed": terms.min_changed < 1,
        "like_id": not like.exists(),
        "replay_percent": is_replay
        and not (can_continue and 0 <= (terms.replay_percent or 0) <= WHOLE),
        "limit_usd": terms.starts_itself and not terms.limit_usd,
        "in_window": terms.in_window and opening_of(project) is None,
    }
    for field, is_wrong in wrong.items():
        if is_wrong:
            raise InvalidInput(message(f"training.schedule_{field}"), field=field)
    # A mini-batch alone would teach a base model too little.
    continues = terms.continues_last or is_replay
    return replace(terms, name=name, changelog=changelog, continues_last=continues)


def _capabilities(like: TrainingRun | None) -> Collection[Capability]:
    return provider_or_error(like.provider).capabilities if like else ()


def _described(schedule: TrainingSchedule) -> dict[str, object]:
    """Return the terms of a schedule for its events."""
    return {
        "name": schedule.name,
        "every": str(schedule.every),
        "weekday": schedule.weekday,
        "number": schedule.number,
        "at": f"{schedule.at:%H:%M}",
        "min_changed": schedule.min_changed,
        "like": schedule.like_id,
        "continues_last": schedule.continues_last,
        "replay_percent": schedule.replay_percent,
        "starts_itself": schedule.starts_itself,
        "limit_usd": schedule.limit_usd,
        "in_window": schedule.in_window,
        "owner": schedule.owner_id,
    }


def reschedule(project: Project) -> None:
    """Set the next dates of all schedules anew, after the time zone of the project has changed."""
    active = TrainingSchedule.objects.filter(project=project, state=ScheduleState.ACTIVE)
    for schedule in active.select_for_update(no_key=True).order_by("pk"):
        _set_next(schedule)
        schedule.save(update_fields=["next_at"])
