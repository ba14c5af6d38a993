"""When a training probably ends, or why no time can be named."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from evaluation.training.models import Ask, Stage, TrainingEvent, TrainingMetric, TrainingRun
from evaluation.training.pace import pace_of, time_paused
from evaluation.training.windows.calendar import waits_until

CHANGED: Final = "change_training_stage"
RESTARTED: Final = ("started", "resumed")
"""Kinds of a provider's events after which it trains on."""


class NoEnd(StrEnum):
    """Why no time is named, where a reader would expect one."""

    PAUSED = "paused"
    LATE = "late"  # it takes longer than the forecast, and its steps tell no more


@dataclass(frozen=True)
class ExpectedEnd:
    """A time that is never in the past, or the reason why there is none."""

    at: datetime | None = None
    missing: NoEnd | None = None


def expected_end(
    training: TrainingRun, metrics: Sequence[TrainingMetric], now: datetime
) -> ExpectedEnd:
    """Return the end by the provider, else by the steps that are left, else by the forecast."""
    if training.has_ended:
        return ExpectedEnd()
    if training.stage == Stage.PAUSED:
        return ExpectedEnd(missing=NoEnd.PAUSED)
    if training.estimated_finish and training.estimated_finish > now:
        return ExpectedEnd(training.estimated_finish)
    step, total = metrics[-1].step if metrics else 0, training.total_steps
    if step and total and step >= total:
        return ExpectedEnd()  # Only its results are missing.
    changes = list(training.audit.order_by("at", "pk"))
    if step and total and (left := _time_of(total - step, training, metrics, changes)):
        return ExpectedEnd(now + left)
    return _by_forecast(training, changes, now)


def _time_of(
    steps: int,
    training: TrainingRun,
    metrics: Sequence[TrainingMetric],
    changes: Sequence[TrainingEvent],
) -> timedelta | None:
    """Return how long so many steps take, by the pace since the last start."""
    reports = training.events.filter(kind="metrics").values_list("at", flat=True)
    resumed = training.events.filter(kind__in=RESTARTED).values_list("at", flat=True)
    asked = [change.at for change in changes if change.action == f"{Ask.RESUME}_training"]
    noticed = [change.at for change in _stages(changes) if change.after == Stage.RUNNING]
    pace = pace_of(reports, [*resumed, *asked, *noticed])
    # Some services report each step, others every tenth.
    measured = sum(metric.step > 0 for metric in metrics)
    return pace * (steps * measured / metrics[-1].step) if pace else None


def _by_forecast(
    training: TrainingRun, changes: Sequence[TrainingEvent], now: datetime
) -> ExpectedEnd:
    """Return when the forecast time is over, counted from the start without its pauses."""
    if not training.expected_seconds:
        return ExpectedEnd()
    expected = timedelta(seconds=training.expected_seconds)
    if training.stage == Stage.QUEUED:
        return ExpectedEnd(max(waits_until(training) or now, now) + expected)
    stages = _stages(changes)
    # When the job was first looked at may be long before: it waited for a time window then.
    began = stages[0].at if stages else training.started_at or training.created_at
    paused = time_paused([(change.at, change.after == Stage.PAUSED) for change in stages], now)
    ends_at = began + paused + expected
    return ExpectedEnd(ends_at) if ends_at > now else ExpectedEnd(missing=NoEnd.LATE)


def _stages(changes: Sequence[TrainingEvent]) -> list[TrainingEvent]:
    return [change for change in changes if change.action == CHANGED]
