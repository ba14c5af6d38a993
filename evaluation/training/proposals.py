"""What the set-up of a training proposes for a version."""

from typing import Any

from datasets.versions.mini_batches.plans import lineage
from datasets.versions.models import DatasetVersion
from evaluation.training.models import Stage, TrainingRun
from evaluation.training.plans import provider_or_error, service_of
from evaluation.training.providers.base import Capability
from evaluation.training.providers.kinds import DEFAULT, provider_choices, training_provider
from reviewapp.people.models import Project


def tuned_before(version: DatasetVersion) -> TrainingRun | None:
    """Return the last training whose model a mini-batch can train further; None without one.

    It was tuned on the parent, or on a version that the parent builds on.
    """
    if version.parent is None:
        return None
    done = TrainingRun.objects.filter(stage=Stage.SUCCEEDED, version__in=[*lineage(version.parent)])
    for training in done.exclude(tuned_model="").select_related("endpoint").order_by("-pk"):
        if Capability.CONTINUE in provider_or_error(training.provider).capabilities:
            return training
    return None


def usual_provider(project: Project) -> str:
    """Return the kind of the project's last training; before the first, of what is set up here.

    A service that lists the only base models it takes needs no key and no name of a model.
    """
    last = TrainingRun.objects.filter(project=project).order_by("-pk").first()
    if last is not None and training_provider(last.provider) is not None:
        return last.provider
    kinds = [kind for kind, _label in provider_choices()]
    ready = (kind for kind in kinds if provider_or_error(kind).base_models())
    return next(ready, DEFAULT)


def proposed_for(version: DatasetVersion) -> dict[str, Any]:
    """Return the fields that a version decides; of a mini-batch also model, provider, address."""
    earlier = tuned_before(version)
    if earlier is None:
        return {"version_id": version.pk}
    service = service_of(earlier)
    return {
        "version_id": version.pk,
        "provider": earlier.provider,
        "base_model": earlier.tuned_model,
        "base_url": service.base_url,
        "api_key_name": service.api_key_name,
        **earlier.hyperparameters,
    }
