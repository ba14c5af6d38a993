"""The audit events of trainings."""

from collections.abc import Mapping

from evaluation.training.models import TrainingEvent, TrainingRun
from reviewapp.people.models import User


def record(  # noqa: PLR0913 the columns of an event
    training: TrainingRun,
    action: str,
    actor: User | None,
    *,
    before: str = "",
    after: str = "",
    reason: str = "",
    detail: Mapping[str, object] | None = None,
) -> None:
    """Add an event of a training."""
    TrainingEvent.objects.create(
        project=training.project,
        training=training,
        actor=actor,
        action=action,
        before=before,
        after=after,
        reason=reason,
        detail=detail or {},
    )
