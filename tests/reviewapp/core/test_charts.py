"""Geometry of charts: everything drawn lies inside the plot, and says what it was given."""

import re
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewapp.core.charts import (
    Axis,
    Column,
    Mark,
    Point,
    Rule,
    bar_chart,
    count_ticks,
    day_ticks,
    line_chart,
    round_step,
)

shares = st.floats(-0.5, 1.5)
HEIGHT = 200


def places(path: str) -> list[tuple[float, float]]:
    found = re.findall(r"(-?[\d.e-]+) (-?[\d.e-]+)", path)
    return [(float(x), float(y)) for x, y in found]


@given(st.lists(st.tuples(shares, shares, shares), min_size=1, max_size=20), st.booleans())
def test_every_place_of_a_line_lies_inside_the_plot(
    rows: list[tuple[float, float, float]],
    stepped: bool,  # noqa: FBT001 hypothesis gives it
) -> None:
    points = [Point(n, y, low, high) for n, (y, low, high) in enumerate(rows)]
    x, y = Axis(0, max(1, len(rows) - 1)), Axis(0.2, 0.8, [(0.2, "20 %"), (0.8, "80 %")])
    rules, marks = [Rule(0.9, "gate", "gate")], [Mark(len(rows) * 2, 0.1, "late")]
    chart = line_chart(points, x=x, y=y, height=HEIGHT, rules=rules, marks=marks, stepped=stepped)
    drawn = [
        *(
            place
            for path in (chart.line, chart.band, chart.low, chart.high)
            for place in places(path)
        ),
        *((dot.x, dot.y) for dot in chart.dots),
        *((mark.x, mark.y) for mark in chart.marks),
        *((0, place) for rule in chart.rules for place in (rule.y, rule.label_y)),
        *((0, tick.at) for tick in chart.y_ticks),
    ]
    assert all(0 <= across <= 100 and 0 <= down <= HEIGHT for across, down in drawn)
    assert 0 <= chart.label_y <= HEIGHT


def test_a_line_ends_at_its_last_point() -> None:
    points = [Point(1, 0.2), Point(4, 0.75)]
    chart = line_chart(points, x=Axis(0, 4), y=Axis(0, 1), height=HEIGHT)
    assert places(chart.line)[-1] == (chart.last.x, chart.last.y) == (100, 50)
    assert chart.band == ""


def test_a_stepped_line_holds_its_value_until_the_next_point() -> None:
    chart = line_chart(
        [Point(0, 0), Point(2, 1)], x=Axis(0, 2), y=Axis(0, 1), height=HEIGHT, stepped=True
    )
    assert places(chart.line) == [(0, HEIGHT), (100, HEIGHT), (100, 0)]


def test_labels_near_an_edge_are_anchored_inside() -> None:
    ticks = Axis(0, 100, [(0, "a"), (50, "b"), (99, "c")]).x_ticks()
    assert [tick.anchor for tick in ticks] == ["start", "middle", "end"]


@given(st.lists(st.lists(st.integers(0, 50), min_size=3, max_size=3), min_size=1, max_size=90))
def test_bars_are_stacked_inside_the_plot_without_overlap(rows: list[list[int]]) -> None:
    top = max(1, *(sum(row) for row in rows))
    columns = [Column("", list(zip("abc", row, strict=True))) for row in rows]
    chart = bar_chart(columns, y=Axis(0, top), height=HEIGHT)
    right = 0.0
    for (_title, left, width, bars), row in zip(chart.columns, rows, strict=True):
        assert left >= right - 0.01
        right = left + width
        assert right <= 100.01
        assert sum(bar.height for bar in bars) == pytest.approx(HEIGHT * sum(row) / top, abs=0.05)
        assert all(bar.y >= -0.01 and bar.y + bar.height <= HEIGHT + 0.01 for bar in bars)
        edges = [(bar.y, bar.y + bar.height) for bar in bars]
        for below, above in pairwise(edges):
            assert above[1] == pytest.approx(below[0], abs=0.02)


@given(st.floats(0.001, 1e6), st.integers(1, 10))
def test_a_step_is_round_and_gives_few_parts(span: float, at_most: int) -> None:
    step = round_step(span, at_most)
    assert span / step <= at_most * (1 + 1e-6)
    assert f"{step:.0e}"[0] in "125"


@pytest.mark.parametrize("high", [1, 2, 3, 7, 60, 231, 100_000])
def test_ticks_of_counts_are_whole_and_inside(high: int) -> None:
    values = [value for value, _ in count_ticks(high, str)]
    assert 2 <= len(values) <= 6
    assert values[0] == 0
    assert values[-1] <= high
    assert all(value == int(value) for value in values)


@pytest.mark.parametrize("days", [0, 1, 4, 30, 400, 4000])
def test_ticks_of_days_lie_between_the_ends(days: int) -> None:
    first = date(2026, 1, 1)
    last = date.fromordinal(first.toordinal() + days)
    found = [value for value, _ in day_ticks(first, last, str)]
    assert 1 <= len(found) <= 13
    assert first.toordinal() == found[0] <= found[-1] <= last.toordinal()


def test_an_axis_needs_a_range() -> None:
    with pytest.raises(ValueError, match="range"):
        Axis(1, 1)
