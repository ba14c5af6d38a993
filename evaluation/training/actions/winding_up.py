"""After the end of a training: fetch the results, register the models, delete what was uploaded."""

from contextlib import suppress
from datetime import timedelta

from django.utils import timezone

from evaluation.providers.base import ProviderError
from evaluation.training.actions.checkpoints import (
    follow_checkpoints,
    reported_checkpoints,
    store_final,
)
from evaluation.training.actions.registering import register_models
from evaluation.training.actions.storing import (
    store_events,
    store_figures,
    store_result,
    write,
)
from evaluation.training.models import Stage, TrainingRun
from evaluation.training.plans import provider_or_error, service_of
from reviewapp.core.messages import message, sentences
from reviewapp.jobs.actions import fail_job, finish_job

# A service may not have the result files for minutes after the end.
RESULT_DEADLINE = timedelta(minutes=30)
# With growing waits about eight hours.
MAX_FAILURES = 24


def file_name(training: TrainingRun, split: str) -> str:
    """Return the name of an uploaded file, which no other file of the service has."""
    return f"touchstone-{training.key}-{split}.jsonl"


def wind_up(training: TrainingRun) -> timedelta | None:
    """Carry out what is left after the end; return None when nothing is.

    Raises:
        ProviderError: the service did not do it; the step is repeated.
        ClaimLost: this worker no longer holds the training.
    """
    if training.stage == Stage.SUCCEEDED and training.results_at is None:
        _collect(training)
    elif training.stage != Stage.SUCCEEDED and training.provider_job_id:
        # What a failed training has left; not worth a wait.
        with suppress(ProviderError):
            follow_checkpoints(training)
    try:
        _delete_files(training)
    except ProviderError:
        if training.failures < MAX_FAILURES:
            raise
        names = [str(file.get("id") or split) for split, file in training.files.items()]
        left = message("training.files_left", files=names)
        write(training, remark=sentences([training.remark, left]), files={})
    training.failures = 0
    if training.stage == Stage.SUCCEEDED:
        finish_job(training, attempts=0, failures=0)
    else:
        fail_job(training, training.error_code, training.error, attempts=0, failures=0)
    return None


def _collect(training: TrainingRun) -> None:
    """Fetch checkpoints, register the models, then fetch the rest of the events and the results."""
    provider, service = provider_or_error(training.provider), service_of(training)
    job_id = training.provider_job_id
    try:
        if not training.checkpoints.filter(is_final=True).exists():
            store_final(training, reported_checkpoints(training))
        register_models(training)
        known = set(training.events.values_list("event_id", flat=True))
        store_events(training, provider.events(service, job_id, known))
        fetched = set(training.results.values_list("file_id", flat=True))
        for file_id in provider.poll(service, job_id).result_files:
            if file_id not in fetched:
                content = provider.result(service, file_id)
                store_result(training, file_id, content)
                store_figures(training, provider.figures_of(content))
    except ProviderError:
        is_early = timezone.now() - (training.ended_at or timezone.now()) < RESULT_DEADLINE
        has_models = training.checkpoints.filter(is_final=True).exists()
        if is_early or (not has_models and training.failures < MAX_FAILURES):
            raise
        if not has_models:
            store_final(training, [])
            register_models(training)
        write(training, remark=message("training.results_missing"))
    write(training, results_at=timezone.now())


def _delete_files(training: TrainingRun) -> None:
    """Delete what was uploaded, also what an upload whose answer was lost has left."""
    provider, service = provider_or_error(training.provider), service_of(training)
    for split, file in list(training.files.items()):
        ids = [str(file["id"])] if file.get("id") else []
        if file.get("tries", 1) > 1 or not ids:
            ids += provider.find_uploads(service, file_name(training, split))
        for file_id in dict.fromkeys(ids):
            provider.delete_file(service, file_id)
        kept = {**file, "deleted": True}
        write(training, files={**training.files, split: kept})
