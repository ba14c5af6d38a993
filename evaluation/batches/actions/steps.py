"""The steps of a batch, carried out by a worker that holds its row.

Each step can be repeated: before it asks the provider for something that costs money or leaves
something behind, it writes that it will ask; a worker that finds this written looks at the provider
for what came of it. So a killed worker, a message that is delivered twice and a lost answer lead to
one batch, or to none.
"""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from datasets.versions.storage import temporary_file
from evaluation.batches.actions.storing import fail_answers, release_answers, store_results, write
from evaluation.batches.lines import open_answers, write_requests
from evaluation.batches.models import AnswerBatch, BatchStage
from evaluation.batches.results import read_results
from evaluation.batches.services import BATCH_SERVICES, BatchReport, OpenAIBatches
from evaluation.providers.base import (
    PermanentFailure,
    ProviderBlocked,
    ProviderError,
    TemporaryFailure,
)
from evaluation.providers.keys import read_key
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import EvaluationRun
from evaluation.training.models import growing_wait
from evaluation.training.providers.base import NOT_THERE, Service
from reviewapp.core.messages import message
from reviewapp.jobs.actions import ClaimLost, Heartbeat, claim_job, finish_job, retry_job

logger = logging.getLogger(__name__)

NOW = timedelta()
PAUSED_WAIT = timedelta(seconds=30)
CANCEL_POLL = timedelta(seconds=10)
MIN_POLL_SECONDS, MAX_POLL_SECONDS = 15.0, 300.0
# Of a provider that does not answer before there is a batch: about two hours.
MAX_START_FAILURES = 12
# After the end, for results and files: with growing waits about eight hours.
MAX_END_FAILURES = 24
FAILED = "failed"


def advance(batch_id: int) -> None:
    """Carry out the steps of a batch that can be carried out now."""
    claimed = claim_job(AnswerBatch, batch_id)
    if claimed is None:
        return  # Ended, not due, or held by another worker.
    related = ("run", "model_version", "endpoint")
    batch = AnswerBatch.objects.select_related(*related).get(pk=claimed.pk)
    try:
        with Heartbeat(batch) as heartbeat:
            while _continue(batch):
                heartbeat.record_progress()
    except ClaimLost:
        logger.info("Batch %s is held by another worker", batch_id)


def _continue(batch: AnswerBatch) -> bool:
    """Carry out one step; return whether the next one follows at once."""
    error = None
    try:
        wait = _step(batch)
    except ProviderError as failure:
        error, wait = failure, _after_failure(batch, failure)
    if wait is None:
        finish_job(batch, attempts=0, failures=0)
        return False
    if wait > NOW:
        code, reason = (error.code, error.message) if error else ("", None)
        columns: dict[str, Any] = {"attempts": 0, "failures": batch.failures}
        retry_job(batch, code, reason, after=timezone.now() + wait, **columns)
        return False
    return True


def _step(batch: AnswerBatch) -> timedelta | None:
    """Carry out one step; return how long to wait for the next, None after the last."""
    if batch.stage == BatchStage.ENDED:
        return _delete_files(batch)
    if batch.stage == BatchStage.COLLECTING:
        return _collect(batch)
    batch.is_cancelled = AnswerBatch.objects.values_list("is_cancelled", flat=True).get(pk=batch.pk)
    run = EvaluationRun.objects.get(pk=batch.run_id)
    is_needed = run.state == RunState.GENERATING and not batch.is_cancelled
    if batch.stage == BatchStage.AT_PROVIDER:
        return _follow(batch, is_needed=is_needed)
    return _start(batch, run) if is_needed else _give_up(batch)


def _start(batch: AnswerBatch, run: EvaluationRun) -> timedelta:
    """Upload the requests, then start the batch.

    What was asked for before a pause is looked at; nothing new is asked for.
    """
    if run.paused and batch.create_tried_at is None:
        return PAUSED_WAIT
    return _create(batch) if batch.file_ids.get("input") else _upload(batch)


def _after_failure(batch: AnswerBatch, failure: ProviderError) -> timedelta:
    """Count a failed call; return the wait, which grows. End what cannot have a batch yet."""
    batch.failures += 1
    is_lasting = not isinstance(failure, TemporaryFailure)
    is_early = batch.stage == BatchStage.QUEUED and batch.create_tried_at is None
    if is_early and (is_lasting or batch.failures >= MAX_START_FAILURES):
        fail_answers(batch, failure.code, failure.message)
        write(batch, stage=BatchStage.ENDED, failures=0)
        return NOW
    asked = getattr(failure, "retry_after", None) or 0
    return max(growing_wait(batch.failures), timedelta(seconds=min(asked, 3600)))


def _service(batch: AnswerBatch) -> tuple[OpenAIBatches, Service]:
    place = Service(batch.endpoint.base_url, batch.endpoint.api_key_name)
    return BATCH_SERVICES[batch.model_version.provider], place


def file_name(batch: AnswerBatch) -> str:
    """Return the name of an uploaded file, which no other file of the service has."""
    return f"touchstone-batch-{batch.key}.jsonl"


def _upload(batch: AnswerBatch) -> timedelta:
    """Upload the requests, unless an earlier try has."""
    provider, service = _service(batch)
    found = provider.find_uploads(service, file_name(batch)) if batch.upload_tries else []
    if not found:
        write(batch, upload_tries=batch.upload_tries + 1)
        with temporary_file() as content:
            if not write_requests(content, batch):
                write(batch, stage=BatchStage.ENDED)
                return NOW
            found = [provider.upload(service, file_name(batch), content)]
    write(batch, file_ids={**batch.file_ids, "input": found[0]})
    return NOW


