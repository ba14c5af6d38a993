"""The progress of a job that takes findings away, for the pages of the settings."""

from http import HTTPStatus
from typing import Final

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from datasets.removals.actions import latest_removal
from datasets.removals.models import Subject
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission

STOP_POLLING: Final = 286
"""The status with which htmx asks no more."""


@require_safe
@project_view(Permission.LEAD)
def progress(request: ProjectRequest, subject: str) -> HttpResponse:
    """Show how far findings are taken away; the page is not reloaded, which has a form."""
    known = subject in Subject.values
    removal = latest_removal(request.project, Subject(subject)) if known else None
    if removal is None:
        raise Http404("No findings were taken away.")
    context = {"removal": removal, "slug": request.project.slug}
    status = STOP_POLLING if removal.is_over else HTTPStatus.OK
    return render(request, "datasets/removals/_progress.html", context, status=status)
