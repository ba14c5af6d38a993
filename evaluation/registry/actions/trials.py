"""Trying a model out in a worker, so that no page waits for a service that does not answer."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from evaluation.providers.base import strip_unstorable
from evaluation.registry.actions.calls import capacity_of, lock_endpoint, start_call
from evaluation.registry.models import CallPurpose, ModelTrial, ModelVersion
from evaluation.registry.trials import Trial
from reviewapp.core.errors import InvalidInput
from reviewapp.jobs.actions import (
    claim_job,
    fail_job,
    finish_job,
    jobs_to_send,
    postpone_job,
    release_lost_jobs,
)
from reviewapp.jobs.models import JobState
from reviewapp.people.models import User
from reviewapp.people.permissions import require_lead

# Trials that hang keep no more worker threads than this.
MAX_AT_ONCE = 2


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
        raise InvalidInput(
            gettext("The answers of %(name)s came from a file, so it cannot be asked.")
            % {"name": model}
        )
    release_lost_jobs(ModelTrial)
    trial = ModelTrial.objects.filter(model_version=model).first()
    if trial is not None and not trial.is_over:
        return trial
    ModelTrial.objects.filter(model_version=model).delete()
    return ModelTrial.objects.create(model_version=model, asked_by=actor, asked_at=timezone.now())


@transaction.atomic
def claim_trial(*, trial_id: int) -> ModelTrial | None:
    """Take a trial to ask for; None if it is held or over, or if there is no room for it now.

    Its call counts against the limits of the endpoint; without room it is put off.
    """
    model = ModelVersion.objects.filter(trial=trial_id).first()
    if model is None or model.endpoint_id is None or not _free_places():
        return None
    endpoint, now = lock_endpoint(model.endpoint_id), timezone.now()
    room = capacity_of(endpoint, now, CallPurpose.TRIAL)
    if not room.calls:
        postpone_job(ModelTrial, trial_id, room.retry_at)
        return None
    trial = claim_job(ModelTrial, trial_id)
    if trial is not None:
        start_call(endpoint, now, CallPurpose.TRIAL, trial_id)
    return trial


@transaction.atomic
def finish_trial(*, trial: ModelTrial, result: Trial) -> bool:
    """Store what came of a trial; return False if it was given up meanwhile."""
    columns = {
        "problem": strip_unstorable(result.problem)[:500],
        "text": strip_unstorable(result.text),
        "note": result.note[:500],
        "latency_ms": result.latency_ms,
        "response_model": strip_unstorable(result.response_model)[:200],
    }
    if result.error_code:
        is_held = fail_job(trial, result.error_code, **columns)
    else:
        is_held = finish_job(trial, **columns)
    trial.calls.end(result.error_code or "ok")
    return is_held


def trials_to_send() -> list[int]:
    """Return the trials that wait and that there is room for, oldest first."""
    return jobs_to_send(ModelTrial.objects.all(), limit=_free_places())


def _free_places() -> int:
    return max(0, MAX_AT_ONCE - ModelTrial.objects.filter(state=JobState.RUNNING).count())