def _create(batch: AnswerBatch) -> timedelta:
    """Start the paid batch, unless an earlier try has."""
    provider, service = _service(batch)
    if batch.create_tried_at is not None:
        if found := provider.find(service, str(batch.key), batch.file_ids["input"]):
            return _adopt(batch, found)
        if (wait := _until_settled(batch.create_tried_at)) > NOW:
            return wait
    write(batch, create_tried_at=timezone.now(), create_tries=batch.create_tries + 1)
    try:
        report = provider.create(service, batch.file_ids["input"], str(batch.key))
    except (PermanentFailure, ProviderBlocked) as error:
        fail_answers(batch, error.code, error.message)
        write(batch, stage=BatchStage.ENDED, failures=0)
        return NOW
    return _adopt(batch, [report])


def _until_settled(tried_at: datetime) -> timedelta:
    """Return how long the provider may still be at work on an earlier request."""
    settled = tried_at + timedelta(seconds=settings.TRAINING_SETTLE_SECONDS)
    return max(NOW, settled - timezone.now())


def _adopt(batch: AnswerBatch, found: list[BatchReport]) -> timedelta:
    """Take the oldest of the provider's batches as this one, and cancel the others."""
    provider, service = _service(batch)
    _write_report(batch, found[0], stage=BatchStage.AT_PROVIDER)
    for other in found[1:]:
        if not other.has_ended:
            provider.cancel(service, other.batch_id)
    return NOW


def _write_report(batch: AnswerBatch, report: BatchReport, *, stage: BatchStage) -> None:
    write(
        batch,
        provider_batch_id=report.batch_id[:200],
        provider_state=report.state,
        lines_done=report.done,
        lines_failed=report.failed,
        file_ids={**batch.file_ids, **report.file_ids},
        failures=0,
        stage=stage,
    )


def _give_up(batch: AnswerBatch) -> timedelta:
    """End a batch that is not needed any more before there is one, or adopt the one there is."""
    provider, service = _service(batch)
    if batch.create_tried_at is not None:
        if found := provider.find(service, str(batch.key), batch.file_ids["input"]):
            return _adopt(batch, found)
        if (wait := _until_settled(batch.create_tried_at)) > NOW:
            return wait
    release_answers(batch)
    write(batch, stage=BatchStage.ENDED)
    return NOW


def _follow(batch: AnswerBatch, *, is_needed: bool) -> timedelta:
    """Look at the provider's batch; a state that is not known is no end."""
    provider, service = _service(batch)
    if not is_needed:
        provider.cancel(service, batch.provider_batch_id)
    report = provider.poll(service, batch.provider_batch_id)
    ended = BatchStage.COLLECTING if report.has_ended else BatchStage.AT_PROVIDER
    _write_report(batch, report, stage=ended)
    if report.state == FAILED:
        reason = message("batches.rejected", details=report.error or report.error_code)
        fail_answers(batch, report.error_code or "batch_failed", reason)
        write(batch, stage=BatchStage.ENDED)
        return NOW
    if report.has_ended:
        return NOW
    if not is_needed:
        return CANCEL_POLL
    age = (timezone.now() - batch.created_at).total_seconds()
    seconds = min(max(age / 10, MIN_POLL_SECONDS), MAX_POLL_SECONDS)
    return timedelta(seconds=max(seconds, _polls_to_share(batch)))


def _polls_to_share(batch: AnswerBatch) -> float:
    """Return the least seconds between two polls, so that all batches share one a second."""
    base_url = batch.endpoint.base_url
    open_ones = AnswerBatch.objects.filter(endpoint__base_url=base_url)
    return float(open_ones.filter(stage=BatchStage.AT_PROVIDER).count())


def _collect(batch: AnswerBatch) -> timedelta:
    """Store the results; then decide about what is missing."""
    provider, service = _service(batch)
    key = read_key(service.api_key_name, base_url=service.base_url)
    for name in ("output", "error"):
        if file_id := batch.file_ids.get(name):
            try:
                content = provider.result(service, file_id)
            except ProviderError as error:
                # For minutes after the end a service may not have the file.
                is_last = batch.failures >= MAX_END_FAILURES or error.code == "too_large"
                if not is_last:
                    batch.failures += 1
                    raise _later(error) from error
                continue
            store_results(batch, read_results(content, key=key))
    release_answers(batch)
    write(batch, stage=BatchStage.ENDED, failures=0)
    return NOW


def _later(error: ProviderError) -> ProviderError:
    """Return a missing file as what may come later."""
    return TemporaryFailure(NOT_THERE, error.message) if error.code == NOT_THERE else error


def _delete_files(batch: AnswerBatch) -> timedelta | None:
    """Delete what was sent and what came, also what an upload whose answer was lost has left."""
    provider, service = _service(batch)
    ids = list(batch.file_ids.values())
    try:
        if batch.upload_tries > 1 or (batch.upload_tries and not batch.file_ids.get("input")):
            ids += provider.find_uploads(service, file_name(batch))
        for file_id in dict.fromkeys(ids):
            provider.delete_file(service, file_id)
    except ProviderError:
        if batch.failures < MAX_END_FAILURES:
            raise
        logger.exception("The files of batch %s could not be deleted: %s", batch.pk, ids)
    if next(open_answers(batch), None) is not None:
        release_answers(batch)
    return None
