"""Axes of charts: from values to places, and round values for their ticks. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

WIDTH = 100.0
"""Width of every chart, in percent."""
_STEPS = (1, 2, 5, 10)
_DAY_STEPS = (1, 2, 7, 14, 28, 91, 182, 364)
_NEAR_EDGE = 8.0


@dataclass(frozen=True)
class Tick:
    """A labelled place on an axis.

    Attributes:
        at: place of the tick: percent of the width on an x axis, pixels from the top on a y axis.
        anchor: of the label of an x axis: "start", "middle" or "end", so that no label is cut off.
    """

    at: float
    label: str
    anchor: str = "middle"


@dataclass(frozen=True)
class Axis:
    """The range of one axis in units of its values, with its ticks.

    Attributes:
        low, high: ends of the range, low < high.
        ticks: pairs of a value in the range and its label, in order.
    """

    low: float
    high: float
    ticks: Sequence[tuple[float, str]] = ()

    def __post_init__(self) -> None:
        """Raise ValueError for an empty range."""
        if not self.low < self.high:
            raise ValueError("An axis needs a range: low < high.")

    def share(self, value: float) -> float:
        """Return where a value lies between the ends, from 0 to 1; a value beyond is at the end."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))

    def across(self, value: float) -> float:
        """Return the place of a value on an x axis in percent, from the left."""
        return round(WIDTH * self.share(value), 3)

    def down(self, value: float, height: float) -> float:
        """Return the place of a value on a y axis in pixels, from the top."""
        return round(height * (1 - self.share(value)), 2)

    def x_ticks(self) -> tuple[Tick, ...]:
        """Return the ticks of an x axis; labels near an end stay inside the chart."""
        found = []
        for value, label in self.ticks:
            at = self.across(value)
            found.append(Tick(at, label, anchor_at(at)))
        return tuple(found)

    def y_ticks(self, height: float) -> tuple[Tick, ...]:
        """Return the ticks of a y axis."""
        return tuple(Tick(self.down(value, height), label) for value, label in self.ticks)


def anchor_at(percent: float, *, near: float = _NEAR_EDGE) -> str:
    """Return the text anchor that keeps a label at this place inside the chart."""
    if percent < near:
        return "start"
    return "end" if percent > WIDTH - near else "middle"


def round_step(span: float, at_most: int) -> float:
    """Return a step of 1, 2 or 5, times 10, 100 and so on, that divides a span into few parts.

    Args:
        span: length of the axis, above 0.
        at_most: parts, at least 1.
    """
    rough = span / at_most
    decade = 10.0 ** math.floor(math.log10(rough))
    return next(step * decade for step in _STEPS if step * decade >= rough * (1 - 1e-9))


def count_ticks(
    high: float, label: Callable[[int], str], *, at_most: int = 4
) -> list[tuple[float, str]]:
    """Return ticks for whole numbers from 0 to `high`, with their labels.

    Args:
        high: largest value of the axis, at least 1.
        label: writes a number.
        at_most: parts between the ticks.
    """
    step = max(1, round(round_step(high, at_most)))
    return [(float(value), label(value)) for value in range(0, math.floor(high) + 1, step)]


def day_ticks(
    first: date, last: date, label: Callable[[date], str], *, at_most: int = 4
) -> list[tuple[float, str]]:
    """Return ticks for days as their ordinals, both ends among the candidates for a label.

    Args:
        first, last: ends of the axis, first <= last.
        label: writes a day.
        at_most: parts between the ticks.
    """
    days = (last - first).days
    step = next((step for step in _DAY_STEPS if days <= step * at_most), days // at_most or 1)
    ticks = [first + timedelta(days=passed) for passed in range(0, days + 1, step)]
    return [(float(day.toordinal()), label(day)) for day in ticks]
