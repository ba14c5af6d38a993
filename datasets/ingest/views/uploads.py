"""Pages of imports: the upload, the progress of one import, its rejected rows."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect, HttpResponseClientRefresh

from datasets.bulk.taken_back import take_back_facts, with_taken_back
from datasets.curation.views.lookup import query_number
from datasets.ingest import actions as imports
from datasets.ingest.files.differences import label_messages
from datasets.ingest.forms import ImportForm
from datasets.ingest.models import ImportBatch
from datasets.ingest.near_duplicates import near_duplicates_of
from datasets.ingest.tasks import IMPORTS
from datasets.ingest.views.facts import batch_facts, find_batch, trial_facts
from reviewapp.core.lookalikes import lookalike_messages
from reviewapp.core.paging import page_by_id
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission

MAX_SHOWN_IMPORTS = 50
MAX_SHOWN_DIFFERENCES = 100


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.CURATE)
def upload(request: ProjectRequest) -> HttpResponse:
    """Show the form and the imports so far; accept a file."""
    if request.method != "POST":
        return _page(request, ImportForm())
    form = ImportForm(request.POST, request.FILES)

    def accept(**fields: Any) -> ImportBatch:
        is_trial = "look" in request.POST
        return imports.accept_upload(
            project=request.project, actor=request.user, is_trial=is_trial, **fields
        )

    accepted = form.perform(accept)
    if accepted is None:
        return _page(request, form)
    IMPORTS.send(accepted.pk)
    address = resolve_url("datasets:import_batch", request.project.slug, accepted.pk)
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


def _page(request: ProjectRequest, form: ImportForm) -> HttpResponse:
    batches = with_taken_back(request.project.batches.order_by("-pk").select_related("created_by"))
    context = {
        "form": form,
        "batches": batches[:MAX_SHOWN_IMPORTS],
        "is_first": not request.project.examples.exists(),
        "max_megabytes": settings.IMPORT_MAX_MEGABYTES,
    }
    return render(request, "datasets/ingest/import.html", context, status=form.status)


@require_safe
@project_view(Permission.CURATE)
def batch(request: ProjectRequest, batch_id: int) -> HttpResponse:
    """Show the progress of an import, its counts, and a page of its rejected rows."""
    found = find_batch(request.project, batch_id)
    if found.is_trial:
        return render(request, "datasets/ingest/import_trial.html", trial_facts(found))
    after, before = (query_number(request.GET, name) for name in ("after", "before"))
    page = page_by_id(found.rejections.all(), after=after, before=before)
    context = {
        **batch_facts(found),
        "may_erase": bool(found.rejected or found.relabelled)
        and Permission.LEAD in request.permissions,
        **take_back_facts(found, request.user, request.permissions),
        "rejections": page.rows,
        "differences": [
            {
                "line": difference.line,
                "example": difference.example_id,
                "texts": label_messages(difference.labels, difference.changed),
                "reason": difference.reason,
            }
            for difference in (
                found.differences.all()[:MAX_SHOWN_DIFFERENCES] if found.relabelled else ()
            )
        ],
        "near_duplicates": near_duplicates_of(found, request.user),
        "similar_intents": lookalike_messages(imports.similar_intents(found))
        if found.created
        else [],
        "previous_url": page.before and f"?before={page.before}",
        "next_url": page.after and f"?after={page.after}",
    }
    return render(request, "datasets/ingest/import_batch.html", context)


@require_safe
@project_view(Permission.CURATE)
def progress(request: ProjectRequest, batch_id: int) -> HttpResponse:
    """Return the progress as a partial; reload the whole page when the import is over."""
    found = find_batch(request.project, batch_id)
    if found.is_over:
        return HttpResponseClientRefresh()
    context = {**batch_facts(found), "is_poll": True}
    return render(request, "datasets/ingest/_import_progress.html", context)


@require_POST
@project_view(Permission.CURATE)
def cancel(request: ProjectRequest, batch_id: int) -> HttpResponse:
    """Stop an import that is still being read."""
    found = find_batch(request.project, batch_id)
    if not imports.cancel_batch(batch_id=found.pk, actor=request.user):
        messages.info(request, gettext("The import had ended already."))
    return redirect("datasets:import_batch", request.project.slug, found.pk)


@require_safe
@project_view(Permission.CURATE)
def rejects(request: ProjectRequest, batch_id: int) -> HttpResponseBase:
    """Send the file of rejected rows."""
    found = find_batch(request.project, batch_id)
    name = imports.stored_reject_path(found)
    if not found.stored_path or not default_storage.exists(name):
        raise Http404(gettext("There is no file of the rejected rows of this import."))
    return FileResponse(
        default_storage.open(name),
        as_attachment=True,
        filename=f"{found.file_name}.rejected.jsonl",
        content_type="application/x-ndjson",
    )
