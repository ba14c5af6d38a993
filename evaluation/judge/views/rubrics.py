"""The page of a project's rubric: its versions, and a form that adds one."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from evaluation.judge.actions import rubrics
from evaluation.judge.forms import RubricForm
from evaluation.judge.models import Rubric
from evaluation.judge.rubric_text import DEFAULT_TEXT, OPTIONAL, REQUIRED
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.LEAD)
def latest_rubric(request: ProjectRequest) -> HttpResponse:
    """Show the latest version in a form, and add the version that it sends."""
    latest = Rubric.objects.filter(project=request.project).first()
    initial = {"text": latest.text if latest else DEFAULT_TEXT}
    form = RubricForm(request.POST or None, initial=initial)

    def change_it(*, text: str, note: str) -> Rubric:
        return rubrics.change_rubric(
            project=request.project, text=text, note=note, actor=request.user
        )

    if request.method == "POST" and (added := form.perform(change_it)):
        text = gettext("Version %(number)s is added. New judges use it.")
        messages.success(request, text % {"number": added.number})
        return redirect("evaluation:rubrics", request.project.slug)
    return _page(request, latest, form)


@require_safe
@project_view(Permission.LEAD)
def rubric(request: ProjectRequest, number: int) -> HttpResponse:
    """Show one version, with its text in the form to start another one from it."""
    found = get_object_or_404(Rubric, project=request.project, number=number)
    return _page(request, found, RubricForm(initial={"text": found.text}))


def _page(request: ProjectRequest, shown: Rubric | None, form: RubricForm) -> HttpResponse:
    context = {
        "shown": shown,
        "form": form,
        "versions": Rubric.objects.filter(project=request.project).select_related("created_by"),
        "required": [f"{{{name}}}" for name in REQUIRED],
        "optional": [f"{{{name}}}" for name in OPTIONAL],
    }
    return render(request, "evaluation/judge/rubric.html", context, status=form.status)
