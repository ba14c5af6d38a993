"""The candidates of a project: models, trainings without a model yet, versions not trained on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Exists, OuterRef, QuerySet

from datasets.versions.models import DatasetVersion
from evaluation.registry.models import ModelVersion
from evaluation.training.models import TrainingCheckpoint, TrainingRun
from reviewapp.people.models import Project

SHOWN = 50
"""Candidates of each kind that a list shows, the newest first."""


class CandidateKind(StrEnum):
    """What a candidate is so far; also the last part of its address."""

    MODEL = "model"
    TRAINING = "training"
    VERSION = "version"


@dataclass(frozen=True)
class Candidate:
    """A model, a training, or a version, with what it comes from.

    Attributes:
        version: None for a model that was tuned on no version of the project.
        training: None where nothing was trained here.
        step: of the checkpoint that the model is; None for a model without one.
        model: None while there is none.
    """

    project: Project
    version: DatasetVersion | None
    training: TrainingRun | None = None
    step: int | None = None
    model: ModelVersion | None = None

    @property
    def kind(self) -> CandidateKind:
        """What it is so far."""
        if self.model is not None:
            return CandidateKind.MODEL
        return CandidateKind.TRAINING if self.training else CandidateKind.VERSION

    @property
    def number(self) -> int:
        """The id of its model or training, or the number of its version in the project."""
        if self.model is not None:
            return self.model.pk
        if self.training is not None:
            return self.training.pk
        return self.version.number if self.version else 0


def find_candidate(project: Project, kind: CandidateKind, number: int) -> Candidate | None:
    """Return a candidate by its kind and number (`Candidate.number`); None if there is none."""
    match kind:
        case CandidateKind.MODEL:
            model = _models(project).filter(pk=number).first()
            return of_model(model) if model else None
        case CandidateKind.TRAINING:
            training = _trainings(project).filter(pk=number).first()
            return Candidate(project, training.version, training) if training else None
    version = project.versions.filter(number=number).prefetch_related("files").first()
    return Candidate(project, version) if version else None


def of_model(model: ModelVersion) -> Candidate:
    """Return the candidate that a model is, with the training that made it."""
    checkpoint: TrainingCheckpoint | None = getattr(model, "checkpoint", None)
    return Candidate(
        model.project,
        model.dataset_version,
        checkpoint.training if checkpoint else None,
        checkpoint.step if checkpoint else None,
        model,
    )


def candidates_of(project: Project) -> list[Candidate]:
    """Return the candidates of a project: versions and trainings without a model, then models."""
    made = TrainingCheckpoint.objects.filter(training=OuterRef("pk"), model_version__isnull=False)
    trainings = _trainings(project).exclude(Exists(made)).order_by("-pk")[:SHOWN]
    unused = project.versions.filter(trainings=None, trained=None).prefetch_related("files")
    return [
        *(Candidate(project, version) for version in unused.order_by("-number")[:SHOWN]),
        *(Candidate(project, training.version, training) for training in trainings),
        *(of_model(model) for model in _models(project).order_by("-pk")[:SHOWN]),
    ]


def _models(project: Project) -> QuerySet[ModelVersion]:
    related = ("project", "dataset_version", "checkpoint__training")
    found = ModelVersion.objects.filter(project=project).select_related(*related)
    return found.prefetch_related("aliases", "dataset_version__files")


def _trainings(project: Project) -> QuerySet[TrainingRun]:
    found = TrainingRun.objects.filter(project=project).select_related("version")
    return found.prefetch_related("version__files")
