"""What a date of a schedule freezes: everything approved, or what changed with a replay."""

from dataclasses import dataclass

from datasets.conversations.split import Split
from datasets.versions.actions import freeze_version
from datasets.versions.mini_batches.actions import freeze_mini_batch
from datasets.versions.mini_batches.plans import MiniBatch, plan_mini_batch
from datasets.versions.models import DatasetVersion
from datasets.versions.plans import Plan, changes_since, plan_version
from datasets.versions.splits import DEFAULT_SHARES
from evaluation.training.schedules.models import TrainingSchedule
from evaluation.training.schedules.terms import changed_count, last_tuned
from reviewapp.people.models import Project

SEED = 0


@dataclass(frozen=True)
class DueVersion:
    """What is due to be frozen, and how many of its examples no training was given yet."""

    changed: int
    plan: Plan
    latest: DatasetVersion | None
    batch: MiniBatch | None = None


def due_version(schedule: TrainingSchedule, project: Project) -> DueVersion:
    """Return what a schedule would freeze now.

    A mini-batch builds on the version of the last tuned model, which it trains further; while
    there is none, everything approved is frozen.
    """
    tuned = last_tuned(schedule.like) if schedule.replay_percent is not None else None
    if tuned is not None and schedule.replay_percent is not None:
        batch = plan_mini_batch(tuned.version, percent=schedule.replay_percent, seed=SEED)
        latest = project.versions.filter(parent=tuned.version).first()
        return DueVersion(len(batch.selection.changed), batch.plan, latest, batch)
    latest = project.versions.filter(parent=None).first()
    plan = plan_version(project, latest.shares if latest else DEFAULT_SHARES)
    return DueVersion(changed_count(project, plan), plan, latest)


def freeze_due(schedule: TrainingSchedule, project: Project, due: DueVersion) -> DatasetVersion:
    """Return the latest version if it is what would be frozen now; else freeze one.

    Raises:
        DomainError: it cannot be frozen, or the owner of the schedule may not.
        OSError: the files could not be stored.
    """
    if due.batch is not None:
        if due.latest is not None and _is_same(due.latest, due.batch):
            return due.latest
        return freeze_mini_batch(
            parent=due.batch.parent,
            percent=due.batch.percent,
            seed=due.batch.seed,
            changelog=schedule.changelog,
            actor=schedule.owner,
            seen=due.plan.fingerprint,
        )
    if due.latest is not None and changes_since(due.plan, due.latest).is_empty:
        return due.latest
    return freeze_version(
        project=project,
        changelog=schedule.changelog,
        actor=schedule.owner,
        shares=due.plan.shares,
        seen=due.plan.fingerprint,
    )


def _is_same(version: DatasetVersion, batch: MiniBatch) -> bool:
    """Return whether a version on the same parent trains on the same revisions."""
    wanted = {member.revision_id for member in batch.plan.members[Split.TRAIN.value]}
    items = version.items.filter(split=Split.TRAIN.value)
    return wanted == set(items.values_list("revision_id", flat=True))
