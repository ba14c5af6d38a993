"""Trials of models in a worker, so that no page waits for a service that does not answer."""

from django.db import transaction
from django.utils import timezone

from evaluation.providers import kinds
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

# At most this many worker threads are blocked by trials of services that do not answer.
MAX_AT_ONCE = 2


@transaction.atomic
def ask_for_trial(*, model_id: int, actor: User | None) -> ModelTrial:
    """Request a trial of a model; return the running one if there is one.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidInput: the model's answers were imported.
    """
    model = ModelVersion.objects.select_for_update(of=("self",), no_key=True).get(pk=model_id)
    require_lead(actor, model.project)
    if model.endpoint_id is None:
        raise InvalidInput(kinds.not_askable(model.provider, model.name))
    release_lost_jobs(ModelTrial)
    trial = ModelTrial.objects.filter(model_version=model).first()
    if trial is not None and not trial.is_over:
        return trial
    ModelTrial.objects.filter(model_version=model).delete()
    return ModelTrial.objects.create(model_version=model, asked_by=actor, asked_at=timezone.now())


@transaction.atomic
def claim_trial(*, trial_id: int) -> ModelTrial | None:
    """Claim a trial; return None if it is held or over, or has to wait.

    Its call counts against the limits of the endpoint; at the limit the trial is postponed.
    """
    model = ModelVersion.objects.filter(trial=trial_id).first()
    if model is None or model.endpoint_id is None or not _free_slots():
        return None
    endpoint, now = lock_endpoint(model.endpoint_id), timezone.now()
    capacity = capacity_of(endpoint, now, CallPurpose.TRIAL)
    if not capacity.calls:
        postpone_job(ModelTrial, trial_id, capacity.retry_at)
        return None
    trial = claim_job(ModelTrial, trial_id)
    if trial is not None:
        start_call(endpoint, now, CallPurpose.TRIAL, trial_id)
    return trial


@transaction.atomic
def finish_trial(*, trial: ModelTrial, result: Trial) -> bool:
    """Store the result of a trial; return False if its claim was lost."""
    columns = {
        "text": strip_unstorable(result.text),
        "note": result.note,
        "latency_ms": result.latency_ms,
        "response_model": strip_unstorable(result.response_model)[:200],
    }
    if result.error_code:
        is_held = fail_job(trial, result.error_code, result.error, **columns)
    else:
        is_held = finish_job(trial, **columns)
    trial.calls.end(result.error_code or "ok")
    return is_held


def trials_to_send() -> list[int]:
    """Return the waiting trials that may start now, oldest first."""
    return jobs_to_send(ModelTrial.objects.all(), limit=_free_slots())


def _free_slots() -> int:
    return max(0, MAX_AT_ONCE - ModelTrial.objects.filter(state=JobState.RUNNING).count())
