"""What a lead asks about a tuned model: serve it, or stop that."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from evaluation.providers import kinds
from evaluation.registry.models import ModelVersion
from evaluation.training.local.adapters import adapter_of
from evaluation.training.local.models import ServedModel, ServingState
from reviewapp.core.errors import InvalidInput, InvalidTransition
from reviewapp.core.messages import Message, message
from reviewapp.people.models import User
from reviewapp.people.permissions import require_lead

# Each loaded model takes memory of the machine; idle ones are unloaded.
MAX_SERVED = 4
AT_WORK = (ServingState.WANTED, ServingState.SERVED)


def serve_denied_reason(model: ModelVersion) -> Message | None:
    """Return why a model cannot be served here; None if it can."""
    try:
        adapter = adapter_of(model)
    except InvalidInput as error:
        return error.message if isinstance(error.message, Message) else None
    if not adapter.sha256:
        return message("local.not_gguf", name=model.name)
    served = ServedModel.objects.filter(model_version=model).first()
    if served is None and model.provider != kinds.UNSERVED:
        return message("local.served_elsewhere", name=model.name)
    if served is not None and served.state in AT_WORK:
        return message("local.is_served", name=model.name)
    return None


def serving_of(model: ModelVersion) -> dict[str, Any]:
    """Return the state of the serving of a model, its error, and what a lead can do."""
    served = ServedModel.objects.filter(model_version=model).first()
    denied = serve_denied_reason(model)
    return {
        "state": served.state if served else "",
        "label": served.get_state_display() if served else "",
        "error": served.error if served else None,
        "can_serve": denied is None,
        "denied": denied,
    }


@transaction.atomic
def ask_to_serve(*, model: ModelVersion, actor: User | None) -> ServedModel:
    """Request that a worker serves a model that was tuned here.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidInput: it was not tuned here, or is served elsewhere.
        InvalidTransition: it is served, or too many are.
    """
    require_lead(actor, model.project)
    ModelVersion.objects.select_for_update(of=("self",)).get(pk=model.pk)
    if denied := serve_denied_reason(model):
        raise InvalidInput(denied)
    if ServedModel.objects.filter(state__in=AT_WORK).count() >= MAX_SERVED:
        raise InvalidTransition(message("local.too_many_served", limit=MAX_SERVED))
    served, _made = ServedModel.objects.update_or_create(
        model_version=model,
        defaults={
            "state": ServingState.WANTED,
            "error": None,
            "asked_by": actor,
            "asked_at": timezone.now(),
        },
    )
    return served


@transaction.atomic
def ask_to_stop(*, model: ModelVersion, actor: User | None) -> None:
    """Request that the worker ends the server of a model; its address stays.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidTransition: it is not served.
    """
    require_lead(actor, model.project)
    wanted = ServedModel.objects.filter(model_version=model, state__in=AT_WORK)
    if not wanted.update(state=ServingState.STOPPED, error=None):
        raise InvalidTransition(message("local.is_not_served", name=model.name))
