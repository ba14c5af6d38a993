"""The page on which a lead erases text of a comparison."""

from functools import partial
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from datasets.erasure.views import ErasurePage, answer_erasure
from evaluation.erasure.actions import erase_comparison
from evaluation.erasure.forms import ErasePartsForm
from evaluation.erasure.parts import parts_with_text
from evaluation.runs.models import Comparison
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.LEAD)
def erase_run_example(request: ProjectRequest, run_id: int, position: int) -> HttpResponse:
    """Show the form, and erase parts of a comparison; its votes stay counted."""
    comparisons = Comparison.objects.filter(run__project=request.project)
    found = get_object_or_404(comparisons, run=run_id, position=position)
    number, parts = {"number": position}, parts_with_text(found)
    back = reverse("evaluation:run_examples", args=[request.project.slug, run_id])
    page = ErasurePage(
        title=gettext("Erase text of comparison %(number)s") % number,
        effects=[
            gettext("Votes and figures do not change."),
            gettext("The golden example of the prompt is erased on its own page."),
        ],
        back=f"{back}?{urlencode({'after': position - 1})}#example-{position}",
        done=gettext("Text of comparison %(number)s is erased.") % number,
        erased_already=""
        if parts
        else gettext("All text of comparison %(number)s is erased already.") % number,
    )
    erase = partial(erase_comparison, comparison_id=found.pk, actor=request.user)
    return answer_erasure(request, ErasePartsForm(request.POST or None, parts=parts), erase, page)
