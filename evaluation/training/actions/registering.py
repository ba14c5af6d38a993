"""Registering the models of a training that succeeded, with where they come from."""

from dataclasses import replace

from django.db import transaction

from evaluation.providers import kinds
from evaluation.registry.actions.registry import (
    Description,
    Limits,
    OnBehalfOf,
    Registration,
    register_model,
)
from evaluation.registry.models import ModelVersion
from evaluation.training.actions.record import record
from evaluation.training.forecast import settings_of
from evaluation.training.models import TrainingCheckpoint, TrainingRun
from evaluation.training.naming import base_of, checkpoint_name, tuned_name
from evaluation.training.plans import provider_or_error, service_of
from evaluation.training.retirement.dates import shutdown_of_training
from evaluation.training.version_changes import changes_since_earlier_model
from reviewapp.core.messages import message
from reviewapp.jobs.actions import lock_claimed
from reviewapp.people.models import Project


@transaction.atomic
def register_models(training: TrainingRun) -> list[ModelVersion]:
    """Register the checkpoints that are not registered yet; return their models.

    Raises:
        ClaimLost: this worker no longer holds the training.
    """
    lock_claimed(training)
    changes = changes_since_earlier_model(training)
    # Two trainings that end at once take one name after the other.
    project = Project.objects.select_for_update(no_key=True).get(pk=training.project_id)
    kept = training.checkpoints.filter(model_version=None, is_kept=True)
    waiting = kept.order_by("-is_final", "-step", "pk")
    name = _name(project, training)
    starter = OnBehalfOf(
        training.started_by, message("training.registered_by_worker", number=training.pk)
    )
    made = []
    for checkpoint in waiting:
        own = name if checkpoint.is_final else checkpoint_name(name, checkpoint.step)
        model = register_model(
            project=project,
            registration=replace(_registration(training, checkpoint, own), version_changes=changes),
            actor=None,
            on_behalf_of=starter,
        )
        checkpoint.model_version = model
        checkpoint.save(update_fields=["model_version"])
        made.append(model)
    if made:
        detail = {"models": [model.name for model in made]}
        record(training, "register_tuned_models", None, detail=detail)
    return made


def _name(project: Project, training: TrainingRun) -> str:
    taken = set(ModelVersion.objects.filter(project=project).values_list("name", flat=True))
    return tuned_name(
        settings_of(project).name_pattern,
        project=project.slug,
        base=base_of(training.base_model),
        version=training.version.number,
        taken=taken,
    )


def _registration(training: TrainingRun, checkpoint: TrainingCheckpoint, name: str) -> Registration:
    settings = {**training.hyperparameters, **training.used_hyperparameters}
    if training.seed is not None:
        settings["seed"] = training.seed
    if training.preference_set is not None:
        settings["preferences"] = training.preference_set.number
    changelog = "\n".join(filter(None, [training.version.changelog, training.note]))
    shutdown = shutdown_of_training(training)
    retires_on = shutdown.day if shutdown else None
    description = Description(changelog=changelog, retirement_date=retires_on)
    if (earlier := training.continues) is not None:
        # Models that are tuned on the same base cost the same.
        description = Description(
            changelog=changelog,
            retirement_date=retires_on,
            usd_per_million_input_tokens=earlier.usd_per_million_input_tokens,
            usd_per_million_output_tokens=earlier.usd_per_million_output_tokens,
            prices_as_of=earlier.prices_as_of,
        )
    service, endpoint = service_of(training), training.endpoint
    provider = provider_or_error(training.provider)
    return Registration(
        name=name,
        base_url=provider.serving_address(service),
        api_key_name=service.api_key_name,
        model_id=checkpoint.model_id,
        provider=_kind(training),
        base_model=training.base_model,
        dataset_version_id=training.version_id,
        hyperparameters=settings,
        limits=(
            Limits(endpoint.max_concurrent, endpoint.requests_per_minute) if endpoint else Limits()
        ),
        description=description,
    )


def _kind(training: TrainingRun) -> str:
    """Return the kind by which a model is asked; without an address it is served later."""
    if training.endpoint is None:
        return kinds.UNSERVED
    return provider_or_error(training.provider).model_kind(service_of(training))
