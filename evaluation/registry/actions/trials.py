"""Trying a model out in a worker, so that no page waits for a service that does not answer."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from evaluation.providers.base import strip_unstorable
from evaluation.registry.models import ModelTrial, ModelVersion
from evaluation.registry.trials import TRIAL_SECONDS, Trial
from reviewapp.core.errors import InvalidInput
from reviewapp.people.models import User
from reviewapp.people.permissions import require_lead

# Trials that hang keep no more worker threads than this.
MAX_AT_ONCE = 2
LOST_MARGIN_SECONDS = 60
LOST = Trial(problem="The worker that asked was lost. Try again.")


@transaction.atomic
def ask_for_trial(*, model_id: int, actor: User | None) -> ModelTrial:
    """Ask for a trial of a model; while one is under way, that one is it.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidInput: the model's answers came from a file.
    """
    model = ModelVersion.objects.select_for_update(of=("self",), no_key=True).get(pk=model_id)
    require_lead(actor, model.project)
    if model.endpoint_id is None:
        raise InvalidInput(f"The answers of {model} came from a file, so it cannot be asked.")
    now = timezone.now()
    finish_lost_trials(now=now)
    trial = ModelTrial.objects.filter(model_version=model).first()
    if trial is not None and trial.finished_at is None:
        return trial
    ModelTrial.objects.filter(model_version=model).delete()
    return ModelTrial.objects.create(model_version=model, asked_by=actor, asked_at=now)


@transaction.atomic
def claim_trial(*, trial_id: int) -> ModelTrial | None:
    """Take a trial to ask for; None if another worker has it, or if enough are under way."""
    now = timezone.now()
    trial = (
        ModelTrial.objects.select_for_update(of=("self",))
        .select_related("model_version__endpoint")
        .filter(pk=trial_id, started_at=None, finished_at=None)
        .first()
    )
    if trial is None or _running().count() >= MAX_AT_ONCE:
        return None
    trial.claim, trial.started_at = uuid4(), now
    trial.save(update_fields=["claim", "started_at"])
    return trial


def finish_trial(*, trial_id: int, claim: UUID, result: Trial) -> bool:
    """Store what came of a trial; return False if it was given up meanwhile."""
    mine = ModelTrial.objects.filter(pk=trial_id, claim=claim, finished_at=None)
    return bool(
        mine.update(
            claim=None,
            finished_at=timezone.now(),
            problem=strip_unstorable(result.problem)[:500],
            text=strip_unstorable(result.text),
            note=result.note[:500],
            latency_ms=result.latency_ms,
            response_model=strip_unstorable(result.response_model)[:200],
        )
    )


def finish_lost_trials(*, now: datetime) -> None:
    """End the trials whose worker was lost."""
    before = now - timedelta(seconds=TRIAL_SECONDS + LOST_MARGIN_SECONDS)
    _running().filter(started_at__lt=before).update(
        claim=None, finished_at=now, problem=LOST.problem
    )


def trials_to_start() -> list[int]:
    """Return the trials that wait and that there is room for, oldest first."""
    finish_lost_trials(now=timezone.now())
    room = MAX_AT_ONCE - _running().count()
    waiting = ModelTrial.objects.filter(started_at=None, finished_at=None).order_by("asked_at")
    return list(waiting.values_list("pk", flat=True)[: max(0, room)])


def _running() -> QuerySet[ModelTrial]:
    return ModelTrial.objects.filter(started_at__isnull=False, finished_at=None)
