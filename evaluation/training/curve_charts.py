"""The charts of a training over its steps: losses and accuracy, thinned to what a screen shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from evaluation.training.curves import Losses, over_whole_file, validation_losses
from evaluation.training.models import TrainingMetric
from reviewapp.core import formats
from reviewapp.core.charts import Axis, LineChart, Point, count_ticks, line_chart, round_step

HEIGHT = 220
MAX_POINTS = 300
MAX_DOTS = 40
Y_PARTS = 4
QUARTERS = (0.0, 0.25, 0.5, 0.75, 1.0)
Measured = Sequence[tuple[int, float]]
"""Pairs of a step and what was measured at it, by step."""


@dataclass(frozen=True)
class CurveChart:
    """A chart of training and validation, and what it shows in a sentence.

    Attributes:
        steps: at which it has a point.
    """

    chart: LineChart
    reading: str
    has_validation: bool
    steps: frozenset[int]


def losses_of(metrics: Sequence[TrainingMetric]) -> list[Losses]:
    """Return the losses of a training by step."""
    return [
        Losses(metric.step, metric.train_loss, metric.valid_loss, metric.full_valid_loss)
        for metric in metrics
    ]


def loss_chart(losses: Sequence[Losses]) -> CurveChart | None:
    """Return the chart of the losses; None before there are two steps with a training loss."""
    train = [(loss.step, loss.train) for loss in losses if loss.train is not None]
    if not _is_line(train):
        return None
    valid = validation_losses(losses)
    top = max(loss for _step, loss in [*train, *valid]) or 1.0
    return _chart(train, valid, y=Axis(0, top, _loss_ticks(top)), reading=_losses(train, valid))


def accuracy_chart(metrics: Sequence[TrainingMetric]) -> CurveChart | None:
    """Return the chart of the shares of tokens that were right; None where there is no line."""
    train = [(m.step, m.train_accuracy) for m in metrics if m.train_accuracy is not None]
    full = [(m.step, m.full_valid_accuracy) for m in metrics if m.full_valid_accuracy is not None]
    batch = [(m.step, m.valid_accuracy) for m in metrics if m.valid_accuracy is not None]
    if not _is_line(train):
        return None
    valid = over_whole_file(full, batch)
    y = Axis(0, 1, [(share, formats.decimal(share, 2)) for share in QUARTERS])
    return _chart(train, valid, y=y, reading=_accuracies(train, valid))


def _is_line(measured: Measured) -> bool:
    return len(measured) > 1 and measured[0][0] < measured[-1][0]


def _chart(train: Measured, valid: Measured, *, y: Axis, reading: str) -> CurveChart:
    last = max(train[-1][0], valid[-1][0] if valid else 0)
    x = Axis(train[0][0], last, _step_ticks(train[0][0], last))
    drawn, second = _thinned(train), _thinned(valid)
    chart = line_chart(_points(drawn), x=x, y=y, height=HEIGHT, second=_points(second))
    steps = frozenset(step for step, _value in [*drawn, *second])
    return CurveChart(chart, reading, bool(valid), steps)


def _thinned(measured: Measured) -> list[tuple[int, float]]:
    """Return at most 300 of the values, the last one included."""
    stride = -(-len(measured) // MAX_POINTS)
    return list(measured[::-1][::stride])[::-1] if measured else []


def _points(kept: Measured) -> list[Point]:
    """Return the points of what is drawn; words on few of them."""
    every = -(-len(kept) // MAX_DOTS)
    return [
        Point(step, value, title=_title(step, value) if (len(kept) - 1 - at) % every == 0 else "")
        for at, (step, value) in enumerate(kept)
    ]


def _title(step: int, loss: float) -> str:
    return gettext("Step %(step)s: %(loss)s") % {
        "step": formats.count(step),
        "loss": formats.decimal(loss, 3),
    }


def _shown(train: Measured, valid: Measured) -> dict[str, str]:
    return {
        "first": formats.decimal(train[0][1], 3),
        "last": formats.decimal(train[-1][1], 3),
        "steps": formats.count(train[-1][0]),
        "valid": formats.decimal(valid[-1][1], 3) if valid else "",
    }


def _losses(train: Measured, valid: Measured) -> str:
    shown = _shown(train, valid)
    if not valid:
        return (
            gettext("The training loss went from %(first)s to %(last)s in %(steps)s steps.") % shown
        )
    return (
        gettext(
            "The training loss went from %(first)s to %(last)s in %(steps)s steps; the validation "
            "loss is %(valid)s."
        )
        % shown
    )


def _accuracies(train: Measured, valid: Measured) -> str:
    shown = _shown(train, valid)
    if not valid:
        return (
            gettext("The training accuracy went from %(first)s to %(last)s in %(steps)s steps.")
            % shown
        )
    return (
        gettext(
            "The training accuracy went from %(first)s to %(last)s in %(steps)s steps; the "
            "validation accuracy is %(valid)s."
        )
        % shown
    )


def _loss_ticks(top: float) -> list[tuple[float, str]]:
    step = round_step(top, Y_PARTS)
    places = 0 if step >= 1 else 1 if step >= 0.1 else 3  # noqa: PLR2004
    return [
        (step * number, formats.decimal(step * number, places))
        for number in range(int(top / step + 1e-9) + 1)
    ]


def _step_ticks(first: int, last: int) -> list[tuple[float, str]]:
    ticks = count_ticks(last, formats.count, at_most=4)
    return [(value, label) for value, label in ticks if value >= first]
