"""The runs of a project at a glance: progress, win rate with its interval, decision."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final

from django.core.cache import cache
from django.db.models import Aggregate, Max, Model, OuterRef, Subquery, Sum
from django.utils.translation import get_language, gettext, ngettext

from evaluation.gates import Decision, DecisionReason
from evaluation.results.models import GateCheck, RunDecision, RunTally
from evaluation.results.reports import RunReport, build_report
from evaluation.results.reports.sums import FORMAT
from evaluation.results.reports.wording import decision_label
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import EvaluationRun
from evaluation.runs.permissions import runs_hidden_from
from reviewapp.core import formats
from reviewapp.people.models import Project, User

OPEN_SHOWN: Final = 6
CLOSED_SHOWN: Final = 3
_VERSION: Final = 2
_KEPT_SECONDS: Final = 24 * 3600
_EVEN: Final = 0.5
_HARM: Final = frozenset({DecisionReason.GOT_WORSE, DecisionReason.OVER_LIMIT})


@dataclass(frozen=True)
class GlanceFigures:
    """What a run shows at a glance; places on the chart are percent.

    Attributes:
        counted, total: examples counted, and in the set.
        low, mid, high, line: the interval, the win rate and the gate; mid is None without examples.
        tone: "better" or "worse" when the interval excludes 50 %, else empty.
        rate: the win rate with its interval, in words.
        decision: its label; `kind` is the kind of its badge.
    """

    counted: int
    total: int
    low: float
    mid: float | None
    high: float
    line: float
    tone: str
    rate: str
    decision: str
    kind: str

    @property
    def progress(self) -> str:
        """How many examples are counted, in words."""
        sentence = ngettext(
            "%(counted)s of %(n)s example counted",
            "%(counted)s of %(n)s examples counted",
            self.total,
        )
        shown = {"counted": formats.count(self.counted), "n": formats.count(self.total)}
        return sentence % shown


@dataclass(frozen=True)
class RunGlance:
    """A run with its figures.

    Attributes:
        figures: None for a run that has none yet, or whose figures the user may not see.
        note: why there are none; empty for a run that is being set up.
    """

    run: EvaluationRun
    figures: GlanceFigures | None
    note: str = ""


def runs_at_a_glance(user: User, project: Project) -> list[RunGlance]:
    """Return the project's runs under way, newest first, and those that were closed last.

    At most nine. A run in which the user still votes shows no figures, as on its own page.
    """
    found = EvaluationRun.objects.filter(project=project).select_related(
        "project", "candidate", "baseline", "dataset_version"
    )
    under_way = found.exclude(state=RunState.CLOSED).order_by("-pk")[:OPEN_SHOWN]
    closed = found.filter(state=RunState.CLOSED).order_by("-closed_at", "-pk")[:CLOSED_SHOWN]
    return glances_of([*under_way, *closed], user, project)


def glances_of(runs: Iterable[EvaluationRun], user: User, project: Project) -> list[RunGlance]:
    """Return these runs of a project with the figures that the user may see, in their order."""
    listed = list(runs)
    hidden = set(runs_hidden_from(user, project))
    figures = figures_of([run for run in listed if run.pk not in hidden])
    return [_glance(run, figures.get(run.pk), is_hidden=run.pk in hidden) for run in listed]


def _glance(run: EvaluationRun, figures: GlanceFigures | None, *, is_hidden: bool) -> RunGlance:
    if is_hidden:
        return RunGlance(run, None, gettext("You vote in this run. Its figures show once closed."))
    return RunGlance(run, figures)


def figures_of(runs: list[EvaluationRun]) -> dict[int, GlanceFigures]:
    """Return the figures of the runs that have some, by run, in two statements while they are kept.

    Those of an open run are calculated once after each measurement, which follows the votes by
    seconds; an open run that was never measured is calculated at once. Those of a closed run do not
    change any more.
    """
    keys = _cache_keys(runs)
    stored: dict[str, dict[str, Any]] = cache.get_many([key for key in keys.values() if key])
    found = {}
    for run in runs:
        if run.pk not in keys:
            continue
        key = keys[run.pk]
        if key in stored:
            found[run.pk] = GlanceFigures(**stored[key])
            continue
        found[run.pk] = _figures(build_report(run))
        if key:
            cache.set(key, asdict(found[run.pk]), _KEPT_SECONDS)
    return found


def _cache_keys(runs: list[EvaluationRun]) -> dict[int, str]:
    """Return the cache key of each run's figures; it names what they rest on.

    Empty for an open run that was never measured. Runs that are being set up are left out.
    """
    measured = _measurements([run for run in runs if run.state == RunState.VOTING])
    keys = {}
    for run in runs:
        if run.state == RunState.CLOSED:
            stamp = f"closed-{run.closed_at.timestamp() if run.closed_at else 0}"
        elif run.state == RunState.VOTING:
            stamp = measured[run.pk]
        else:
            continue
        prefix = f"glance:{_VERSION}:{FORMAT}:{run.pk}"
        keys[run.pk] = f"{prefix}:{stamp}:{get_language()}" if stamp else ""
    return keys


def _measurements(runs: list[EvaluationRun]) -> dict[int, str]:
    """Return for each of these open runs what names its last measurement, empty without one."""
    if not runs:
        return {}
    last = EvaluationRun.objects.filter(pk__in=[run.pk for run in runs]).values_list(
        "pk",
        _aggregate(RunTally, Max("pk")),
        _aggregate(RunTally, Sum("through")),
        _aggregate(GateCheck, Max("checked_at")),
        _aggregate(RunDecision, Max("pk")),
    )
    return {
        pk: f"open-{newest}-{through}-{checked.timestamp() if checked else 0}-{decision}"
        if newest is not None
        else ""
        for pk, newest, through, checked, decision in last
    }


def _aggregate(model: type[Model], aggregate: Aggregate) -> Subquery:
    """Return an aggregate over the rows that a model has of a run."""
    rows = model._default_manager.filter(run=OuterRef("pk")).order_by().values("run")
    return Subquery(rows.annotate(found=aggregate).values("found"))


def _figures(report: RunReport) -> GlanceFigures:
    row = report.overall
    shown = row.figures
    kind = "decision"
    if report.decision is Decision.PROMOTE:
        kind = "passed"
    elif report.decision_reason in _HARM:
        kind = "failed"
    tone = "better" if shown.lower > _EVEN else "worse" if shown.upper < _EVEN else ""
    interval = formats.percent_range(shown.lower, shown.upper)
    return GlanceFigures(
        counted=shown.n,
        total=shown.n + row.counted.left,
        low=_hundred(shown.lower),
        mid=None if shown.estimate is None else _hundred(shown.estimate),
        high=_hundred(shown.upper),
        line=_hundred(report.settings.t_overall),
        tone=tone,
        rate=f"{formats.percent(shown.estimate)} ({interval})",
        decision=decision_label(report),
        kind=kind,
    )


def _hundred(value: float) -> float:
    return round(100 * value, 2)
