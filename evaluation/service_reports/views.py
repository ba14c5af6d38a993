"""The page of models in service: the limits of the project, and what service reported."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from evaluation.registry.models import ModelVersion
from evaluation.runs.permissions import blinded_runs_of, model_denied_reason
from evaluation.service_reports.actions import set_limits
from evaluation.service_reports.forms import LimitsForm, initial_of
from evaluation.service_reports.judging import Kept, Limits, ServiceFigure, judge_figure
from evaluation.service_reports.models import ServiceReport
from evaluation.service_reports.reading import figures_of, limits_of
from evaluation.service_reports.texts import FIGURES, KEPT, shown_figure
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.models import Project
from reviewapp.people.permissions import Permission

SHOWN = 50
"""Reports on the page, the latest first."""
MAX_DIGITS = 18
"""Of the id of a row."""


@dataclass(frozen=True)
class FigureCell:
    """A figure of a report as its cell shows it; `label` is empty where it is not judged."""

    title: str | Promise
    value: str
    badge: str
    label: str | Promise


@dataclass(frozen=True)
class ReportRow:
    """A report with each of its figures, judged by the limits of today."""

    report: ServiceReport
    figures: list[FigureCell]


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.LEAD)
def service(request: ProjectRequest) -> HttpResponse:
    """Show the limits of the project and the reports of its models, and set the limits."""
    project = request.project
    limits = limits_of(project)
    form = LimitsForm(request.POST or None, initial=initial_of(limits))

    def change(**fields: Any) -> Limits:
        return set_limits(project=project, actor=request.user, **fields)

    if request.method == "POST" and form.perform(change) is not None:
        messages.success(request, gettext("The limits are saved."))
        return redirect("evaluation:service", project.slug)
    model = _chosen(project, request.GET.get("model", ""))
    denied = model_denied_reason(request.user, model.pk) if model else ""
    context = {
        "form": form,
        "model": model,
        "denied": denied,
        "rows": [] if denied else _rows(request, model, limits),
        "figures": list(FIGURES.values()),
    }
    template = "evaluation/service_reports/service.html"
    return render(request, template, context, status=form.status)


def _chosen(project: Project, given: str) -> ModelVersion | None:
    if not given.isdecimal() or len(given) > MAX_DIGITS:
        return None
    return ModelVersion.objects.filter(project=project, pk=int(given)).first()


def _rows(request: ProjectRequest, model: ModelVersion | None, limits: Limits) -> list[ReportRow]:
    """Return the latest reports, without those of models that the user is blind to."""
    found = ServiceReport.objects.filter(model_version__project=request.project)
    if model is not None:
        found = found.filter(model_version=model)
    blinded = blinded_runs_of(request.user, _models(request.project))
    pairs = blinded.values_list("candidate", "baseline")
    found = found.exclude(model_version__in={pk for pair in pairs for pk in pair})
    latest = found.select_related("model_version", "reported_by").order_by("-ends", "-pk")[:SHOWN]
    return [ReportRow(report, _cells(report, limits)) for report in latest]


def _models(project: Project) -> list[int]:
    return list(ModelVersion.objects.filter(project=project).values_list("pk", flat=True))


def _cells(report: ServiceReport, limits: Limits) -> list[FigureCell]:
    measured = figures_of(report)
    judged = [(figure, judge_figure(figure, measured, limits)) for figure in ServiceFigure]
    return [
        FigureCell(
            FIGURES[figure],
            shown_figure(figure, found.measured),
            found.kept,
            "" if found.kept is Kept.OPEN else KEPT[found.kept],
        )
        for figure, found in judged
    ]
