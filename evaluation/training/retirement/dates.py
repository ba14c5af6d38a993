"""When the base models of a project are shut down."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils import timezone

from evaluation.registry.models import ModelVersion
from evaluation.training.models import ENDED, TrainingRun
from evaluation.training.naming import base_of
from evaluation.training.plans import service_of
from evaluation.training.providers.openai import is_openai
from evaluation.training.retirement.facts import OPENAI_SHUTDOWNS, READ_ON, WARN_DAYS
from evaluation.training.retirement.models import BaseModelShutdown, Source
from reviewapp.people.models import Project


@dataclass(frozen=True)
class Shutdown:
    """The day on which a base model is shut down, with what is tuned on it, and its source."""

    base_model: str
    day: date
    source: Source
    read_on: date

    @property
    def days_left(self) -> int:
        """The days until then; negative afterwards."""
        return (self.day - timezone.now().date()).days

    @property
    def is_near(self) -> bool:
        """Whether it is less than the time of the warning away, or past."""
        return self.days_left <= WARN_DAYS


def shutdown_of(project: Project, model: str, address: str) -> Shutdown | None:
    """Return when the base of a model is shut down; None where no day is known.

    Args:
        model: a base model, or one that is tuned on it.
        address: of the API; the published list is that of OpenAI's own.
    """
    base = base_of(model)
    own = BaseModelShutdown.objects.filter(project=project, base_model=base).first()
    if own is not None:
        read_on = own.created_at.date()
        return Shutdown(base, own.day, Source(own.source), read_on) if own.day else None
    # A machine of one's own has no address, and may train a file of any name.
    if address and base in OPENAI_SHUTDOWNS and is_openai(address):
        return Shutdown(base, OPENAI_SHUTDOWNS[base], Source.LISTED, READ_ON)
    return None


def shutdown_of_training(training: TrainingRun) -> Shutdown | None:
    """Return when the base model of a training is shut down; None where no day is known."""
    return shutdown_of(training.project, training.base_model, service_of(training).base_url)


def shutdowns_of(trainings: Iterable[TrainingRun]) -> list[Shutdown]:
    """Return when the base models of trainings are shut down, the next first, each once."""
    found = {shutdown for training in trainings if (shutdown := shutdown_of_training(training))}
    return sorted(found, key=lambda shutdown: (shutdown.day, shutdown.base_model))


def trainings_by_base(project: Project) -> list[TrainingRun]:
    """Return a training of each base model and provider of a project."""
    found = TrainingRun.objects.filter(project=project).select_related("project", "endpoint")
    return list(found.order_by("base_model", "provider").distinct("base_model", "provider"))


def shutdown_of_model(model: ModelVersion) -> Shutdown | None:
    """Return when a registered model or its base is shut down; None where no day is known."""
    address = model.endpoint.base_url if model.endpoint else ""
    return shutdown_of(model.project, base_name(model), address)


def base_name(model: ModelVersion) -> str:
    """Return the base model of a registered model, or what its service calls it."""
    return model.base_model or model.model_id


def served_models(project: Project) -> list[ModelVersion]:
    """Return the models behind the aliases of a project."""
    found = ModelVersion.objects.filter(project=project, aliases__isnull=False)
    return list(found.select_related("project", "endpoint").distinct())


def near_shutdowns(project: Project) -> list[Shutdown]:
    """Return the shutdowns within the next 60 days of base models that the project needs.

    Those of models that were tuned here, of trainings under way, and of models behind an alias.
    """
    has_model = Q(checkpoints__model_version__isnull=False)
    trained = TrainingRun.objects.filter(has_model | ~Q(stage__in=ENDED), project=project)
    found = set(shutdowns_of(trained.select_related("project", "endpoint").distinct()))
    found |= {day for model in served_models(project) if (day := shutdown_of_model(model))}
    near = [shutdown for shutdown in found if 0 <= shutdown.days_left <= WARN_DAYS]
    return sorted(near, key=lambda shutdown: (shutdown.day, shutdown.base_model))
