"""The pairs of like examples in a frozen version."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from datasets.versions.overlap_display import overlap_rows
from datasets.versions.plans import stored_overlaps
from datasets.versions.views.versions import version_or_404
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission


@require_safe
@project_view(Permission.VIEW)
def version_overlap(request: ProjectRequest, number: int) -> HttpResponse:
    """List the pairs that were found when the version was frozen."""
    found = version_or_404(request, number)
    report = stored_overlaps(found)
    if report is None:
        raise Http404(gettext("This version was frozen before its examples were compared."))
    context = {"version": found, "report": report, "rows": overlap_rows(request.project, report)}
    return render(request, "datasets/versions/version_overlap.html", context)
