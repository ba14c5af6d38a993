"""Columns of stacked parts. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reviewapp.core.charts.scales import WIDTH, Axis, Tick

_FILLED = 0.84
_WIDEST = 12.0


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        title: what the column shows, in words.
        parts: pairs of a kind and its value, at least 0, from the bottom.
    """

    title: str
    parts: Sequence[tuple[str, float]]


@dataclass(frozen=True)
class Bar:
    """A rectangle: percent across, pixels down."""

    kind: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class BarChart:
    """What the template draws.

    Attributes:
        height: of the plot in pixels, without the labels of the x axis.
        columns: for each column its title, its left edge and width in percent, and its rectangles.
    """

    height: int
    columns: tuple[tuple[str, float, float, tuple[Bar, ...]], ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]


def bar_chart(
    columns: Sequence[Column],
    *,
    y: Axis,
    height: int = 160,
    labels: Sequence[tuple[int, str]] = (),
) -> BarChart:
    """Return the geometry of stacked columns, which share the width evenly.

    Args:
        columns: at least one, from left to right.
        y: axis of the sums; it begins at 0.
        height: of the plot in pixels.
        labels: pairs of the number of a column, from 0, and its label.
    """
    slot = WIDTH / len(columns)
    width = round(min(_WIDEST, slot * _FILLED), 3)
    drawn = []
    for number, column in enumerate(columns):
        left = round(number * slot + (slot - width) / 2, 3)
        drawn.append((column.title, left, width, _stack(column, left, width, y, height)))
    x = Axis(0, len(columns), [(number + 0.5, label) for number, label in labels])
    return BarChart(height, tuple(drawn), x.x_ticks(), y.y_ticks(height))


def _stack(column: Column, left: float, width: float, y: Axis, height: int) -> tuple[Bar, ...]:
    bars, total = [], 0.0
    for kind, value in column.parts:
        bottom = y.down(total, height)
        total += value
        top = y.down(total, height)
        if value > 0:
            bars.append(Bar(kind, left, top, width, round(bottom - top, 2)))
    return tuple(bars)
