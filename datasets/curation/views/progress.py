"""The page of the curation's progress, and its figures as a file."""

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from datasets.curation.charts import STACKED, curation_charts
from datasets.curation.lifecycle import State
from datasets.curation.texts import STATE_LABELS
from datasets.curation.throughput import curation_history
from reviewapp.core.spreadsheets import csv_response
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission


@require_safe
@project_view(Permission.VIEW)
def progress(request: ProjectRequest) -> HttpResponse:
    """Show the examples by state over time, and what was submitted and approved."""
    context = {
        "charts": curation_charts(curation_history(request.project)),
        "states": [STATE_LABELS[state] for state in STACKED],
    }
    return render(request, "datasets/curation/progress.html", context)


@require_safe
@project_view(Permission.VIEW)
def progress_csv(request: ProjectRequest) -> HttpResponseBase:
    """Return the numbers of each day as a CSV file."""
    history = curation_history(request.project)
    rows: list[list[object]] = [["day", *(state.value for state in State), "submitted", "approved"]]
    for day, counts in zip(history.days, history.states, strict=True):
        done = [history.submitted.get(day, 0), history.approved.get(day, 0)]
        rows.append([day.isoformat(), *(counts[state] for state in State), *done])
    return csv_response(f"{request.project.slug}-curation.csv", rows)
