"""Says what models were trained on: versions, and pairs out of the votes of earlier runs."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

from django.db.models import QuerySet

from datasets.conversations.split import Split
from evaluation.registry.models import ModelVersion
from evaluation.runs.models import Answer, Comparison

TRAINED_SPLITS: Final = (Split.TRAIN, Split.VALIDATION)


@dataclass(frozen=True)
class Learned:
    """What models and those that their trainings continue were trained on.

    Attributes:
        models: by id, with the continued ones.
        versions: by id; the models learned their training files, and saw their validation files.
    """

    models: frozenset[int]
    versions: tuple[int, ...]

    @classmethod
    def of(cls, models: Iterable[int]) -> Self:
        """Return what these models were trained on, from their first training on."""
        known: set[int] = set()
        latest = set(models)
        while latest:
            known |= latest
            trained_on = ModelVersion.objects.filter(
                continued_by__checkpoints__model_version__in=latest
            )
            latest = {*trained_on.values_list("pk", flat=True)} - known
        versions = ModelVersion.objects.filter(pk__in=known, dataset_version__isnull=False)
        ids = versions.order_by().values_list("dataset_version_id", flat=True).distinct()
        return cls(frozenset(known), tuple(sorted(filter(None, ids))))

    def preferred_answers(self) -> QuerySet[Answer]:
        """Return the answers that they learned to prefer (DPO); erased prompts are left out."""
        trained = "preferences__preference_set__trainings__checkpoints__model_version__in"
        asked = Comparison.objects.filter(erased_at=None, **{trained: self.models})
        return Answer.objects.filter(pk__in=asked.values("preferences__preferred")).order_by()
