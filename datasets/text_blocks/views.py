"""Pages of text blocks: the list with the files, and one text block."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from datasets.text_blocks import actions
from datasets.text_blocks.current import values_of
from datasets.text_blocks.documents import document_of
from datasets.text_blocks.forms import TextBlockForm, TextBlocksFileForm, initial_of
from datasets.text_blocks.models import TextBlock
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission


@require_safe
@project_view(Permission.VIEW)
def text_blocks(request: ProjectRequest) -> HttpResponse:
    """List the text blocks of the project."""
    return _list(request, TextBlocksFileForm())


def _list(request: ProjectRequest, form: TextBlocksFileForm) -> HttpResponse:
    context = {
        "blocks": TextBlock.objects.filter(project=request.project),
        "may_lead": Permission.LEAD in request.permissions,
        "form": form,
    }
    return render(request, "datasets/text_blocks/text_blocks.html", context, status=form.status)


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.LEAD)
def new_text_block(request: ProjectRequest) -> HttpResponse:
    """Write a text block."""
    return _block_page(request, TextBlockForm(request.POST or None), None)


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.LEAD)
def edit_text_block(request: ProjectRequest, block_id: int) -> HttpResponse:
    """Change a text block."""
    block = get_object_or_404(TextBlock, project=request.project, pk=block_id)
    form = TextBlockForm(request.POST or None, initial=initial_of(block))
    return _block_page(request, form, block)


def _block_page(
    request: ProjectRequest, form: TextBlockForm, block: TextBlock | None
) -> HttpResponse:
    if request.method == "POST":
        save = partial(
            actions.save_text_block,
            project=request.project,
            actor=request.user,
            block_id=block.pk if block else None,
        )
        if form.perform(save):
            messages.success(request, gettext("Text block saved."))
            return redirect("datasets:text_blocks", slug=request.project.slug)
    context: dict[str, Any] = {"form": form, "text_block": block}
    return render(request, "datasets/text_blocks/text_block.html", context, status=form.status)


@require_POST
@project_view(Permission.LEAD)
def remove_text_block(request: ProjectRequest, block_id: int) -> HttpResponse:
    """Remove a text block."""
    try:
        actions.remove_text_block(project=request.project, block_id=block_id, actor=request.user)
    except TextBlock.DoesNotExist as error:
        raise Http404("No such text block.") from error
    messages.success(request, gettext("Text block removed."))
    return redirect("datasets:text_blocks", slug=request.project.slug)


@require_POST
@project_view(Permission.LEAD)
def import_text_blocks(request: ProjectRequest) -> HttpResponse:
    """Add or change the text blocks of a file."""
    form = TextBlocksFileForm(request.POST, request.FILES)
    store = partial(actions.import_text_blocks, project=request.project, actor=request.user)
    number = form.perform(store)
    if number is None:
        return _list(request, form)
    text = ngettext("%(n)s text block imported.", "%(n)s text blocks imported.", number)
    messages.success(request, text % {"n": number})
    return redirect("datasets:text_blocks", slug=request.project.slug)


@require_safe
@project_view(Permission.VIEW)
def export_text_blocks(request: ProjectRequest) -> HttpResponse:
    """Return the text blocks as a file that an import reads."""
    blocks = TextBlock.objects.filter(project=request.project)
    response = JsonResponse(
        document_of(map(values_of, blocks)),
        json_dumps_params={"indent": 2, "ensure_ascii": False},
    )
    name = f"{request.project.slug}-text-blocks.json"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
