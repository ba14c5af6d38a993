"""Does a training overfit, and has its loss settled? Stated rules over its figures. Pure.

Overfit alarm: the validation loss has been more than 1 % above its minimum at each of the last
three measurements, while the training loss is lower than it was at the minimum. The loss over the
whole validation file is used where it was measured at least twice, else that of a batch.

Settled: the mean training loss of the last fifth of the steps differs from that of the fifth before
by at most 5 %. At least ten steps are needed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

EVALUATIONS = 3
MARGIN = 0.01
MIN_FULL = 2
MIN_STEPS = 10
PARTS = 5
TOLERANCE = 0.05


@dataclass(frozen=True)
class Losses:
    """The losses at a step; None where they were not measured."""

    step: int
    train: float | None = None
    valid: float | None = None
    full_valid: float | None = None


@dataclass(frozen=True)
class Overfit:
    """The minimum of the validation loss, and how often it was measured above it since."""

    step: int
    minimum: float
    evaluations: int
    latest: float


class Course(StrEnum):
    """How the training loss moves at the end."""

    UNKNOWN = "unknown"
    SETTLED = "settled"
    FALLING = "falling"
    RISING = "rising"


def validation_losses(losses: Sequence[Losses]) -> Sequence[tuple[int, float]]:
    """Return step and validation loss of each measurement, over the whole file where possible."""
    full = [(loss.step, loss.full_valid) for loss in losses if loss.full_valid is not None]
    batch = [(loss.step, loss.valid) for loss in losses if loss.valid is not None]
    return over_whole_file(full, batch)


def over_whole_file(
    full: Sequence[tuple[int, float]], batch: Sequence[tuple[int, float]]
) -> Sequence[tuple[int, float]]:
    """Return what was measured over the whole validation file, if at least twice, else a batch."""
    return full if len(full) >= MIN_FULL else batch


def overfit_alarm(losses: Sequence[Losses]) -> Overfit | None:
    """Return the overfit of a training by the rule of this module; None if there is none.

    Args:
        losses: by step, ascending.
    """
    measured = validation_losses(losses)
    if len(measured) <= EVALUATIONS:
        return None
    step, minimum = min(measured, key=lambda point: point[1])
    since = [loss for at, loss in measured if at > step]
    last = since[-EVALUATIONS:]
    if len(last) < EVALUATIONS or not all(loss > minimum * (1 + MARGIN) for loss in last):
        return None
    before = [loss.train for loss in losses if loss.train is not None and loss.step <= step]
    after = [loss.train for loss in losses if loss.train is not None and loss.step > step]
    if not before or not after or _mean(after[-EVALUATIONS:]) >= _mean(before[-EVALUATIONS:]):
        return None
    return Overfit(step, minimum, len(since), since[-1])


def loss_course(losses: Sequence[Losses]) -> tuple[Course, float | None]:
    """Return how the training loss moves at the end, with its relative change."""
    train = [loss.train for loss in losses if loss.train is not None]
    if len(train) < MIN_STEPS:
        return Course.UNKNOWN, None
    part = len(train) // PARTS
    earlier, last = _mean(train[-2 * part : -part]), _mean(train[-part:])
    if earlier == 0:
        return Course.SETTLED, 0.0
    change = (last - earlier) / abs(earlier)
    if abs(change) <= TOLERANCE:
        return Course.SETTLED, change
    return (Course.FALLING if change < 0 else Course.RISING), change


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
