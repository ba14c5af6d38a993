"""How the win rates of a run came about: the interval after earlier numbers of examples.

A course ends at the figure of the run's page. Looks that were calculated once are kept in the cache
until the votes of the run are counted anew, so each reading looks only at what was counted since.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final

from django.core.cache import cache
from django.db import connection
from django.db.models import Max
from psycopg import sql

from evaluation.results.reports.rows import Row
from evaluation.results.reports.run_report import RunReport
from evaluation.results.reports.sums import FORMAT, RowSums
from evaluation.runs.models import RunEvent
from evaluation.runs.models.counts import CLOSING_COLUMNS
from evaluation.stats.course import MAX_LOOKS, Course, Look, Step, step_size
from evaluation.stats.tally import VerdictCounts

INTENT_LOOKS: Final = 24
"""Most looks in the small chart of an intent."""
_VERSION: Final = 1
"""Raised when what is cached changes."""
_MAIN: Final = 0
_NEVER: Final = 2**31 - 1
_KEPT_SECONDS: Final = 30 * 24 * 3600
_CHANGES_NOTHING: Final = ("gate_changed", "decision_changed", "adjudicate")
"""Events of a run that change no vote."""


@dataclass(frozen=True)
class RowCourse:
    """The looks of the whole run or of one intent, the last of which is the row's figure.

    Attributes:
        row: of the report.
        looks: in order; empty when nothing is counted.
    """

    row: Row
    looks: tuple[Look, ...]

    @property
    def crossing(self) -> Look | None:
        """The look at the first crossing of the threshold, if it is stored."""
        found = self.row.counted.crossing
        if found is None or not self.row.gated:
            return None
        return next((look for look in self.looks if look.n == found.example), None)


@dataclass(frozen=True)
class RunCourses:
    """The courses of a run; intents in the order of its report."""

    overall: RowCourse
    intents: tuple[RowCourse, ...]


def courses_of(report: RunReport) -> RunCourses | None:
    """Return the courses of a run; None for an unordered run, which is read at once.

    Takes four queries, whatever the number of intents; writes only to the cache.
    """
    if report.run.is_unordered:
        return None
    key = _key(report)
    known: dict[int, Course] = cache.get(key, {})
    rows = [report.overall, *report.intents]
    plans = [_Plan.of(row, _sums(report, row), known.get(_id(row), Course())) for row in rows]
    found, kept = _calculated(report, plans)
    if any(look is None for look in found):
        # The cache, or a vote meanwhile, disagrees with the report: from the beginning.
        plans = [replace(plan, start=Course()) for plan in plans]
        found, kept = _calculated(report, plans)
    if kept != known:
        cache.set(key, kept, _KEPT_SECONDS)
    overall, *intents = [
        RowCourse(plan.row, looks or _figure_alone(plan.row))
        for plan, looks in zip(plans, found, strict=True)
    ]
    return RunCourses(overall, tuple(intents))


def _key(report: RunReport) -> str:
    """Return the key of what is cached: another one after each change but further votes."""
    events = RunEvent.objects.filter(run=report.run).exclude(action__in=_CHANGES_NOTHING)
    last = events.aggregate(last=Max("pk"))["last"]
    return f"courses:{_VERSION}:{FORMAT}:{MAX_LOOKS}:{INTENT_LOOKS}:{report.run.pk}:{last}"


def _id(row: Row) -> int:
    return _MAIN if row.intent_id is None else row.intent_id


def _sums(report: RunReport, row: Row) -> RowSums:
    walk = report.walk
    return walk.main if row.intent_id is None else walk.intents[row.intent_id]


@dataclass(frozen=True)
class _Plan:
    """What is to be read for one row.

    Attributes:
        sums: the row's stored sums, up to where it is counted.
        start: the looks that are known.
        step: examples between two looks.
        crossed_at: number of the example at which the row crossed, or never.
    """

    row: Row
    sums: RowSums
    start: Course
    step: int
    crossed_at: int

    @classmethod
    def of(cls, row: Row, sums: RowSums, known: Course) -> _Plan:
        step = step_size(sums.scan.n, MAX_LOOKS if row.intent_id is None else INTENT_LOOKS)
        crossed = sums.scan.crossed_at
        start = known.thinned(step, keep=crossed) if known.through <= sums.through else Course()
        return cls(row, sums, start, step, crossed or _NEVER)

    def cut(self, steps: Sequence[Step]) -> tuple[list[Step], list[Step]]:
        """Return the steps that end at a look to keep, and the one after them, if any."""
        rest = self.sums.scan.n % self.step and self.sums.scan.n != self.crossed_at
        return (list(steps[:-1]), list(steps[-1:])) if rest else (list(steps), [])


def _calculated(
    report: RunReport, plans: Sequence[_Plan]
) -> tuple[list[tuple[Look, ...] | None], dict[int, Course]]:
    """Return the looks of each row, None where they miss its figure, and what to keep of them."""
    steps = _steps(report, plans)
    found: list[tuple[Look, ...] | None] = []
    kept = {}
    alpha = report.settings.alpha
    for plan in plans:
        prior = plan.row.counted.prior
        whole, rest = plan.cut(steps[_id(plan.row)])
        course = plan.start.extended(whole, alpha=alpha, prior=prior)
        kept[_id(plan.row)] = course
        full = course.extended(rest, alpha=alpha, prior=prior)
        is_same = full.scores == plan.row.tally.score_counts
        found.append(full.looks if is_same else None)
    return found, kept


def _figure_alone(row: Row) -> tuple[Look, ...]:
    shown = row.figures
    if shown.estimate is None:
        return ()
    return (Look(shown.n, shown.estimate, shown.lower, shown.upper),)


# The examples that a row counts after its last look, grouped by the look that they belong to. The
# example of a crossing ends a group, so that the chart shows the lower end where it crossed.
_STEPS: Final = """
SELECT t.id, (s.number + t.step - 1) / t.step, s.number > t.crossed, {counts},
       count(*), max(s.position), max(s.closed_at)
