"""How the version of a training differs from the one that an earlier model was trained on."""

from dataclasses import asdict
from typing import Any

from datasets.versions.models import DatasetVersion
from datasets.versions.plans import Changes
from evaluation.registry.models import ModelVersion
from evaluation.training.models import TrainingRun

PRODUCTION = "production"
"""The name of the alias whose model answers customers."""


def changes_between(version: DatasetVersion, earlier: DatasetVersion) -> Changes:
    """Return how a version differs from another one of its project."""
    items = version.items
    return Changes(
        since=earlier.number,
        added=items.absent_from(earlier).count(),
        removed=earlier.items.absent_from(version).count(),
        changed=items.reworded_since(earlier).count(),
        moved=items.moved_since(earlier).count(),
    )


def changes_since_earlier_model(training: TrainingRun) -> dict[str, Any]:
    """Return how the version differs from that of the earlier model, with the model's name.

    It is empty without an earlier model that was trained on a version.
    """
    model = _earlier_model(training)
    if model is None or model.dataset_version is None:
        return {}
    return {"model": model.name, **asdict(changes_between(training.version, model.dataset_version))}


def _earlier_model(training: TrainingRun) -> ModelVersion | None:
    """Return the production model, or else the one that is trained further; None if unknown."""
    trained = ModelVersion.objects.exclude(dataset_version=None).select_related("dataset_version")
    production = trained.filter(project=training.project_id, aliases__name=PRODUCTION).first()
    return production or trained.filter(continued_by=training).first()
