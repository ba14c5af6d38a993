"""Pages on which a lead erases an example, or the rejected rows of an import."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from datasets.curation.models import GoldenExample
from datasets.erasure import actions
from datasets.erasure.forms import ErasureForm
from datasets.ingest.models import ImportBatch
from reviewapp.core.errors import InvalidTransition
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.LEAD)
def erase_example(request: ProjectRequest, example_id: int) -> HttpResponse:
    """Ask for a reason, and erase the text of an example wherever it is."""
    found = get_object_or_404(GoldenExample, pk=example_id, project=request.project)

    def erase(form: ErasureForm) -> None:
        actions.erase_example(
            example_id=found.pk, reason=form.cleaned_data["reason"], actor=request.user
        )

    return answer_erasure(
        request,
        ErasureForm(request.POST or None),
        erase,
        title=f"Erase the text of example {found.pk}",
        text="Every revision, draft and finding, its lines in frozen versions, and the prompts "
        "and answers of runs that were made from it.",
        back=reverse("datasets:example", args=[request.project.slug, found.pk]),
        done=f"The text of example {found.pk} is erased.",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.LEAD)
def erase_rejects(request: ProjectRequest, batch_id: int) -> HttpResponse:
    """Ask for a reason, and delete the rejected rows of an import."""
    found = get_object_or_404(ImportBatch, pk=batch_id, project=request.project)

    def erase(form: ErasureForm) -> None:
        actions.erase_rejects(
            batch_id=found.pk, reason=form.cleaned_data["reason"], actor=request.user
        )

    return answer_erasure(
        request,
        ErasureForm(request.POST or None),
        erase,
        title=f"Erase the rejected rows of {found.file_name}",
        text="The rows that were not taken, their file, and the labels that differed. "
        "The counts and the imported examples stay.",
        back=reverse("datasets:import_batch", args=[request.project.slug, found.pk]),
        done="The rejected rows are erased.",
    )


def answer_erasure(  # noqa: PLR0913 what the page says, and where it leads
    request: ProjectRequest,
    form: ErasureForm,
    erase: Callable[..., None],
    *,
    title: str,
    text: str,
    back: str,
    done: str,
) -> HttpResponse:
    """Show the form, with what was typed, until it is valid; then erase and go back."""
    if request.method == "POST" and form.is_valid():
        try:
            erase(form)
        except InvalidTransition as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, done)
            return redirect(back)
    context = {"form": form, "title": title, "text": text, "back": back}
    status = 422 if request.method == "POST" else 200
    return render(request, "datasets/erasure/erase.html", context, status=status)
