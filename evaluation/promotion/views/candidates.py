"""Runs side by side: closed runs over time, and one run against another."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evaluation.promotion.candidates import closed_runs, comparable_runs, pair_of
from evaluation.promotion.forms import CompareRunsForm
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission


@require_safe
@project_view(Permission.LEAD)
def compare_runs(request: ProjectRequest) -> HttpResponse:
    """Show the closed runs over time, and the two runs that the query chooses."""
    runs = {run.pk: run for run in comparable_runs(request.user, request.project)}
    chosen = request.GET if {"first", "second"} & set(request.GET) else None
    form = CompareRunsForm(chosen, runs=list(runs.values()))
    context: dict[str, Any] = {
        "closed": closed_runs(request.project),
        "form": form,
        "can_compare": len(runs) > 1,
    }
    status = 200
    if form.is_valid():
        first, second = (runs[form.cleaned_data[name]] for name in ("first", "second"))
        context |= {"pair": pair_of(first, second), "first": first, "second": second}
    elif form.is_bound:
        status = 422
    return render(request, "evaluation/promotion/compare_runs.html", context, status=status)
