"""Storing checkpoints: each as soon as the provider names it, and at the end which one is final."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from django.db import transaction

from evaluation.providers.base import PermanentFailure
from evaluation.training.models import (
    FIGURES,
    TrainingCheckpoint,
    TrainingMetric,
    TrainingRun,
)
from evaluation.training.plans import provider_or_error, service_of
from evaluation.training.providers.base import Capability, Figures, ReportedCheckpoint
from reviewapp.jobs.actions import lock_claimed

MAX_ID_LENGTH = 200


def reported_checkpoints(training: TrainingRun) -> list[ReportedCheckpoint]:
    """Return the checkpoints that the provider keeps now; empty where it keeps none."""
    provider = provider_or_error(training.provider)
    if Capability.CHECKPOINTS not in provider.capabilities:
        return []
    return provider.checkpoints(service_of(training), training.provider_job_id)


def follow_checkpoints(training: TrainingRun) -> None:
    """Store what the provider keeps of a training that runs; one may list none before the end."""
    try:
        found = reported_checkpoints(training)
    except PermanentFailure:
        return
    store_checkpoints(training, found)


@transaction.atomic
def store_checkpoints(training: TrainingRun, found: Iterable[ReportedCheckpoint]) -> None:
    """Store the checkpoints that are new, and mark those that the provider no longer keeps.

    Raises:
        ClaimLost: this worker no longer holds the training.
    """
    lock_claimed(training)
    named = {saved.model_id[:MAX_ID_LENGTH]: saved for saved in found if saved.model_id}
    metrics = {
        metric.step: metric
        for metric in training.metrics.filter(step__in=[s.figures.step for s in named.values()])
    }
    for model_id, saved in named.items():
        step = saved.figures.step
        columns = {"step": step, "files": dict(saved.files), "is_kept": True}
        columns |= _measured(metrics.get(step)) | _measured(saved.figures)
        TrainingCheckpoint.objects.update_or_create(
            training=training, model_id=model_id, defaults=columns
        )
    earlier = training.checkpoints.filter(is_final=False, is_kept=True)
    earlier.exclude(model_id__in=named).update(is_kept=False)


@transaction.atomic
def store_final(training: TrainingRun, found: Sequence[ReportedCheckpoint]) -> None:
    """Store all checkpoints and the final model, each once.

    A checkpoint of the last step is the final model under another name.

    Raises:
        ClaimLost: this worker no longer holds the training.
    """
    store_checkpoints(training, found)
    last = _last_figures(training)
    same = training.checkpoints.filter(model_id=training.tuned_model).first()
    at_end = training.checkpoints.filter(step__gte=max(1, last.step), is_kept=True)
    other = at_end.exclude(model_id=training.tuned_model).filter(model_version=None)
    final = same or other.last() or TrainingCheckpoint(training=training, **asdict(last))
    final.model_id, final.is_final, final.is_kept = training.tuned_model, True, True
    if last.step:
        other.exclude(pk=final.pk).delete()
    final.save()


def _measured(figures: Figures | TrainingMetric | None) -> dict[str, Any]:
    """Return the figures that were measured; what was known before and is missing now stays."""
    if figures is None:
        return {}
    found = {name: getattr(figures, name) for name in FIGURES}
    return {name: value for name, value in found.items() if value is not None}


def _last_figures(training: TrainingRun) -> Figures:
    last = training.metrics.last()
    if last is None:
        return Figures(0)
    return Figures(last.step, **{name: getattr(last, name) for name in FIGURES})
