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
from datasets.removals.actions import latest_removal
from datasets.removals.models import Subject
from datasets.removals.tasks import start
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
    if request.method == "POST":
        started = form.perform(change)
        if not form.errors:
            messages.success(request, _saved_text(is_done=start(started)))
            return redirect("datasets:name_search", slug=project.slug)
    removal = latest_removal(project, Subject.NAMES)
    context = {"form": form, "removal": removal if removal and not removal.is_over else None}
    return render(request, "datasets/known_names/name_search.html", context, status=form.status)


def _saved_text(*, is_done: bool) -> str:
    if is_done:
        return gettext("Saved. Suggestions that are no longer wanted are gone.")
    return gettext("Saved. Suggestions that are no longer wanted are being taken away.")


@require_POST
@project_view(Permission.LEAD)
def add_known_name(request: ProjectRequest, finding_id: int) -> HttpResponse:
    """Never suggest the text of a finding again, in any example."""
    finding = finding_or_404(request, finding_id)
    start(actions.add_known_name(finding=finding, actor=request.user))
    saved = gettext("Added to the known names: it is no longer suggested in any example.")
    messages.success(request, saved)
    page = reverse("datasets:example", args=[request.project.slug, finding.revision.example_id])
    return redirect(f"{page}?{request.GET.urlencode()}" if request.GET else page)
