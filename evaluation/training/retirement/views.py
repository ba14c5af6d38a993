"""The page on which a lead sees and sets when base models are shut down."""

from datetime import date

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from evaluation.training.naming import base_of
from evaluation.training.plans import MAX_MODEL_LENGTH
from evaluation.training.retirement.actions import set_shutdown
from evaluation.training.retirement.dates import (
    Shutdown,
    base_name,
    served_models,
    shutdown_of_model,
    shutdown_of_training,
    trainings_by_base,
)
from evaluation.training.retirement.models import BaseModelShutdown
from reviewapp.core.forms import ActionForm
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.models import Project
from reviewapp.people.permissions import Permission


class ShutdownForm(ActionForm):
    """A base model and the day on which it is shut down."""

    base_model = forms.CharField(
        label=_("Base model"),
        max_length=MAX_MODEL_LENGTH,
        widget=forms.TextInput(attrs={"spellcheck": "false"}),
    )
    day = forms.DateField(
        label=_("Shut down on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Empty: no day is known, whatever was stored before."),
    )


def _rows(project: Project) -> list[tuple[str, Shutdown | None]]:
    """Return the base models of trainings, then the others behind an alias, with their days."""
    trainings = trainings_by_base(project)
    rows = [(training.base_model, shutdown_of_training(training)) for training in trainings]
    known = {base_of(name) for name, _shutdown in rows}
    served = {base_name(model): shutdown_of_model(model) for model in served_models(project)}
    others = sorted(name for name in served if name and base_of(name) not in known)
    return rows + [(name, served[name]) for name in others]


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.LEAD)
def shutdowns(request: ProjectRequest) -> HttpResponse:
    """List the base models of the project with their days, and set one."""
    project = request.project
    form = ShutdownForm(request.POST or None)

    def change(base_model: str, day: date | None) -> BaseModelShutdown:
        return set_shutdown(project=project, base_model=base_model, day=day, actor=request.user)

    if request.method == "POST" and form.perform(change) is not None:
        messages.success(request, gettext("The day is saved."))
        return redirect("evaluation:shutdowns", project.slug)
    context = {"form": form, "rows": _rows(project)}
    template = "evaluation/training/retirement/shutdowns.html"
    return render(request, template, context, status=form.status)
