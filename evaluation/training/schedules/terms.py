"""What a schedule freezes and trains: new examples, terms of an earlier training, dates."""

from dataclasses import asdict, dataclass
from datetime import datetime, time
from itertools import islice
from typing import Any

from django.utils import timezone

from datasets.conversations.split import SPLITS
from datasets.versions.models import DatasetItem, DatasetVersion
from datasets.versions.plans import Plan
from evaluation.training.models import Method, Stage, TrainingRun
from evaluation.training.plans import service_of
from evaluation.training.schedules.models import Outcome, ScheduledTraining, TrainingSchedule
from evaluation.training.schedules.recurrence import Rule, dates_after
from evaluation.training.terms import TrainingPlan
from evaluation.training.windows.calendar import zone_of
from reviewapp.people.models import Project

SHOWN_DATES = 3
WITHOUT_MODEL = (Stage.FAILED, Stage.CANCELLED)


@dataclass(frozen=True)
class ScheduleTerms:
    """What a lead sets; see `TrainingSchedule`."""

    name: str
    every: str
    weekday: int
    number: int
    at: time
    min_changed: int
    like_id: int
    changelog: str
    continues_last: bool = False
    starts_itself: bool = False
    limit_usd: int | None = None
    in_window: bool = False
    replay_percent: int | None = None


def next_dates(project: Project, rule: Rule) -> list[datetime]:
    """Return the next three dates of a rule."""
    return list(islice(dates_after(rule, zone_of(project), timezone.now()), SHOWN_DATES))


def examples_for_like(project: Project) -> list[TrainingRun]:
    """Return the trainings whose terms a schedule can take, the latest first."""
    found = TrainingRun.objects.filter(project=project, method=Method.SFT)
    return list(found.select_related("version", "endpoint").order_by("-pk"))


def changed_count(project: Project, plan: Plan) -> int:
    """Return how many examples of a plan have a wording that no training was given yet.

    Trainings that failed or were cancelled do not count.
    """
    trained = TrainingRun.objects.filter(project=project).exclude(stage__in=WITHOUT_MODEL)
    items = DatasetItem.objects.filter(version__in=trained.values("version"))
    known = set(items.values_list("revision_id", flat=True))
    members = (member for split in SPLITS for member in plan.members[split])
    return sum(member.revision_id not in known for member in members)


def plan_like(schedule: TrainingSchedule, version: DatasetVersion) -> TrainingPlan:
    """Return a training on a version with the terms of the one that the schedule names."""
    like = schedule.like
    service = service_of(like)
    return TrainingPlan(
        version_id=version.pk,
        base_url=service.base_url,
        api_key_name=service.api_key_name,
        base_model=_base_model(schedule),
        provider=like.provider,
        method=like.method,
        hyperparameters=like.hyperparameters,
        seed=like.seed,
        suffix=like.suffix,
        note=like.note,
    )


def prepared_terms(project: Project, scheduled_id: int) -> dict[str, Any]:
    """Return the terms of a prepared training for the fields of the set-up; empty for another."""
    scheduled = (
        ScheduledTraining.objects.filter(
            pk=scheduled_id, schedule__project=project, outcome=Outcome.PREPARED
        )
        .select_related("version", "schedule__like__endpoint")
        .first()
    )
    if scheduled is None or scheduled.version is None:
        return {}
    terms = asdict(plan_like(scheduled.schedule, scheduled.version))
    return {**terms, **terms["hyperparameters"]}


def last_tuned(like: TrainingRun) -> TrainingRun | None:
    """Return the last training that tuned a model at the same address; None without one."""
    done = TrainingRun.objects.filter(
        project=like.project_id,
        provider=like.provider,
        endpoint=like.endpoint,
        method=Method.SFT,
        stage=Stage.SUCCEEDED,
    )
    return done.exclude(tuned_model="").select_related("version").order_by("-pk").first()


def _base_model(schedule: TrainingSchedule) -> str:
    last = last_tuned(schedule.like) if schedule.continues_last else None
    return last.tuned_model if last else schedule.like.base_model
