"""The page on which a lead erases what was compared."""

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from datasets.erasure.views import answer_erasure
from evaluation.erasure.actions import erase_comparison
from evaluation.erasure.forms import ErasePartsForm
from evaluation.runs.models import Comparison
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.LEAD)
def erase_run_example(request: ProjectRequest, run_id: int, position: int) -> HttpResponse:
    """Ask for the parts and a reason, and erase them; the votes stay counted."""
    comparisons = Comparison.objects.filter(run__project=request.project)
    found = get_object_or_404(comparisons, run=run_id, position=position)

    def erase(form: ErasePartsForm) -> None:
        erase_comparison(
            comparison_id=found.pk,
            parts=form.cleaned_data["parts"],
            reason=form.cleaned_data["reason"],
            actor=request.user,
        )

    back = reverse("evaluation:run_examples", args=[request.project.slug, run_id])
    return answer_erasure(
        request,
        ErasePartsForm(request.POST or None),
        erase,
        title=f"Erase text of comparison {position}",
        text="Votes and figures stay as they are. The golden example, if the prompt was made from "
        "one, is erased on its own page.",
        back=f"{back}?{urlencode({'after': position - 1})}#example-{position}",
        done=f"Text of comparison {position} is erased.",
    )