FROM unnest(%(ids)s::bigint[], %(after)s::int[], %(through)s::int[], %(start)s::int[],
            %(step)s::int[], %(crossed)s::int[]) AS t (id, after, through, start, step, crossed)
CROSS JOIN LATERAL (
    SELECT row_number() OVER (ORDER BY c.position) + t.start AS number,
           c.position, c.closed_at, {columns}
    FROM evaluation_comparison c
    WHERE c.run_id = %(run)s AND c.state = 'closed' {of_row}
      AND c.position > t.after AND c.position <= t.through
) s
GROUP BY 1, 2, 3, {counts}
ORDER BY 1, 2, 3
"""


def _statement(of_row: str) -> str:
    return (
        sql.SQL(_STEPS)
        .format(
            counts=sql.SQL(", ").join(sql.Identifier("s", name) for name in CLOSING_COLUMNS),
            columns=sql.SQL(", ").join(sql.Identifier("c", name) for name in CLOSING_COLUMNS),
            of_row=sql.SQL(of_row),
        )
        .as_string()
    )


_OF_MAIN: Final = _statement("")
_OF_INTENTS: Final = _statement("AND c.intent_id = t.id")


def _steps(report: RunReport, plans: Sequence[_Plan]) -> Mapping[int, list[Step]]:
    """Return the steps of each row by its id; none for a row with nothing new."""
    main, intents = plans[:1], plans[1:]
    rows = [*_rows(report, _OF_MAIN, main), *_rows(report, _OF_INTENTS, intents)]
    groups: dict[int, dict[tuple[int, bool], list[Any]]] = defaultdict(lambda: defaultdict(list))
    for pk, bucket, later, *rest in rows:
        groups[pk][bucket, later].append(rest)
    steps = {pk: [_step(found) for found in of_row.values()] for pk, of_row in groups.items()}
    return defaultdict(list, steps)


def _rows(report: RunReport, statement: str, plans: Sequence[_Plan]) -> Iterable[Any]:
    parameters: dict[str, Any] = {
        "run": report.run.pk,
        "ids": [_id(plan.row) for plan in plans],
        "after": [plan.start.through for plan in plans],
        "through": [plan.sums.through for plan in plans],
        "start": [plan.start.n for plan in plans],
        "step": [plan.step for plan in plans],
        "crossed": [plan.crossed_at for plan in plans],
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def _step(rows: Iterable[Sequence[Any]]) -> Step:
    scores: dict[Fraction, int] = defaultdict(int)
    through, at = 0, None
    for *votes, examples, position, closed_at in rows:
        scores[VerdictCounts(*votes).score] += examples
        through = max(through, position)
        at = closed_at if at is None else max(at, closed_at)
    return Step(scores, through, at)
