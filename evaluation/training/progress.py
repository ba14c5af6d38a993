"""What the page of a training shows: progress, cost, alarms, checkpoints."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils import timezone

from datasets.versions.models import DatasetVersion
from datasets.versions.plans import Changes
from evaluation.training.curves import Course, Overfit, loss_course, overfit_alarm
from evaluation.training.expected_end import NoEnd, expected_end
from evaluation.training.loss_chart import LossChart, loss_chart, losses_of
from evaluation.training.models import (
    ProviderEvent,
    TrainingCheckpoint,
    TrainingMetric,
    TrainingRun,
)

SHOWN_EVENTS, SHOWN_STEPS = 20, 12


@dataclass(frozen=True)
class TrainingProgress:
    """What a training has done so far.

    Attributes:
        step, total_steps: None where the provider does not report them.
        ends_at: the expected end; None if unknown, paused or ended.
        no_end: why there is none, where a reader would expect one.
        usd_so_far: the cost, or the share of the forecast by steps; None without a price.
        is_usd_final: whether it is the cost of the tokens that the provider charged.
        news: events, the newest first, without those of single steps, which are in `steps`.
        steps: figures of the last steps.
    """

    step: int | None
    total_steps: int | None
    ends_at: datetime | None
    no_end: NoEnd | None
    usd_so_far: Decimal | None
    is_usd_final: bool
    chart: LossChart | None
    overfit: Overfit | None
    course: Course
    course_change: float | None
    news: list[ProviderEvent]
    steps: list[TrainingMetric]
    checkpoints: list[TrainingCheckpoint]


def progress_of(training: TrainingRun) -> TrainingProgress:
    """Return what a training has done so far."""
    metrics = list(training.metrics.all())
    losses = losses_of(metrics)
    course, change = loss_course(losses)
    step = metrics[-1].step if metrics else None
    end = expected_end(training, metrics, timezone.now())
    events = training.events.order_by("-at", "-pk")
    checkpoints = training.checkpoints.select_related("model_version").order_by("-step", "-pk")
    return TrainingProgress(
        step=step,
        total_steps=training.total_steps,
        ends_at=end.at,
        no_end=end.missing,
        usd_so_far=_usd_so_far(training, step),
        is_usd_final=training.cost_usd is not None,
        chart=loss_chart(losses),
        overfit=overfit_alarm(losses),
        course=course,
        course_change=change,
        news=list(events.exclude(kind="metrics", level="info")[:SHOWN_EVENTS]),
        steps=metrics[-SHOWN_STEPS:][::-1],
        checkpoints=list(checkpoints),
    )


def _usd_so_far(training: TrainingRun, step: int | None) -> Decimal | None:
    if training.cost_usd is not None or training.expected_usd is None:
        return training.cost_usd
    if not step or not training.total_steps:
        return Decimal(0)
    share = min(Decimal(1), Decimal(step) / training.total_steps)
    return (training.expected_usd * share).quantize(Decimal("0.01"))


def changes_between(version: DatasetVersion, earlier: DatasetVersion) -> Changes:
    """Return how a version differs from another one of its project."""
    items = version.items
    return Changes(
        since=earlier.number,
        added=items.absent_from(earlier).count(),
        removed=earlier.items.absent_from(version).count(),
        changed=items.reworded_since(earlier).count(),
        moved=items.moved_since(earlier).count(),
    )
