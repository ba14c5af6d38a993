"""The page on which rejected rows are corrected and imported from there."""

from itertools import islice

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from datasets.curation.views.lookup import query_number
from datasets.ingest import actions as imports
from datasets.ingest.forms import CorrectionForm
from datasets.ingest.models import ImportBatch
from datasets.ingest.tasks import IMPORTS
from datasets.ingest.views.facts import find_batch
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission

MAX_CORRECTED_AT_ONCE = 20


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.CURATE)
def correct(request: ProjectRequest, batch_id: int) -> HttpResponse:
    """Show rejected rows in fields; import those that were changed."""
    found = find_batch(request.project, batch_id)
    if request.method != "POST":
        after = query_number(request.GET, "after") or 0
        rows = (row for row in imports.rejected_texts(found) if row.rejection.pk > after)
        shown = list(islice((row for row in rows if not row.is_long), MAX_CORRECTED_AT_ONCE + 1))
        return _page(
            request,
            found,
            CorrectionForm(shown[:MAX_CORRECTED_AT_ONCE]),
            has_more=len(shown) > MAX_CORRECTED_AT_ONCE,
        )
    form = _sent_form(request, found)

    def act(**fields: dict[int, str]) -> ImportBatch:
        return imports.correct_rows(batch_id=found.pk, actor=request.user, **fields)

    corrected = form.perform(act)
    if corrected is None:
        form.link_corrections(found)
        return _page(request, found, form)
    IMPORTS.send(corrected.pk)
    messages.success(request, gettext("The corrected rows are imported. The others stay rejected."))
    return redirect("datasets:import_batch", request.project.slug, corrected.pk)


def _sent_form(request: ProjectRequest, found: ImportBatch) -> CorrectionForm:
    """Return the form with each text that was typed, also of rows that are gone meanwhile."""
    texts = dict(islice(CorrectionForm.sent_texts(request.POST).items(), MAX_CORRECTED_AT_ONCE))
    rows = {row.rejection.pk: row for row in imports.all_rejected_texts(found)}
    shown = [
        row
        for pk, row in rows.items()
        if pk in texts and (not row.is_corrected or row.is_changed_by(texts[pk]))
    ]
    return CorrectionForm(shown, request.POST, erased=texts.keys() - rows.keys())


def _page(
    request: ProjectRequest, found: ImportBatch, form: CorrectionForm, *, has_more: bool = False
) -> HttpResponse:
    context = {
        "batch": found,
        "slug": request.project.slug,
        "form": form,
        "next_url": f"?after={form.last_pk}" if has_more else "",
    }
    return render(request, "datasets/ingest/import_correct.html", context, status=form.status)
