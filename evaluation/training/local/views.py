"""The buttons by which a lead lets a tuned model be served here, and what became of it."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from evaluation.registry.models import ModelVersion
from evaluation.training.local import asking
from evaluation.training.local.models import ServingState
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission

# htmx stops polling at this status.
STOP_POLLING = 286


@require_POST
@project_view(Permission.LEAD)
def serve_model(request: ProjectRequest, model_id: int) -> HttpResponse:
    """Request that a worker serves a model."""
    model = _model(request, model_id)
    asking.ask_to_serve(model=model, actor=request.user)
    return redirect("evaluation:model", request.project.slug, model.pk)


@require_POST
@project_view(Permission.LEAD)
def stop_serving(request: ProjectRequest, model_id: int) -> HttpResponse:
    """Request that the worker ends the server of a model."""
    model = _model(request, model_id)
    asking.ask_to_stop(model=model, actor=request.user)
    return redirect("evaluation:model", request.project.slug, model.pk)


@require_safe
@project_view(Permission.LEAD)
def served_model(request: ProjectRequest, model_id: int) -> HttpResponse:
    """Return whether a model is served, for a poll; the page is loaded anew when that changes."""
    model = _model(request, model_id)
    serving = asking.serving_of(model)
    context = {"slug": request.project.slug, "model": model, "serving": serving}
    response = render(request, "evaluation/registry/_serving.html", context)
    if serving["state"] != ServingState.WANTED:
        response.status_code = STOP_POLLING
        response["HX-Refresh"] = "true"
    return response


def _model(request: ProjectRequest, model_id: int) -> ModelVersion:
    found = ModelVersion.objects.select_related("project", "checkpoint__training")
    return get_object_or_404(found, pk=model_id, project=request.project)
