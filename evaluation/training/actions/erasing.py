"""Marking the trainings that were given an example which is erased now."""

from datasets.conversations.split import Split
from datasets.versions.models import DatasetItem
from evaluation.training.actions.record import record
from evaluation.training.models import TrainingRun
from reviewapp.people.models import User

SENT = (Split.TRAIN.value, Split.VALIDATION.value)


def mark_trainings_of(example_id: int, reason: str, actor_id: int | None) -> None:
    """Record an event with each training that was given an example; called while it is erased.

    What a model has learnt cannot be taken back: leads decide what becomes of it.
    """
    items = DatasetItem.objects.filter(revision__example=example_id, split__in=SENT)
    splits = dict(items.values_list("version_id", "split"))
    actor = User.objects.get(pk=actor_id) if actor_id else None
    for training in TrainingRun.objects.filter(version__in=splits).select_related("project"):
        split = splits[training.version_id]
        if split in training.files or training.tuned_model:
            detail = {"example": example_id, "split": split}
            record(training, "erase_trained_example", actor, reason=reason, detail=detail)
