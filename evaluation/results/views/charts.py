"""The charts of a run for leads, and their figures as files."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from evaluation.results import charts
from evaluation.results.reports import RunReport, build_report
from evaluation.results.reports.courses import courses_of
from evaluation.results.reports.vote_days import votes_by_day
from evaluation.results.views.run import SETUP_STATES, require_figures, run_of
from reviewapp.core.spreadsheets import csv_response
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission


@require_safe
@project_view(Permission.LEAD)
def run_charts(request: ProjectRequest, run_id: int) -> HttpResponse:
    """Show the charts of a run: win rates over examples or time, votes by day."""
    run = run_of(request, run_id)
    if run.state in SETUP_STATES:
        return redirect("evaluation:run_setup", request.project.slug, run.pk)
    require_figures(request, run)
    over_time = request.GET.get("over") == "time"
    courses = courses_of(build_report(run))
    context: dict[str, Any] = {
        "run": run,
        "over_time": over_time,
        "is_unordered": courses is None,
        "votes": charts.vote_chart(votes_by_day(run)),
    }
    if courses is not None:
        context["overall"], context["intents"] = charts.run_charts(courses, over_time=over_time)
    return render(request, "evaluation/results/charts/charts.html", context)


@require_safe
@project_view(Permission.LEAD)
def overall_chart(request: ProjectRequest, run_id: int) -> HttpResponse:
    """Return the chart of all examples as a part of the page of the run."""
    run = run_of(request, run_id)
    require_figures(request, run)
    courses = courses_of(build_report(run))
    context = {
        "run": run,
        "slug": request.project.slug,
        "overall": charts.overall_chart(courses) if courses else None,
    }
    return render(request, "evaluation/results/charts/_overall.html", context)


@require_safe
@project_view(Permission.LEAD)
def course_csv(request: ProjectRequest, run_id: int) -> HttpResponseBase:
    """Return the looks of all rows as a CSV file."""
    run = run_of(request, run_id)
    require_figures(request, run)
    rows = list(_course_rows(build_report(run)))
    return csv_response(f"run-{run.pk}-win-rates.csv", rows)


def _course_rows(report: RunReport) -> Iterator[list[object]]:
    yield ["row", "name", "example", "counted_at", "estimate", "lower", "upper", "threshold"]
    courses = courses_of(report)
    if courses is None:
        return
    for kind, course in (
        ("overall", courses.overall),
        *(("intent", of_intent) for of_intent in courses.intents),
    ):
        for look in course.looks:
            at = look.at.isoformat() if look.at else ""
            ends = [look.estimate, look.lower, look.upper]
            yield [kind, course.row.name or "All", look.n, at, *ends, course.row.threshold]


@require_safe
@project_view(Permission.LEAD)
def votes_csv(request: ProjectRequest, run_id: int) -> HttpResponseBase:
    """Return the votes of each reviewer by day as a CSV file."""
    run = run_of(request, run_id)
    require_figures(request, run)
    rows: list[list[object]] = [["rater", "day", "votes"]]
    for rater_days in votes_by_day(run):
        rows += [
            [rater_days.rater.name, day.isoformat(), n]
            for day, n in sorted(rater_days.days.items())
        ]
    return csv_response(f"run-{run.pk}-votes-by-day.csv", rows)
