"""The page of training windows, and the button that starts a waiting training."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from evaluation.training.models import TrainingRun
from evaluation.training.tasks import TRAININGS
from evaluation.training.windows import actions
from evaluation.training.windows.calendar import opening_of, zone_name_of
from evaluation.training.windows.forms import TimeZoneForm, WindowForm
from evaluation.training.windows.models import TrainingWindow
from evaluation.training.windows.wording import days_of, hours_of
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission


@require_safe
@project_view(Permission.LEAD)
def windows(request: ProjectRequest) -> HttpResponse:
    """Show the windows of the project and its time zone."""
    return _page(request)


@require_POST
@project_view(Permission.LEAD)
def add(request: ProjectRequest) -> HttpResponse:
    """Add a window."""
    form = WindowForm(request.POST)
    made = form.perform(
        lambda **fields: actions.add_window(project=request.project, actor=request.user, **fields)
    )
    if made is None:
        return _page(request, window_form=form)
    messages.success(request, gettext("The window is added."))
    return redirect("evaluation:training_windows", request.project.slug)


@require_POST
@project_view(Permission.LEAD)
def remove(request: ProjectRequest, window_id: int) -> HttpResponse:
    """Remove a window."""
    actions.remove_window(project=request.project, window_id=window_id, actor=request.user)
    messages.success(request, gettext("The window is removed."))
    return redirect("evaluation:training_windows", request.project.slug)


@require_POST
@project_view(Permission.LEAD)
def set_zone(request: ProjectRequest) -> HttpResponse:
    """Change the time zone."""
    form = TimeZoneForm(request.POST)

    def change(time_zone: str) -> bool:
        actions.set_time_zone(project=request.project, time_zone=time_zone, actor=request.user)
        return True

    if not form.perform(change):
        return _page(request, zone_form=form)
    messages.success(request, gettext("The time zone is saved."))
    return redirect("evaluation:training_windows", request.project.slug)


def _page(
    request: ProjectRequest,
    *,
    zone_form: TimeZoneForm | None = None,
    window_form: WindowForm | None = None,
) -> HttpResponse:
    project = request.project
    zone = zone_name_of(project)
    shown = zone_form or window_form
    context = {
        "windows": [
            (window, days_of(window.days), hours_of(window))
            for window in TrainingWindow.objects.filter(project=project)
        ],
        "opening": opening_of(project),
        "zone": zone,
        "zone_form": zone_form or TimeZoneForm(initial={"time_zone": zone}),
        "window_form": window_form or WindowForm(),
    }
    template = "evaluation/training/windows/windows.html"
    return render(request, template, context, status=shown.status if shown else 200)


@require_POST
@project_view(Permission.LEAD)
def start_now(request: ProjectRequest, training_id: int) -> HttpResponse:
    """Start a training that waits for a window."""
    training = get_object_or_404(TrainingRun, pk=training_id, project=request.project)
    actions.start_now(training_id=training.pk, actor=request.user)
    TRAININGS.send(training.pk)
    return redirect("evaluation:training_run", request.project.slug, training.pk)
