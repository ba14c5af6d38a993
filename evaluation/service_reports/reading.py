"""Reads the limits of a project, and the latest figures that service reported of a model."""

from __future__ import annotations

from collections.abc import Callable, Collection

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from evaluation.registry.models import ModelVersion
from evaluation.service_reports.judging import Limits, Measurement, ServiceFigure
from evaluation.service_reports.models import ServiceLimits, ServiceReport
from reviewapp.people.models import Project

READ = 100
"""Reports that are looked through for a figure, the latest first."""


def limits_of(project: Project) -> Limits:
    """Return the limits of a project."""
    row = ServiceLimits.objects.filter(project=project).first()
    if row is None:
        return Limits()
    return Limits(row.max_p95_ms, row.max_usd, row.max_refusal_share, row.min_csat_share)


def latest_figures(model: ModelVersion) -> dict[ServiceFigure, Measurement]:
    """Return each figure from the latest period for which it was reported."""
    found: dict[ServiceFigure, Measurement] = {}
    for report in ServiceReport.objects.filter(model_version=model)[:READ]:
        found = figures_of(report) | found
    return found


def latest_figures_of(
    models: Collection[int],
) -> dict[int, dict[ServiceFigure, Measurement]]:
    """Return what `latest_figures` does for each of these models, by its id; one query."""
    place = Window(
        RowNumber(), partition_by="model_version", order_by=[F("ends").desc(), F("pk").desc()]
    )
    rows = ServiceReport.objects.filter(model_version__in=models).annotate(place=place)
    found: dict[int, dict[ServiceFigure, Measurement]] = {}
    for report in rows.filter(place__lte=READ).order_by("-ends", "-pk"):
        found[report.model_version_id] = figures_of(report) | found.get(report.model_version_id, {})
    return found


def figures_of(report: ServiceReport) -> dict[ServiceFigure, Measurement]:
    """Return the figures of a report, without those that were not measured."""
    found = ((figure, read(report)) for figure, read in _READ.items())
    return {figure: measured for figure, measured in found if measured is not None}


def _p95(report: ServiceReport) -> Measurement | None:
    return _measured(report, report.p95_ms, report.answers)


def _cost(report: ServiceReport) -> Measurement | None:
    usd = None if report.usd is None else report.usd / report.answers
    return _measured(report, usd, report.answers)


def _declined_answers(report: ServiceReport) -> Measurement | None:
    return _share(report, report.refusals, report.answers)


def _csat(report: ServiceReport) -> Measurement | None:
    return _share(report, report.satisfied, report.ratings or 0)


def _share(report: ServiceReport, hits: int | None, n: int) -> Measurement | None:
    return _measured(report, None if hits is None else hits / n, n, hits)


def _measured(
    report: ServiceReport, value: object, n: int, hits: int | None = None
) -> Measurement | None:
    if value is None:
        return None
    return Measurement(float(str(value)), n, hits, report.starts, report.ends)


_READ: dict[ServiceFigure, Callable[[ServiceReport], Measurement | None]] = {
    ServiceFigure.P95: _p95,
    ServiceFigure.COST: _cost,
    ServiceFigure.REFUSALS: _declined_answers,
    ServiceFigure.CSAT: _csat,
}
