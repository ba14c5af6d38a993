"""Pages on which a lead erases an example or the rejected rows of an import."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from datasets.curation.models import GoldenExample
from datasets.erasure import actions
from datasets.erasure.forms import ErasureForm
from datasets.ingest.models import ImportBatch
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission


@dataclass(frozen=True)
class ErasurePage:
    """The texts of an erasure page, and the URL of the page that it is about.

    Attributes:
        effects: sentences about what is erased, what else changes, and what stays.
        done: the message afterwards.
        erased_already: why the form is not offered; empty if there is something to erase.
    """

    title: str
    effects: Sequence[str]
    back: str
    done: str
    erased_already: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.LEAD)
def erase_example(request: ProjectRequest, example_id: int) -> HttpResponse:
    """Show the form, and erase the text of an example."""
    found = get_object_or_404(GoldenExample.with_deleted, pk=example_id, project=request.project)
    number = {"number": found.pk}
    page = ErasurePage(
        title=gettext("Erase the text of example %(number)s") % number,
        effects=[
            gettext("The example is retired permanently: it cannot be edited or reopened."),
            gettext(
                "Erased are the text of all revisions, drafts, findings, comments, reasons, the "
                "external id and the metadata."
            ),
            gettext("Its lines leave the files of frozen versions, which lose their digests."),
            gettext(
                "In runs, the prompts made from it, their answers and what reviewers wrote are "
                "erased too."
            ),
            gettext("Labels, reviews, votes and counts stay."),
        ],
        back=reverse("datasets:example", args=[request.project.slug, found.pk]),
        done=gettext("The text of example %(number)s is erased.") % number,
        erased_already=gettext("Example %(number)s is erased already.") % number
        if found.erased_at
        else "",
    )
    erase = partial(actions.erase_example, example_id=found.pk, actor=request.user)
    return answer_erasure(request, ErasureForm(request.POST or None), erase, page)


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.LEAD)
def erase_rejects(request: ProjectRequest, batch_id: int) -> HttpResponse:
    """Show the form, and delete the rejected rows of an import."""
    found = get_object_or_404(ImportBatch, pk=batch_id, project=request.project)
    page = ErasurePage(
        title=gettext("Erase the rejected rows of %(file)s") % {"file": found.file_name},
        effects=[
            gettext("Erased are the rejected rows, their file and the label differences."),
            gettext("The counts and the imported examples stay."),
        ],
        back=reverse("datasets:import_batch", args=[request.project.slug, found.pk]),
        done=gettext("The rejected rows are erased."),
        erased_already=gettext("The rejected rows of this import are erased already.")
        if found.erased_at
        else "",
    )
    erase = partial(actions.erase_rejects, batch_id=found.pk, actor=request.user)
    return answer_erasure(request, ErasureForm(request.POST or None), erase, page)


def answer_erasure(
    request: ProjectRequest, form: ErasureForm, erase: Callable[..., None], page: ErasurePage
) -> HttpResponse:
    """Show the form until it is valid; then erase and redirect back.

    Redirect at once where nothing is left to erase.
    """
    if page.erased_already:
        messages.info(request, page.erased_already)
        return redirect(page.back)

    def erase_and_confirm(**fields: Any) -> HttpResponse:
        erase(**fields)
        messages.success(request, page.done)
        return redirect(page.back)

    response = form.perform(erase_and_confirm) if request.method == "POST" else None
    context = {"form": form, "page": page}
    return response or render(request, "datasets/erasure/erase.html", context, status=form.status)
