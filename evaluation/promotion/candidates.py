"""The candidates of a project side by side: each closed run, and one run against another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext

from evaluation.promotion.models import AliasName, Promotion
from evaluation.promotion.service_history import PromotionKind
from evaluation.results.display import RateRow, build_intent_rows, build_overall_row
from evaluation.results.glance import GlanceFigures, figures_of
from evaluation.results.reports import RunReport, build_report
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import EvaluationRun
from evaluation.runs.permissions import runs_hidden_from
from reviewapp.people.models import Project, User

CLOSED_SHOWN = 20
CHOICES_SHOWN = 200
_SHOWN_STATES = (RunState.VOTING, RunState.CLOSED)


@dataclass(frozen=True)
class ClosedRun:
    """A closed run with its result.

    Attributes:
        served: the model that served as production when the run opened; empty for none.
        is_against_production: whether the baseline was that model.
    """

    run: EvaluationRun
    figures: GlanceFigures
    served: str
    is_against_production: bool


def closed_runs(project: Project) -> list[ClosedRun]:
    """Return the runs that were closed last, the newest first, with what served as production."""
    runs = EvaluationRun.objects.filter(
        project=project, state=RunState.CLOSED, opened_at__isnull=False
    ).select_related("project", "candidate", "baseline", "dataset_version")
    changes = list(
        Promotion.objects.filter(project=project)
        .of_alias(AliasName.PRODUCTION)
        .in_effect()
        .reverse()
        .values_list("effective_at", "kind", "model_version_id", "model_version__name")
    )
    shown = list(runs.order_by("-closed_at", "-pk")[:CLOSED_SHOWN])
    figures = figures_of(shown)
    return [_closed_run(run, figures[run.pk], changes) for run in shown]


Change = tuple[datetime | None, str, int, str]


def _closed_run(run: EvaluationRun, figures: GlanceFigures, changes: Sequence[Change]) -> ClosedRun:
    serving: tuple[int | None, str] = (None, "")
    for at, kind, model, name in changes:
        if run.opened_at is None or at is None or at > run.opened_at:
            break
        serving = (None, "") if kind == PromotionKind.WITHDRAWAL else (model, name)
    return ClosedRun(run, figures, serving[1], serving[0] == run.baseline_id)


def comparable_runs(user: User, project: Project) -> list[EvaluationRun]:
    """Return the runs with figures that the user may see, the newest first."""
    found = EvaluationRun.objects.filter(project=project, state__in=_SHOWN_STATES)
    visible = found.exclude(pk__in=runs_hidden_from(user, project))
    related = visible.select_related("project", "candidate", "baseline", "dataset_version")
    return list(related.order_by("-pk")[:CHOICES_SHOWN])


@dataclass(frozen=True)
class RowPair:
    """One row of two runs; None where a run has no such intent.

    Attributes:
        reading: whether the intervals overlap, in words; empty unless both have examples.
    """

    name: str
    first: RateRow | None
    second: RateRow | None
    reading: str


@dataclass(frozen=True)
class RunPair:
    """Two runs side by side: all examples, then each intent; what makes them hard to compare."""

    rows: list[RowPair]
    caveats: list[str]


def pair_of(first: EvaluationRun, second: EvaluationRun) -> RunPair:
    """Return two runs side by side."""
    reports = build_report(first), build_report(second)
    overall = _pair(build_overall_row(reports[0]), build_overall_row(reports[1]))
    intents = [{row.name: row for row in build_intent_rows(report)} for report in reports]
    names = sorted(intents[0] | intents[1])
    rows = [_pair(intents[0].get(name), intents[1].get(name)) for name in names]
    return RunPair([overall, *rows], _caveats(*reports))


def _pair(first: RateRow | None, second: RateRow | None) -> RowPair:
    name = next(row.name for row in (first, second) if row is not None)
    return RowPair(name, first, second, _overlap(first, second))


def _overlap(first: RateRow | None, second: RateRow | None) -> str:
    if first is None or second is None or first.mid is None or second.mid is None:
        return ""
    if first.low > second.high:
        return gettext("first higher")
    if second.low > first.high:
        return gettext("second higher")
    return gettext("intervals overlap")


def _caveats(first: RunReport, second: RunReport) -> list[str]:
    """Return what makes two runs hard to compare, one sentence each."""
    found = []
    first_run, second_run = first.run, second.run
    if first_run.baseline_id != second_run.baseline_id:
        found.append(
            gettext("The baselines differ, so a higher win rate does not mean a better candidate.")
        )
    if first_run.prompts_digest != second_run.prompts_digest:
        found.append(gettext("The sets of prompts differ; one may be easier than the other."))
    if _reviewers(first) != _reviewers(second):
        found.append(gettext("The reviewers differ, and reviewers may judge differently."))
    if RunState.VOTING in (first_run.state, second_run.state):
        found.append(gettext("A run is still open for votes, so its figures will change."))
    return found


def _reviewers(report: RunReport) -> set[object]:
    """Return who voted: accounts, or names of imported votes."""
    return {
        voting.rater.user_id or voting.rater.name
        for voting in report.voting
        if voting.votes and voting.rater.removed_at is None
    }
