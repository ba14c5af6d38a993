"""The page of the search for names, and the button of a finding that adds a known name."""

from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from datasets.curation.views.lookup import finding_or_404
from datasets.inspections.names import model
from datasets.known_names import actions
from datasets.known_names.forms import NameSearchForm
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.LEAD)
def name_search(request: ProjectRequest) -> HttpResponse:
    """Show and change whether names are looked for, and which are never suggested."""
    project = request.project
    form = NameSearchForm(
        request.POST or None,
        initial={
            "finds_names": project.finds_names,
            "known_names": "\n".join(project.known_names),
        },
        is_installed=model.is_installed(),
    )
    change = partial(actions.change_name_search, project_id=project.pk, actor=request.user)
    if request.method == "POST" and form.perform(change) is not None:
        saved = gettext("Saved. Suggestions that are no longer wanted are gone.")
        messages.success(request, saved)
        return redirect("datasets:name_search", slug=project.slug)
    context = {"form": form}
    return render(request, "datasets/known_names/name_search.html", context, status=form.status)


@require_POST
@project_view(Permission.LEAD)
def add_known_name(request: ProjectRequest, finding_id: int) -> HttpResponse:
    """Never suggest the text of a finding again, in any example."""
    finding = finding_or_404(request, finding_id)
    actions.add_known_name(finding=finding, actor=request.user)
    saved = gettext("Added to the known names: it is no longer suggested in any example.")
    messages.success(request, saved)
    page = reverse("datasets:example", args=[request.project.slug, finding.revision.example_id])
    return redirect(f"{page}?{request.GET.urlencode()}" if request.GET else page)
