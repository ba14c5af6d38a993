"""The call of a job to a model service: claimed within the limits, then stored, retried or failed.

Answers, judgements and shadow answers are such jobs. The limits of an endpoint hold across all
workers because a claim locks the endpoint's row and counts all calls. Only the holder of a claim
writes, so a request of a lost worker is made again and its result stored once.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Generic, TypeVar

from django.db import transaction
from django.utils import timezone

from evaluation.providers.base import (
    Completion,
    CompletionRequest,
    PermanentFailure,
    ProviderBlocked,
    ProviderError,
    TemporaryFailure,
    strip_unstorable,
)
from evaluation.providers.kinds import provider_of
from evaluation.registry.actions.calls import (
    MAX_RATE_LIMITED_ATTEMPTS,
    asked_to_wait,
    blocked_by_waits,
    capacity_of,
    defer_calls,
    start_call,
    waited_seconds,
)
from evaluation.registry.models import CallPurpose, Endpoint, ProviderCall
from reviewapp.jobs.actions import backoff, fail_job, postpone_job, retry_job
from reviewapp.jobs.models import Job

logger = logging.getLogger(__name__)

JobT = TypeVar("JobT", bound=Job)


@dataclass(frozen=True)
class JobCall(Generic[JobT]):
    """A claimed job with its counted call, its provider and its request."""

    job: JobT
    endpoint_id: int
    call_id: int
    provider: str
    request: CompletionRequest

    @property
    def is_open(self) -> bool:
        """Whether the call still runs; that of a lost worker ends when its job is released."""
        return ProviderCall.objects.filter(pk=self.call_id, finished_at=None).exists()


class JobCalls(Generic[JobT]):
    """What becomes of the calls of one kind of job.

    Each method returns the current job, or None if the claim was lost. A kind adds what else
    happens, within the same transaction.

    Attributes:
        model: of the jobs.
        purpose: under which their calls are counted.
    """

    model: ClassVar[type[Job]]
    purpose: ClassVar[CallPurpose]

    def store(self, call: JobCall[JobT], completion: Completion) -> JobT | None:
        """Store what a model replied."""
        raise NotImplementedError

    def block(self, call: JobCall[JobT], error: ProviderBlocked) -> JobT | None:
        """Stop what the job belongs to until a lead resumes it: no quota, a bad key.

        Ends with `retry_blocked`. It comes to both locks in the order of the other actions.
        """
        raise NotImplementedError

    def before_failure(self, call: JobCall[JobT], error: ProviderError) -> None:
        """Count what a failed call may cost; also one that is tried again."""

    def after_write(self, job_id: int) -> None:
        """Do what follows a written job."""

    def has_capacity(self, endpoint: Endpoint, now: datetime, job_id: int) -> bool:
        """Return whether a locked endpoint takes one more call; else postpone the job."""
        capacity = capacity_of(endpoint, now, self.purpose)
        if not capacity.calls:
            postpone_job(self.model, job_id, capacity.retry_at)
        return bool(capacity.calls)

    def start(
        self,
        job: JobT,
        endpoint: Endpoint,
        now: datetime,
        *,
        provider: str,
        request: CompletionRequest,
    ) -> JobCall[JobT]:
        """Count the call of a claimed job to a locked endpoint, and return it."""
        started = start_call(endpoint, now, self.purpose, job.pk)
        return JobCall(job, endpoint.pk, started.pk, provider, request)

    def ask(self, call: JobCall[JobT]) -> None:
        """Make the call and write what came of it."""
        try:
            completion = provider_of(call.provider).complete(call.request)
        except TemporaryFailure as error:
            self.release(call, error)
        except PermanentFailure as error:
            self.fail(call, error)
        except ProviderBlocked as error:
            self.block(call, error)
        else:
            self.store(call, completion)

    @transaction.atomic
    def fail(self, call: JobCall[JobT], error: ProviderError) -> JobT | None:
        """Mark the job as failed, with the reason."""
        self.before_failure(call, error)
        return self.end(call, error.code, is_held=fail_job(call.job, error.code, error.message))

    @transaction.atomic
    def release(self, call: JobCall[JobT], error: TemporaryFailure) -> JobT | None:
        """Schedule a retry, with growing waits; the job fails after the last attempt.

        After a rate limit every worker waits, and the attempt does not count. All stops if the
        service asks to wait for more than an hour, or only sends rate limits for half an hour.
        """
        now = timezone.now()
        if error.is_rate_limit:
            return self._defer(call, error, now)
        if not call.job.can_resume:
            return self.fail(call, error)
        self.before_failure(call, error)
        wait = max(backoff(call.job.attempts), asked_to_wait(error))
        return self._retry(call, error, now + wait)

    def _defer(self, call: JobCall[JobT], error: TemporaryFailure, now: datetime) -> JobT | None:
        waited = waited_seconds(call.endpoint_id, now)
        if blocked := blocked_by_waits(error, waited):
            return self.block(call, blocked)
        # A multiple, so that a job that a lead retries gets as many waits again.
        calls = ProviderCall.objects.made_for(self.purpose, call.job.pk)
        if calls.count() % MAX_RATE_LIMITED_ATTEMPTS == 0:
            return self.fail(call, error)
        until = defer_calls(call.endpoint_id, error, now, waited=waited)
        return self._retry(call, error, until, is_attempt=False)

    def block_endpoint(self, call: JobCall[JobT], error: ProviderBlocked) -> None:
        """Stop all calls to the endpoint, if the reason holds for all of them."""
        if error.is_endpoint_wide:
            Endpoint.objects.filter(pk=call.endpoint_id).update(blocked_reason=error.message)

    def retry_blocked(self, call: JobCall[JobT], error: ProviderBlocked) -> JobT | None:
        """Keep the job for the lead who resumes; the attempt does not count."""
        return self._retry(call, error, None, is_attempt=False)

    def _retry(
        self,
        call: JobCall[JobT],
        error: ProviderError,
        until: datetime | None,
        *,
        is_attempt: bool = True,
    ) -> JobT | None:
        is_held = retry_job(call.job, error.code, error.message, after=until, is_attempt=is_attempt)
        return self.end(call, error.code, is_held=is_held)

    def end(self, call: JobCall[JobT], outcome: str, *, is_held: bool) -> JobT | None:
        """End the call; return the current job, or None if the claim was lost."""
        ProviderCall.objects.filter(pk=call.call_id).end(outcome)
        job = call.job
        if not is_held:
            name = job._meta.verbose_name
            logger.warning("%s %s was claimed by another worker; not stored", name, job.pk)
            return None
        self.after_write(job.pk)
        return type(job)._default_manager.get(pk=job.pk)


def response_columns(completion: Completion) -> dict[str, object]:
    """Return the columns that hold which model replied, how fast, and the id of its reply."""
    return {
        "response_model": strip_unstorable(completion.response_model)[:200],
        "request_id": strip_unstorable(completion.request_id)[:200],
        "latency_ms": completion.latency_ms,
    }
