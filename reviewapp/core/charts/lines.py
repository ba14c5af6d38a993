"""A line with its band, limits and marks. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reviewapp.core.charts.scales import Axis, Tick, anchor_at

_ABOVE, _BELOW, _ROOM = 8.0, 16.0, 22.0
_UNDER, _OVER = 13.0, 5.0
_NEAR = 48.0
"""Pixels within which words still belong to a point."""
_MIDDLE = 50.0


@dataclass(frozen=True)
class Point:
    """A value with its interval, in the units of the axes.

    Attributes:
        low, high: ends of the interval; None draws no band.
        title: what the point shows, in words.
    """

    x: float
    y: float
    low: float | None = None
    high: float | None = None
    title: str = ""


@dataclass(frozen=True)
class Rule:
    """A horizontal limit.

    Attributes:
        y: its value in the units of the y axis when given, its place in pixels when drawn.
        kind: how it is drawn: "even" (dotted) or "gate" (dashed).
        label_y: where its label has room, in pixels, when drawn.
    """

    y: float
    label: str
    kind: str = "even"
    label_y: float = 0.0


@dataclass(frozen=True)
class Mark:
    """Something that happened at one place, with its label.

    Attributes:
        x, y: values in the units of the axes when given, place in percent and pixels when drawn.
        url: where its details are; empty for none.
        anchor: text anchor of the label.
    """

    x: float
    y: float
    label: str
    url: str = ""
    anchor: str = "middle"


@dataclass(frozen=True)
class Dot:
    """The place of a point, with its words."""

    x: float
    y: float
    title: str


@dataclass(frozen=True)
class LineChart:
    """What the template draws; places are percent across and pixels down.

    Attributes:
        height: of the plot in pixels, without the labels of the x axis.
        line, band, low, high: SVG paths of the line, the area and both edges of the intervals, in a
            view box of 100 by `height`.
        label_y: where the words of the last point are written.
        label_anchor: their text anchor at the last point.
        second: the path of a second line, empty for none.
    """

    height: int
    line: str
    band: str
    low: str
    high: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    rules: tuple[Rule, ...]
    marks: tuple[Mark, ...]
    dots: tuple[Dot, ...]
    label_y: float
    label_anchor: str
    second: str = ""

    @property
    def last(self) -> Dot:
        """The last point."""
        return self.dots[-1]


def line_chart(  # noqa: PLR0913 the parts of a chart
    points: Sequence[Point],
    *,
    x: Axis,
    y: Axis,
    height: int = 220,
    rules: Sequence[Rule] = (),
    marks: Sequence[Mark] = (),
    stepped: bool = False,
    second: Sequence[Point] = (),
) -> LineChart:
    """Return the geometry of a line with the band of its intervals.

    Values beyond an axis are drawn at its end.

    Args:
        points: at least one, from left to right.
        x, y: the axes.
        height: of the plot in pixels.
        rules: limits to draw.
        marks: events to draw.
        stepped: whether the value holds until the next point instead of moving towards it.
        second: another line on the same axes, drawn dashed, with its own titles.
    """
    places = [(x.across(point.x), y.down(point.y, height)) for point in points]
    lows = [(x.across(p.x), y.down(p.low, height)) for p in points if p.low is not None]
    highs = [(x.across(p.x), y.down(p.high, height)) for p in points if p.high is not None]
    others = [(x.across(point.x), y.down(point.y, height)) for point in second]
    titled = [*zip(others, second, strict=True), *zip(places, points, strict=True)]
    has_band = len(lows) == len(highs) == len(points)
    return LineChart(
        height=height,
        line=_path(places, stepped=stepped),
        band=_area(lows, highs, stepped=stepped) if has_band else "",
        low=_path(lows, stepped=stepped) if has_band else "",
        high=_path(highs, stepped=stepped) if has_band else "",
        x_ticks=x.x_ticks(),
        y_ticks=y.y_ticks(height),
        rules=tuple(_placed_rule(rule, y, height) for rule in rules),
        marks=tuple(_placed(mark, x, y, height) for mark in marks),
        dots=tuple(Dot(*place, point.title) for place, point in titled),
        label_y=_label_y(places[-1][1], highs[-1][1] if has_band else places[-1][1], lows, height),
        label_anchor=anchor_at(places[-1][0], near=_MIDDLE),
        second=_path(others, stepped=stepped) if others else "",
    )


def _placed_rule(rule: Rule, y: Axis, height: int) -> Rule:
    """Return the rule at its place, the label below it where there is room, else above."""
    down = y.down(rule.y, height)
    label_y = down + _UNDER if down + _UNDER < height else down - _OVER
    return Rule(down, rule.label, rule.kind, round(label_y, 2))


def _placed(mark: Mark, x: Axis, y: Axis, height: int) -> Mark:
    across = x.across(mark.x)
    anchor = anchor_at(across, near=_MIDDLE)
    return Mark(across, y.down(mark.y, height), mark.label, mark.url, anchor)


def _label_y(point: float, top: float, lows: Sequence[tuple[float, float]], height: int) -> float:
    """Return where the label of the last point has room, in pixels.

    Above its interval, or below where that has no room; beside the point if its interval is wide,
    since the words would lie far from what they are about.
    """
    bottom = lows[-1][1] if lows else point
    if top >= _ROOM and point - top <= _NEAR:
        return round(top - _ABOVE, 2)
    if top < _ROOM and bottom - point <= _NEAR:
        return round(min(bottom + _BELOW, height - _ABOVE), 2)
    return round(point - _ABOVE if point >= _ROOM else point + _BELOW, 2)


def _path(places: Sequence[tuple[float, float]], *, stepped: bool) -> str:
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in _steps(places, stepped=stepped))


def _area(
    lows: Sequence[tuple[float, float]], highs: Sequence[tuple[float, float]], *, stepped: bool
) -> str:
    back = reversed(_steps(lows, stepped=stepped))
    outline = [*_steps(highs, stepped=stepped), *back]
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in outline) + "Z"


def _steps(
    places: Sequence[tuple[float, float]], *, stepped: bool
) -> Sequence[tuple[float, float]]:
    if not stepped:
        return places
    found = list(places[:1])
    for x, y in places[1:]:
        found += [(x, found[-1][1]), (x, y)]
    return found
