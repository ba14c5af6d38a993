"""What the page of a training shows: progress, cost, alarms, checkpoints."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils import timezone

from evaluation.training.curve_charts import (
    MAX_POINTS,
    CurveChart,
    accuracy_chart,
    loss_chart,
    losses_of,
)
from evaluation.training.curves import Course, Overfit, loss_course, overfit_alarm
from evaluation.training.expected_end import NoEnd, expected_end
from evaluation.training.models import (
    ProviderEvent,
    TrainingCheckpoint,
    TrainingMetric,
    TrainingRun,
)

SHOWN_EVENTS = 20


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
        chart, accuracy: of the losses, and of the shares of tokens that were right.
        steps: figures of the steps that the charts draw, the last one first.
        has_accuracy: whether one of them has a share of tokens that were right.
    """

    step: int | None
    total_steps: int | None
    ends_at: datetime | None
    no_end: NoEnd | None
    usd_so_far: Decimal | None
    is_usd_final: bool
    chart: CurveChart | None
    accuracy: CurveChart | None
    overfit: Overfit | None
    course: Course
    course_change: float | None
    news: list[ProviderEvent]
    steps: list[TrainingMetric]
    has_accuracy: bool
    checkpoints: list[TrainingCheckpoint]


def progress_of(training: TrainingRun) -> TrainingProgress:
    """Return what a training has done so far."""
    metrics = list(training.metrics.all())
    losses = losses_of(metrics)
    course, change = loss_course(losses)
    step = metrics[-1].step if metrics else None
    charts = loss_chart(losses), accuracy_chart(metrics)
    steps = _steps_of(charts, metrics)
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
        chart=charts[0],
        accuracy=charts[1],
        overfit=overfit_alarm(losses),
        course=course,
        course_change=change,
        news=list(events.exclude(kind="metrics", level="info")[:SHOWN_EVENTS]),
        steps=steps,
        has_accuracy=any(_has_accuracy(metric) for metric in steps),
        checkpoints=list(checkpoints),
    )


def _steps_of(
    charts: Iterable[CurveChart | None], metrics: list[TrainingMetric]
) -> list[TrainingMetric]:
    """Return the figures that the charts draw, or the last ones without; the last one first."""
    drawn = [chart.steps for chart in charts if chart is not None]
    if not drawn:
        return metrics[-MAX_POINTS:][::-1]
    steps = frozenset[int]().union(*drawn)
    return [metric for metric in reversed(metrics) if metric.step in steps]


def _has_accuracy(metric: TrainingMetric) -> bool:
    measured = (metric.train_accuracy, metric.valid_accuracy, metric.full_valid_accuracy)
    return any(share is not None for share in measured)


def _usd_so_far(training: TrainingRun, step: int | None) -> Decimal | None:
    if training.cost_usd is not None or training.expected_usd is None:
        return training.cost_usd
    if not step or not training.total_steps:
        return Decimal(0)
    share = min(Decimal(1), Decimal(step) / training.total_steps)
    return (training.expected_usd * share).quantize(Decimal("0.01"))
