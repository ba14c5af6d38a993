"""The chart of the losses of a training over its steps, thinned to what a screen can show."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from evaluation.training.curves import Losses, validation_losses
from evaluation.training.models import TrainingMetric
from reviewapp.core import formats
from reviewapp.core.charts import Axis, LineChart, Point, count_ticks, line_chart, round_step

HEIGHT = 220
MAX_POINTS = 300
MAX_DOTS = 40
Y_PARTS = 4


@dataclass(frozen=True)
class LossChart:
    """The chart, and what it shows in a sentence.

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


def loss_chart(losses: Sequence[Losses]) -> LossChart | None:
    """Return the chart of the losses; None before there are two steps with a training loss."""
    train = [(loss.step, loss.train) for loss in losses if loss.train is not None]
    if len(train) < 2 or train[0][0] == train[-1][0]:  # noqa: PLR2004 - a line has two ends.
        return None
    valid = validation_losses(losses)
    top = max(loss for _step, loss in [*train, *valid])
    y = Axis(0, top or 1.0, _loss_ticks(top or 1.0))
    last = max(train[-1][0], valid[-1][0] if valid else 0)
    x = Axis(train[0][0], last, _step_ticks(train[0][0], last))
    drawn, drawn_valid = _thinned(train), _thinned(valid)
    chart = line_chart(_points(drawn), x=x, y=y, height=HEIGHT, second=_points(drawn_valid))
    steps = frozenset(step for step, _loss in [*drawn, *drawn_valid])
    return LossChart(chart, _reading(train, valid), bool(valid), steps)


def _thinned(measured: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """Return at most 300 of the losses, the last one included."""
    stride = -(-len(measured) // MAX_POINTS)
    return list(measured[::-1][::stride])[::-1] if measured else []


def _points(kept: Sequence[tuple[int, float]]) -> list[Point]:
    """Return the points of losses; words on few of them."""
    every = -(-len(kept) // MAX_DOTS)
    return [
        Point(step, loss, title=_title(step, loss) if (len(kept) - 1 - at) % every == 0 else "")
        for at, (step, loss) in enumerate(kept)
    ]


def _title(step: int, loss: float) -> str:
    return gettext("Step %(step)s: %(loss)s") % {
        "step": formats.count(step),
        "loss": formats.decimal(loss, 3),
    }


def _reading(train: Sequence[tuple[int, float]], valid: Sequence[tuple[int, float]]) -> str:
    shown = {
        "first": formats.decimal(train[0][1], 3),
        "last": formats.decimal(train[-1][1], 3),
        "steps": formats.count(train[-1][0]),
    }
    if not valid:
        return (
            gettext("The training loss went from %(first)s to %(last)s in %(steps)s steps.") % shown
        )
    shown["valid"] = formats.decimal(valid[-1][1], 3)
    return (
        gettext(
            "The training loss went from %(first)s to %(last)s in %(steps)s steps; the validation "
            "loss is %(valid)s."
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
