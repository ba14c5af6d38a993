"""Charts of the curation: examples by state over time, submitted and approved by day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext, ngettext

from datasets.curation.lifecycle import State
from datasets.curation.texts import STATE_LABELS
from datasets.curation.throughput import CurationHistory
from reviewapp.core import formats
from reviewapp.core.charts import Axis, BarChart, Column, bar_chart, count_ticks, day_bins

STATES_HEIGHT, DAYS_HEIGHT = 220, 100
STACKED = (State.APPROVED, State.IN_REVIEW, State.CHANGES_REQUESTED, State.DRAFT)
"""From the bottom; retired examples are not in work."""


@dataclass(frozen=True)
class CurationCharts:
    """The charts of the curation, with their words and figures.

    Attributes:
        states: stacked columns of the examples by state.
        submitted, approved: columns by day, on one scale.
        reading, submitted_reading, approved_reading: what they show, in sentences.
        legend: kind and label of each state, from the top of the columns.
        rows: for each column its days, the numbers by state, submitted and approved.
    """

    states: BarChart
    submitted: BarChart
    approved: BarChart
    reading: str
    submitted_reading: str
    approved_reading: str
    legend: list[tuple[str, str]]
    rows: list[tuple[str, list[int], int, int]]


def curation_charts(history: CurationHistory) -> CurationCharts:
    """Draw the curation of the last days."""
    bins = day_bins(history.days[0], history.days[-1])
    at_end = dict(zip(history.days, history.states, strict=True))
    ends = [at_end[last] for _first, last in bins]
    names = [formats.day_range(*span) for span in bins]
    submitted, approved = _sums(history.submitted, bins), _sums(history.approved, bins)
    top = max(1, *submitted, *approved)
    return CurationCharts(
        states=_stacked(bins, [formats.day(last) for _first, last in bins], ends),
        submitted=_by_day(bins, names, submitted, top),
        approved=_by_day(bins, names, approved, top),
        reading=_reading(history),
        submitted_reading=_submitted(sum(submitted)),
        approved_reading=_approved(sum(approved)),
        legend=[(state.value, str(STATE_LABELS[state])) for state in reversed(STACKED)],
        rows=[
            (name, [states[state] for state in STACKED], sent, passed)
            for name, states, sent, passed in zip(names, ends, submitted, approved, strict=True)
        ],
    )


def _sums(days: Mapping[date, int], bins: Sequence[tuple[date, date]]) -> list[int]:
    return [sum(n for day, n in days.items() if first <= day <= last) for first, last in bins]


def _stacked(
    bins: Sequence[tuple[date, date]], names: Sequence[str], ends: Sequence[Mapping[State, int]]
) -> BarChart:
    columns = [
        Column(
            f"{name}: {_counts(counts)}",
            [(state.value, counts[state]) for state in STACKED],
        )
        for name, counts in zip(names, ends, strict=True)
    ]
    top = max(1, *(sum(counts[state] for state in STACKED) for counts in ends))
    y = Axis(0, top, count_ticks(top, formats.count))
    return bar_chart(columns, y=y, height=STATES_HEIGHT, labels=formats.ends_of_days(bins))


def _counts(counts: Mapping[State, int]) -> str:
    return ", ".join(f"{STATE_LABELS[state]} {formats.count(counts[state])}" for state in STACKED)


def _by_day(
    bins: Sequence[tuple[date, date]], names: Sequence[str], numbers: Sequence[int], top: int
) -> BarChart:
    columns = [
        Column(f"{name}: {formats.count(n)}", [("votes", n)])
        for name, n in zip(names, numbers, strict=True)
    ]
    y = Axis(0, top, count_ticks(top, formats.count, at_most=2))
    return bar_chart(columns, y=y, height=DAYS_HEIGHT, labels=formats.ends_of_days(bins))


def _submitted(n: int) -> str:
    sentence = ngettext("%(n)s example submitted.", "%(n)s examples submitted.", n)
    return sentence % {"n": formats.count(n)}


def _approved(n: int) -> str:
    sentence = ngettext("%(n)s example approved.", "%(n)s examples approved.", n)
    return sentence % {"n": formats.count(n)}


def _reading(history: CurationHistory) -> str:
    """Return how many examples are in work, and how long they take at the present pace."""
    if not history.in_work:
        return gettext("No example is in work.")
    sentence = ngettext("%(n)s example is in work.", "%(n)s examples are in work.", history.in_work)
    work = sentence % {"n": formats.count(history.in_work)}
    if history.days_left is None:
        nothing = gettext("None was approved in the last 14 days.")
        return f"{work} {nothing}"
    pace = ngettext(
        "At the pace of the last 14 days they take about %(days)s day.",
        "At the pace of the last 14 days they take about %(days)s days.",
        history.days_left,
    )
    return f"{work} {pace % {'days': formats.count(history.days_left)}}"
