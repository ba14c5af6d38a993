"""What a member does with a file that was looked at: look again, import it, or discard it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from datasets.ingest import actions as imports
from datasets.ingest.forms import MappingForm
from datasets.ingest.tasks import IMPORTS
from datasets.ingest.views.facts import find_batch, trial_facts
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.CURATE)
def map_columns(request: ProjectRequest, batch_id: int) -> HttpResponse:
    """Look at the file of a trial import again, with its columns mapped by hand."""
    found = find_batch(request.project, batch_id)
    if request.method != "POST":
        # The address of a mapping that was refused, loaded again.
        return redirect("datasets:import_batch", request.project.slug, found.pk)
    form = MappingForm(found, request.POST)

    def look(**fields: dict[str, str]) -> bool:
        imports.map_columns(batch_id=found.pk, actor=request.user, **fields)
        return True

    if form.perform(look) is None:
        context = trial_facts(found, form)
        return render(request, "datasets/ingest/import_trial.html", context, status=form.status)
    IMPORTS.send(found.pk)
    return redirect("datasets:import_batch", request.project.slug, found.pk)


@require_POST
@project_view(Permission.CURATE)
def import_looked_at(request: ProjectRequest, batch_id: int) -> HttpResponse:
    """Import the file of a trial import."""
    found = find_batch(request.project, batch_id)
    if imports.import_looked_at(batch_id=found.pk, actor=request.user):
        IMPORTS.send(found.pk)
    return redirect("datasets:import_batch", request.project.slug, found.pk)


@require_POST
@project_view(Permission.CURATE)
def discard(request: ProjectRequest, batch_id: int) -> HttpResponse:
    """Delete a trial import with its file."""
    found = find_batch(request.project, batch_id)
    imports.discard_trial(batch_id=found.pk, actor=request.user)
    messages.success(request, gettext("The file was discarded. Nothing was imported."))
    return redirect("datasets:import", request.project.slug)
