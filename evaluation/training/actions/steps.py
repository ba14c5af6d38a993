"""The steps of a training, carried out by a worker that holds its row.

Each step can be repeated: before it asks the provider for something that costs money or leaves
something behind, it writes that it will ask; a worker that finds this written looks at the provider
for what came of it. So a killed worker, a message that is delivered twice and a lost answer lead to
one job, or to none.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from datasets.versions.storage import temporary_file
from evaluation.providers.base import (
    PermanentFailure,
    ProviderBlocked,
    ProviderError,
    TemporaryFailure,
)
from evaluation.training.actions import winding_up
from evaluation.training.actions.attempts import is_awaited, of_this_attempt, resume
from evaluation.training.actions.checkpoints import follow_checkpoints
from evaluation.training.actions.storing import (
    end_training,
    release,
    store_events,
    store_report,
    write,
)
from evaluation.training.limits import limit_errors
from evaluation.training.models import Ask, Stage, TrainingRun, growing_wait
from evaluation.training.plans import (
    plan_of,
    polls_to_share,
    provider_or_error,
    service_of,
    wanted_files,
)
from evaluation.training.providers.base import JobReport, JobStatus, Plan
from evaluation.training.retirement.actions import ask_for_shutdown
from evaluation.training.sent_files import (
    file_errors,
    planned_files,
    sent_sha256,
    sent_splits,
    write_sent,
)
from evaluation.training.windows.calendar import until_window
from reviewapp.core.errors import DigestMismatch, InvalidInput
from reviewapp.core.messages import message, sentences
from reviewapp.jobs.actions import ClaimLost, Heartbeat, claim_job

logger = logging.getLogger(__name__)

NOW = timedelta()
MIN_POLL_SECONDS, MAX_POLL_SECONDS = 5.0, 60.0
CANCEL_POLL = timedelta(seconds=5)
# Of a provider that does not answer before there is a job: about two hours.
MAX_START_FAILURES = 12
MAX_SHOWN_ERRORS = 5
ENDS = {
    JobStatus.SUCCEEDED: Stage.SUCCEEDED,
    JobStatus.FAILED: Stage.FAILED,
    JobStatus.CANCELLED: Stage.CANCELLED,
}


def advance(training_id: int) -> None:
    """Carry out the steps of a training that can be carried out now."""
    claimed = claim_job(TrainingRun, training_id)
    if claimed is None:
        return  # Ended, not due, or held by another worker.
    training = TrainingRun.objects.select_related("project", "endpoint", "version").get(
        pk=claimed.pk
    )
    try:
        with Heartbeat(training) as heartbeat:
            while _continue(training):
                heartbeat.record_progress()
    except ClaimLost:
        logger.info("Training %s is held by another worker", training_id)


def _continue(training: TrainingRun) -> bool:
    """Carry out one step; return whether the next one follows at once."""
    error = None
    try:
        wait = _step(training)
    except ProviderError as failure:
        error, wait = failure, _after_failure(training, failure)
    if wait is None:
        return False
    if wait > NOW:
        release(training, wait, error)
        return False
    return True


def _step(training: TrainingRun) -> timedelta | None:
    """Carry out one step; return how long to wait for the next, None after the last."""
    if training.has_ended:
        return winding_up.wind_up(training)
    training.asked = TrainingRun.objects.values_list("asked", flat=True).get(pk=training.pk)
    if training.provider_job_id:
        return _follow(training)
    if training.asked == Ask.CANCEL:
        return _cancel_before_job(training)
    steps: dict[str, Callable[[TrainingRun], timedelta]] = {
        Stage.QUEUED: _begin,
        Stage.PREPARING: _prepare,
        Stage.UPLOADING: _upload_or_create,
    }
    return steps[training.stage](training)


def _after_failure(training: TrainingRun, failure: ProviderError) -> timedelta:
    """Count a failed call; return the wait, which grows. End what cannot have a job yet."""
    training.failures += 1
    may_have_job = training.create_tried_at is not None
    is_lasting = not isinstance(failure, TemporaryFailure)
    gives_up = is_lasting or training.failures >= MAX_START_FAILURES
    if not training.has_ended and not may_have_job and gives_up:
        training.failures = 0
        end_training(training, Stage.FAILED, code=failure.code, error=failure.message)
        return NOW
    asked = getattr(failure, "retry_after", None) or 0
    # A service that asks for a day may mean seconds in another unit; an hour is looked at again.
    return max(growing_wait(training.failures), timedelta(seconds=min(asked, 3600)))


def _begin(training: TrainingRun) -> timedelta:
    if (wait := until_window(training)) > NOW:
        return wait
    write(training, stage=Stage.PREPARING)
    return NOW


def _prepare(training: TrainingRun) -> timedelta:
    """Check the exact bytes that will be sent."""
    provider = provider_or_error(training.provider)
    try:
        found = file_errors(training.version, training.preference_set, provider, training.project)
        plan = _plan(training)
        found += provider.check(plan) + limit_errors(provider, plan)
    except (DigestMismatch, InvalidInput) as error:
        found = [error.message] if not isinstance(error.message, str) else []
        found = found or [message("training.no_files")]
    if found:
        reason = sentences(found[:MAX_SHOWN_ERRORS])
        end_training(training, Stage.FAILED, code="preflight", error=reason)
        return NOW
    ask_for_shutdown(training)
    write(training, stage=Stage.UPLOADING)
    return NOW


def _upload_or_create(training: TrainingRun) -> timedelta:
    provider = provider_or_error(training.provider)
    for split in sent_splits(training):
        if not training.files.get(split, {}).get("id"):
            _upload(training, split)
            return NOW
    # A job on a file that the service has not read yet would be rejected.
    ids = wanted_files(training.files).values()
    is_tried = training.create_tried_at is not None
    if not is_tried and not all(
        provider.is_ready(service_of(training), file_id) for file_id in ids
    ):
        return timedelta(seconds=MIN_POLL_SECONDS)
    return _create(training)


def _upload(training: TrainingRun, split: str) -> None:
    """Upload one file, unless an earlier try has."""
    provider, service = provider_or_error(training.provider), service_of(training)
    name = winding_up.file_name(training, split)
    tries = training.files.get(split, {}).get("tries", 0)
    entry = {"sha256": sent_sha256(training, split), "tries": tries}
    found = provider.find_uploads(service, name) if tries else []
    if not found:
        entry["tries"] = tries + 1
        write(training, files={**training.files, split: entry})
        with temporary_file() as content:
            write_sent(content, training, split)
            found = [provider.upload(service, name, content)]
    write(training, files={**training.files, split: {**entry, "id": found[0]}})


def _create(training: TrainingRun) -> timedelta:
    """Start the paid job, unless an earlier try has."""
    provider = provider_or_error(training.provider)
    if training.create_tried_at is not None:
        if found := _find(training):
            _adopt(training, found)
            return NOW
        if (wait := _until_settled(training.create_tried_at)) > NOW:
            return wait
    write(training, create_tried_at=timezone.now(), create_tries=training.create_tries + 1)
    try:
        report = provider.create(_plan(training), wanted_files(training.files), str(training.key))
    except (PermanentFailure, ProviderBlocked) as error:
        end_training(training, Stage.FAILED, code=error.code, error=error.message)
        return NOW
    _adopt(training, [report])
    return NOW


def _plan(training: TrainingRun) -> Plan:
    provider = provider_or_error(training.provider)
    return plan_of(training, planned_files(training.version, training.preference_set, provider))


def _until_settled(tried_at: datetime) -> timedelta:
    """Return how long the provider may still be at work on an earlier request."""
    settled = tried_at + timedelta(seconds=settings.TRAINING_SETTLE_SECONDS)
    return max(NOW, settled - timezone.now())


def _find(training: TrainingRun) -> list[JobReport]:
    provider = provider_or_error(training.provider)
    sent = wanted_files(training.files).get("train", "")
    return provider.find(service_of(training), str(training.key), sent)


def _adopt(training: TrainingRun, found: list[JobReport]) -> None:
    """Take the oldest of the jobs as that of the training, and cancel the others."""
    provider, service = provider_or_error(training.provider), service_of(training)
    try:
        store_report(training, found[0])
    except ClaimLost:
        stored = TrainingRun.objects.values_list("provider_job_id", flat=True).get(pk=training.pk)
        # Another worker has made a job since; while it has none, it will find this one.
        if stored and stored != found[0].job_id:
            with suppress(ProviderError):
                provider.cancel(service, found[0].job_id)
        raise
    for other in found[1:]:
        if other.status not in ENDS:
            provider.cancel(service, other.job_id)


def _cancel_before_job(training: TrainingRun) -> timedelta:
    """Cancel a training whose job was not made, or whose answer was lost."""
    if training.create_tried_at is not None:
        if found := _find(training):
            _adopt(training, found)
            return NOW
        if (wait := _until_settled(training.create_tried_at)) > NOW:
            return wait
    end_training(training, Stage.CANCELLED, code="cancelled")
    return NOW


def _follow(training: TrainingRun) -> timedelta:
    """Carry out what a lead asked for; store what the provider reports of its job."""
    provider, service = provider_or_error(training.provider), service_of(training)
    was_asked = _carry_out(training)
    report = of_this_attempt(training, provider.poll(service, training.provider_job_id))
    store_report(training, report)
    known = set(training.events.values_list("event_id", flat=True))
    news = store_events(training, provider.events(service, training.provider_job_id, known))
    if training.create_tries > 1 and training.stage == Stage.VALIDATING:
        _cancel_others(training)
    if report.status in ENDS:
        error = message("training.by_provider", details=report.error) if report.error else None
        end_training(training, ENDS[report.status], code=report.error_code, error=error)
        return NOW
    follow_checkpoints(training)
    # What it reports at once may be the state before the request.
    return _until_next_poll(training, has_news=news > 0 or was_asked or is_awaited(training))


def _cancel_others(training: TrainingRun) -> None:
    """Cancel jobs that a worker made whose claim was lost while it asked."""
    provider = provider_or_error(training.provider)
    for other in _find(training):
        if other.job_id != training.provider_job_id and other.status not in ENDS:
            provider.cancel(service_of(training), other.job_id)


def _carry_out(training: TrainingRun) -> bool:
    """Ask the provider what a lead asked for; return whether anything was.

    A cancellation is repeated until it has ended.
    """
    provider, service = provider_or_error(training.provider), service_of(training)
    if training.asked == Ask.CANCEL:
        provider.cancel(service, training.provider_job_id)
    elif training.asked:
        # A job that has ended meanwhile cannot be paused: the poll shows it.
        with suppress(PermanentFailure):
            if training.asked == Ask.RESUME:
                resume(training)
            else:
                provider.pause(service, training.provider_job_id)
        write(training, asked=Ask.NOTHING)
    else:
        return False
    return True


def _until_next_poll(training: TrainingRun, *, has_news: bool) -> timedelta:
    """Return the wait: 5 s after news, then a tenth of the time without any, up to a minute."""
    if training.asked == Ask.CANCEL:
        return CANCEL_POLL
    last = training.events.last()
    quiet = (timezone.now() - (last.at if last else training.created_at)).total_seconds()
    seconds = min(MIN_POLL_SECONDS if has_news else quiet / 10, MAX_POLL_SECONDS)
    shared = polls_to_share(training.endpoint)
    return timedelta(seconds=max(seconds, MIN_POLL_SECONDS, shared))
