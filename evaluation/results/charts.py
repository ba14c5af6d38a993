"""Charts of a run: the win rate and its interval over examples or time, and the votes by day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from django.utils.translation import gettext, ngettext, pgettext

from evaluation.results.reports.courses import RowCourse, RunCourses
from evaluation.results.reports.vote_days import RaterDays
from evaluation.stats.course import Look
from reviewapp.core import formats
from reviewapp.core.charts import (
    Axis,
    BarChart,
    Column,
    LineChart,
    Mark,
    Point,
    Rule,
    bar_chart,
    count_ticks,
    day_bins,
    day_ticks,
    line_chart,
)

HEIGHT, SMALL_HEIGHT, BAR_HEIGHT, SPARK_HEIGHT = 240, 96, 140, 28
_EVEN: Final = 0.5
_HALF: Final = 0.5
_STEP: Final = 0.2
"""Ticks on the axis of the win rate: a small chart has one in the middle."""
_SHORT: Final = timedelta(days=2)
OVERALL_KEY: Final = "course-all"


@dataclass(frozen=True)
class CourseChart:
    """The course of a row: its chart, its words, and the figures behind it.

    Attributes:
        key: names the elements of the chart on its page.
        name: the intent, or "All".
        chart: None when nothing is counted, or when the looks have no times to draw.
        label: the present win rate with its interval.
        reading: what the chart shows, in sentences.
        looks: the figures.
    """

    key: str
    name: str
    chart: LineChart | None
    label: str
    reading: str
    looks: tuple[Look, ...]


def run_charts(courses: RunCourses, *, over_time: bool) -> tuple[CourseChart, list[CourseChart]]:
    """Draw all examples and each intent of a run, over time on one common axis.

    Args:
        courses: of the run.
        over_time: whether the axis is the time at which examples were counted, not their number.
    """
    looks = [look for course in (courses.overall, *courses.intents) for look in course.looks]
    times = sorted(look.at for look in looks if look.at is not None)
    ends = (times[0], times[-1]) if over_time and times else None
    intents = [
        _draw(course, f"course-{course.row.intent_id}", ends, small=True)
        for course in courses.intents
    ]
    return _draw(courses.overall, OVERALL_KEY, ends), intents


def overall_chart(courses: RunCourses) -> CourseChart:
    """Draw the win rate of all examples over their number."""
    return _draw(courses.overall, OVERALL_KEY, None)


def _draw(
    course: RowCourse, key: str, ends: tuple[datetime, datetime] | None, *, small: bool = False
) -> CourseChart:
    """Draw a row; `ends` is the time that the axis covers, None draws numbers of examples."""
    row, looks = course.row, course.looks
    # Translators: the row of a table that sums up all examples.
    name = row.name or pgettext("examples", "All")
    label = _rate(looks[-1]) if looks else ""
    chart = _line(course, key, ends, small=small) if looks else None
    return CourseChart(key, name, chart, label, _reading(course), looks)


def _line(
    course: RowCourse, key: str, ends: tuple[datetime, datetime] | None, *, small: bool
) -> LineChart | None:
    looks = course.looks if ends is None else [look for look in course.looks if look.at is not None]
    x = _count_axis(looks[-1].n, small=small) if ends is None else _time_axis(*ends, small=small)
    if x is None:
        return None
    across = _number if ends is None else _seconds
    points = [
        Point(
            across(look), look.estimate, look.lower, look.upper, "" if small else _point_title(look)
        )
        for look in looks
    ]
    crossing = course.crossing
    marks = [] if crossing is None else [_crossing_mark(crossing, across(crossing), key)]
    return line_chart(
        points,
        x=x,
        # The whole scale, so that no interval is cut and all charts compare.
        y=Axis(0, 1, _percent_ticks(0, 1, _HALF if small else _STEP)),
        height=SMALL_HEIGHT if small else HEIGHT,
        rules=_rules(course),
        marks=marks,
        stepped=ends is not None,
    )


def _number(look: Look) -> float:
    return float(look.n)


def _seconds(look: Look) -> float:
    return look.at.timestamp() if look.at else 0.0


def _count_axis(n: int, *, small: bool) -> Axis:
    high = max(n, 2)
    return Axis(0, high, count_ticks(high, formats.count, at_most=2 if small else 4))


def _time_axis(first: datetime, last: datetime, *, small: bool) -> Axis | None:
    """Return an axis of time; None when there is no time between its ends."""
    if last <= first:
        return None
    first, last = first.astimezone(UTC), last.astimezone(UTC)
    low, high = first.timestamp(), last.timestamp()
    if last - first >= _SHORT:
        days = day_ticks(
            first.date() + timedelta(days=1),
            last.date(),
            formats.day_of_year,
            at_most=2 if small else 4,
        )
        return Axis(low, high, [(_midnight(int(day)), label) for day, label in days])
    if small:
        return Axis(low, high, [(low, formats.day_of_year(first))])
    return Axis(low, high, [(low, formats.moment(first)), (high, formats.moment(last))])


def _midnight(ordinal: int) -> float:
    day = date.fromordinal(ordinal)
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()


def _percent_ticks(low: float, high: float, step: float) -> list[tuple[float, str]]:
    parts = round((high - low) / step)
    values = [round(low + number * step, 3) for number in range(parts + 1)]
    return [(value, formats.percent(value)) for value in values if value <= high]


def _rules(course: RowCourse) -> list[Rule]:
    threshold = course.row.threshold
    if threshold is None:
        return [Rule(_EVEN, "")]
    label = gettext("Gate %(limit)s") % {"limit": formats.percent(threshold)}
    gate = Rule(threshold, label, "gate")
    return [gate] if threshold == _EVEN else [Rule(_EVEN, ""), gate]


def _crossing_mark(crossing: Look, across: float, key: str) -> Mark:
    label = gettext("passed at example %(example)s") % {"example": formats.count(crossing.n)}
    return Mark(across, crossing.lower, label, f"#{key}-{crossing.n}")


def _rate(look: Look) -> str:
    return f"{formats.percent(look.estimate)} ({formats.percent_range(look.lower, look.upper)})"


def _point_title(look: Look) -> str:
    return gettext("Example %(n)s: %(rate)s") % {"n": formats.count(look.n), "rate": _rate(look)}


def _reading(course: RowCourse) -> str:
    """Return what the chart shows, in sentences."""
    if not course.looks:
        return gettext("No example is counted yet.")
    last = course.looks[-1]
    sentences = [
        ngettext(
            "After %(n)s example the win rate is %(rate)s, its interval %(interval)s.",
            "After %(n)s examples the win rate is %(rate)s, its interval %(interval)s.",
            last.n,
        )
        % {
            "n": formats.count(last.n),
            "rate": formats.percent(last.estimate),
            "interval": formats.percent_range(last.lower, last.upper),
        }
    ]
    if course.row.threshold is not None:
        line = {"limit": formats.percent(course.row.threshold)}
        found = course.row.counted.crossing
        if found is None:
            sentences.append(gettext("The interval has not passed the gate at %(limit)s.") % line)
        else:
            line["example"] = formats.count(found.example)
            passed = gettext("The interval passed the gate at %(limit)s at example %(example)s.")
            sentences.append(passed % line)
    return " ".join(sentences)


@dataclass(frozen=True)
class VoteChart:
    """Votes by day, and a small chart of the same days for each reviewer.

    Attributes:
        chart: of all reviewers; None without votes.
        reading: what it shows, in a sentence.
        raters: pairs of a reviewer's days and their chart.
        columns: what each column covers, and its votes.
    """

    chart: BarChart | None
    reading: str
    raters: list[tuple[RaterDays, BarChart]]
    columns: list[tuple[str, int]]


def vote_chart(raters: Iterable[RaterDays]) -> VoteChart:
    """Draw the votes of a run by day; a long run is drawn in columns of several days."""
    found = list(raters)
    days = sorted({day for rater in found for day in rater.days})
    if not days:
        return VoteChart(None, gettext("No votes yet."), [], [])
    bins = day_bins(days[0], days[-1])
    totals = [sum(rater.between(*span) for rater in found) for span in bins]
    names = [formats.day_range(*span) for span in bins]
    titles = [_votes_title(name, n) for name, n in zip(names, totals, strict=True)]
    top = max(totals)
    chart = bar_chart(
        [Column(title, [("votes", n)]) for title, n in zip(titles, totals, strict=True)],
        y=Axis(0, top, count_ticks(top, formats.count, at_most=3)),
        height=BAR_HEIGHT,
        labels=formats.ends_of_days(bins),
    )
    highest = max(rater.between(*span) for rater in found for span in bins)
    small = [(rater, _spark(rater, bins, highest)) for rater in found]
    return VoteChart(chart, _busiest(names, totals), small, list(zip(names, totals, strict=True)))


def _spark(rater: RaterDays, bins: Sequence[tuple[date, date]], highest: int) -> BarChart:
    columns = [
        Column(
            _votes_title(formats.day_range(*span), rater.between(*span)),
            [("votes", rater.between(*span))],
        )
        for span in bins
    ]
    return bar_chart(columns, y=Axis(0, highest), height=SPARK_HEIGHT)


def _votes_title(name: str, n: int) -> str:
    sentence = ngettext("%(day)s: %(n)s vote", "%(day)s: %(n)s votes", n)
    return sentence % {"day": name, "n": formats.count(n)}


def _busiest(names: Sequence[str], totals: Sequence[int]) -> str:
    number = max(range(len(totals)), key=totals.__getitem__)
    total = sum(totals)
    sentence = ngettext(
        "%(n)s vote in all; most on %(day)s: %(most)s.",
        "%(n)s votes in all; most on %(day)s: %(most)s.",
        total,
    )
    most = formats.count(totals[number])
    return sentence % {"n": formats.count(total), "day": names[number], "most": most}
