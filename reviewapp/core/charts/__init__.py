"""Geometry of charts that templates draw as SVG. Pure.

Horizontal positions are percent of the width, so that a chart fits every screen without scaling its
text; vertical positions are pixels from the top. Labels come ready-made from the caller, in the
language of the page.
"""

from reviewapp.core.charts.bars import Bar, BarChart, Column, bar_chart
from reviewapp.core.charts.days import day_bins
from reviewapp.core.charts.lines import Dot, LineChart, Mark, Point, Rule, line_chart
from reviewapp.core.charts.scales import Axis, Tick, count_ticks, day_ticks, round_step

__all__ = [
    "Axis",
    "Bar",
    "BarChart",
    "Column",
    "Dot",
    "LineChart",
    "Mark",
    "Point",
    "Rule",
    "Tick",
    "bar_chart",
    "count_ticks",
    "day_bins",
    "day_ticks",
    "line_chart",
    "round_step",
]
