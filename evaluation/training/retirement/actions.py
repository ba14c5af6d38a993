"""Storing when base models are shut down: a lead types it, or a provider reports it."""

from datetime import date

from django.db import transaction

from evaluation.providers.base import ProviderError
from evaluation.training.models import TrainingRun
from evaluation.training.naming import base_of
from evaluation.training.plans import MAX_MODEL_LENGTH, provider_or_error, service_of
from evaluation.training.providers.base import ListsShutdowns
from evaluation.training.retirement.models import BaseModelShutdown, Source
from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import message
from reviewapp.people.models import Project, ProjectEvent, User
from reviewapp.people.permissions import require_lead


@transaction.atomic
def set_shutdown(
    *, project: Project, base_model: str, day: date | None, actor: User | None
) -> BaseModelShutdown:
    """Set the day on which a base model is shut down; None takes it back.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidInput: the name is missing or too long.
    """
    require_lead(actor, project)
    base = base_of(base_model.strip())
    if not 1 <= len(base) <= MAX_MODEL_LENGTH:
        raise InvalidInput(
            message("training.base_model", limit=MAX_MODEL_LENGTH), field="base_model"
        )
    before = BaseModelShutdown.objects.filter(project=project, base_model=base).first()
    made = BaseModelShutdown.objects.create(
        project=project, base_model=base, day=day, source=Source.TYPED, set_by=actor
    )
    ProjectEvent.objects.create(
        project=project,
        actor=actor,
        action="set_base_model_shutdown",
        before=str(before.day or "") if before else "",
        after=str(day or ""),
        detail={"base_model": base},
    )
    return made


def ask_for_shutdown(training: TrainingRun) -> None:
    """Store the day that the provider's list of models gives for the base model, if it is news.

    A failure is no error: the day is only shown.
    """
    provider = provider_or_error(training.provider)
    if not isinstance(provider, ListsShutdowns):
        return
    base = base_of(training.base_model)
    try:
        day = provider.shutdown_day(service_of(training), base)
    except ProviderError:
        return
    known = BaseModelShutdown.objects.filter(project=training.project, base_model=base).first()
    if day is None or (known is not None and known.day == day):
        return
    BaseModelShutdown.objects.create(
        project=training.project, base_model=base, day=day, source=Source.PROVIDER
    )
