"""API of the serving of tuned models, for scripts of leads: its state, start, stop."""

from typing import Any, Literal

from django.http import Http404, HttpRequest
from ninja import Router, Schema, Status

from evaluation.registry.models import ModelVersion
from evaluation.training.local.asking import ask_to_serve, ask_to_stop, serving_of
from reviewapp.core.texts import render_english
from reviewapp.people.api import project_for
from reviewapp.people.http import signed_in_user
from reviewapp.people.permissions import Permission

router = Router(tags=["trainings"])


class ServingOut(Schema):
    """Whether a model that was tuned on own machines is served by a worker.

    `state` is empty before the first start, then `wanted`, `served`, `failed` or `stopped`. `code`
    and `error` give the reason of a failure, or why it cannot be started. `base_url` is empty until
    it is served.
    """

    model: str
    state: str
    can_start: bool
    code: str
    error: str
    base_url: str


@router.get(
    "/projects/{slug}/models/{name}/serving",
    operation_id="evaluation_api_serving_show",
    response={200: ServingOut},
    summary="Whether a tuned model is served",
)
def show(request: HttpRequest, slug: str, name: str) -> dict[str, Any]:
    """Return the state of the serving of a model."""
    return _shown(_model(request, slug, name))


@router.post(
    "/projects/{slug}/models/{name}/serving/{act}",
    operation_id="evaluation_api_serving_act",
    response={202: ServingOut},
    summary="Serve a tuned model, or stop that",
)
def act(request: HttpRequest, slug: str, name: str, act: Literal["start", "stop"]) -> Any:
    """Request it; a worker of the queue `training` carries it out."""
    model = _model(request, slug, name)
    carry_out = {"start": ask_to_serve, "stop": ask_to_stop}[act]
    carry_out(model=model, actor=signed_in_user(request))
    return Status(202, _shown(model))


def _model(request: HttpRequest, slug: str, name: str) -> ModelVersion:
    project = project_for(request, slug, Permission.LEAD)
    found = ModelVersion.objects.select_related("project", "endpoint", "checkpoint__training")
    model = found.filter(project=project, name=name).first()
    if model is None:
        raise Http404
    return model


def _shown(model: ModelVersion) -> dict[str, Any]:
    serving = serving_of(model)
    reason = serving["error"] or (None if serving["state"] else serving["denied"])
    return {
        "model": model.name,
        "state": serving["state"],
        "can_start": serving["can_serve"],
        "code": reason.code if reason else "",
        "error": render_english(reason),
        "base_url": model.endpoint.base_url if model.endpoint else "",
    }
