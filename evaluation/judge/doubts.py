"""What a judge has in common with the models of a run, from their registration."""

from evaluation.judge.likeness import ModelTraits, likeness
from evaluation.registry.models import ModelVersion
from evaluation.runs.models import EvaluationRun
from reviewapp.core.messages import Message


def doubts_about(judge: ModelVersion, run: EvaluationRun) -> list[Message]:
    """Return the reasons to doubt a judge of this run, that of the candidate first."""
    found = (likeness(_traits(judge), _traits(model)) for model in (run.candidate, run.baseline))
    return [reason for reason in found if reason is not None]


def _traits(model: ModelVersion) -> ModelTraits:
    return ModelTraits(
        key=model.pk,
        name=model.name,
        model_id=model.model_id,
        base_model=model.base_model,
        base_url=model.endpoint.base_url if model.endpoint else "",
    )
