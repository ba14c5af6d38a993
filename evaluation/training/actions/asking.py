"""What a lead asks of a training that runs; a worker carries it out at once."""

from django.db import transaction
from django.utils import timezone

from evaluation.training.actions.record import record
from evaluation.training.models import Ask, Stage, TrainingRun
from evaluation.training.plans import provider_or_error
from evaluation.training.providers.base import Capability
from reviewapp.core.errors import InvalidTransition
from reviewapp.core.messages import Message, message
from reviewapp.jobs.models import JobState
from reviewapp.people.models import User
from reviewapp.people.permissions import require_lead

NEEDS = {
    Ask.CANCEL: Capability.CANCEL,
    Ask.PAUSE: Capability.PAUSE,
    Ask.RESUME: Capability.RESUME,
}
FROM = {Ask.PAUSE: (Stage.RUNNING,), Ask.RESUME: (Stage.PAUSED,)}


def ask_denied_reason(training: TrainingRun, ask: Ask) -> Message | None:
    """Return why this cannot be asked of a training now; None if it can."""
    if training.has_ended:
        return message("training.has_ended")
    if training.asked == Ask.CANCEL:
        return message("training.is_being_cancelled")
    # Before there is a job, a worker cancels without the provider.
    needs_provider = ask != Ask.CANCEL or bool(training.provider_job_id)
    if needs_provider and NEEDS[ask] not in provider_or_error(training.provider).capabilities:
        return message("training.not_offered")
    if ask in FROM and training.stage not in FROM[ask]:
        return message("training.not_now")
    pauses_early = Capability.EARLY_PAUSE in provider_or_error(training.provider).capabilities
    if ask == Ask.PAUSE and not pauses_early and not training.metrics.exists():
        return message("training.pause_after_step")
    return None


@transaction.atomic
def ask_training(*, training_id: int, ask: Ask, actor: User | None) -> TrainingRun:
    """Ask for a training to be cancelled, paused or resumed.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidTransition: it has ended, or its provider or its stage does not allow it.
    """
    training = lock_training(training_id)
    require_lead(actor, training.project)
    if denied := ask_denied_reason(training, ask):
        raise InvalidTransition(denied)
    training.asked = ask
    if training.state == JobState.WAITING:
        training.run_after, training.heartbeat_at = timezone.now(), None
    training.save(update_fields=["asked", "run_after", "heartbeat_at"])
    record(training, f"{ask}_training", actor, before=training.stage)
    return training


def lock_training(training_id: int) -> TrainingRun:
    """Lock a training until the transaction ends."""
    return (
        TrainingRun.objects.select_for_update(of=("self",), no_key=True)
        .select_related("project")
        .get(pk=training_id)
    )
