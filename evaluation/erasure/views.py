"""The pages on which a lead erases text of a comparison or of a gold check."""

from functools import partial
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from datasets.erasure.forms import ErasureForm
from datasets.erasure.views import ErasurePage, answer_erasure
from evaluation.erasure.actions import erase_comparison, erase_gold_check
from evaluation.erasure.forms import ErasePartsForm
from evaluation.erasure.parts import parts_with_text
from evaluation.runs.gold import gold_denied_reason
from evaluation.runs.models import Comparison, GoldCheck
from reviewapp.core.errors import PermissionDeniedError
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
            gettext("An answer that other runs have reused is erased there too."),
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


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.LEAD)
def erase_gold(request: ProjectRequest, gold_check_id: int) -> HttpResponse:
    """Show the form, and erase the texts of a gold check; its results stay."""
    if denied := gold_denied_reason(request.user, request.project):
        raise PermissionDeniedError(denied)
    check = get_object_or_404(GoldCheck, pk=gold_check_id, project=request.project)
    effects = [
        gettext("Its explanation and what reviewers wrote about it are erased."),
        gettext("The gold check is retired. The results of reviewers stay."),
    ]
    if check.source_id is None:
        effects.insert(0, gettext("Its customer message and both answers are erased."))
    else:
        effects.append(gettext("The texts of the comparison are erased in its run."))
    page = ErasurePage(
        title=gettext("Erase the text of this gold check"),
        effects=effects,
        back=reverse("evaluation:gold", args=[request.project.slug]),
        done=gettext("The text of the gold check is erased."),
        erased_already=gettext("This gold check is erased already.") if check.is_erased else "",
    )
    erase = partial(erase_gold_check, gold_check_id=check.pk, actor=request.user)
    return answer_erasure(request, ErasureForm(request.POST or None), erase, page)
