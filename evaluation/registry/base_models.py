"""The registered models that are a base model."""

from django.db.models import Q, QuerySet

from evaluation.registry.models import ModelVersion
from reviewapp.people.models import Project


def is_base_model(base_model: str) -> Q:
    """Return the condition of models that are a base model, by name or as a service calls it.

    A tuned model may be called alike, where each request names its adapter.
    """
    return Q(name=base_model) | Q(model_id=base_model, dataset_version__isnull=True)


def models_named(project: Project, base_model: str) -> QuerySet[ModelVersion]:
    """Return the registered models of a project that are this base model."""
    return ModelVersion.objects.filter(is_base_model(base_model), project=project)
