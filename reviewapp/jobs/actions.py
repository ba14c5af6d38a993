"""The states of a job: claimed by one worker, then finished, failed, retried, cancelled or lost.

Each write is one conditional update: only the worker with the claim writes, so a message that is
delivered twice, or a worker that returns after its claim was lost, changes nothing.
"""

import logging
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self, TypeVar
from uuid import uuid4

from django.db import DatabaseError, connection, transaction
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from reviewapp.core.messages import Message, message
from reviewapp.jobs.models import Job, JobState, due, lost

logger = logging.getLogger(__name__)

J = TypeVar("J", bound=Job)
LOST, CANCELLED = "lost", "cancelled"
# A message that no worker has received by then is sent again.
RESEND_SECONDS = 60
MIN_RETRY_SECONDS, MAX_RETRY_SECONDS = 5, 300
BEATS_PER_LEASE = 4
# Every step of a job is bounded, so after a longer silence the worker hangs, and its claim expires.
MAX_SILENT_SECONDS = 3600


class ClaimLost(Exception):
    """Another worker holds this job, or it has ended; this worker must write nothing more."""


@transaction.atomic
def claim_job(model: type[J], job_id: int) -> J | None:
    """Claim a job; return None if it is not due, has ended, or another worker holds it."""
    now = timezone.now()
    release_lost_jobs(model, job_id=job_id)
    jobs = model._default_manager.filter(pk=job_id)
    taken = jobs.filter(due(now)).update(
        state=JobState.RUNNING,
        claim=uuid4(),
        heartbeat_at=now,
        run_after=None,
        attempts=F("attempts") + 1,
        started_at=Coalesce("started_at", Value(now)),
    )
    return jobs.get() if taken else None


@transaction.atomic
def release_lost_jobs(model: type[J], *, job_id: int | None = None) -> list[J]:
    """Put the jobs of lost workers back, or end those that cannot continue; return the latter."""
    now = timezone.now()
    jobs = model._default_manager.filter(lost(model, now))
    if job_id is not None:
        jobs = jobs.filter(pk=job_id)
    given_up = []
    for job in jobs.select_for_update(skip_locked=True, of=("self",)):
        columns = job.on_lost()
        if job.can_resume:
            _release(job, JobState.WAITING, columns)
        else:
            error = {"error_code": LOST, "error": message("jobs.lost", attempts=job.attempts)}
            _release(job, JobState.FAILED, {**error, "finished_at": now, **columns})
            given_up.append(job)
    return given_up


def jobs_to_send(jobs: "QuerySet[J]", *, limit: int | None = None) -> list[int]:
    """Return the oldest of these jobs that are due and have not been sent to a worker.

    With a limit, those that have been sent count towards it.
    """
    now = timezone.now()
    waiting = jobs.filter(due(now))
    sent_since = now - timedelta(seconds=RESEND_SECONDS)
    if limit is not None:
        limit -= waiting.filter(heartbeat_at__gte=sent_since).count()
        if limit <= 0:
            return []
    unsent = waiting.exclude(heartbeat_at__gte=sent_since).order_by("pk")
    chosen = list(unsent.values_list("pk", flat=True)[:limit])
    jobs.model._default_manager.filter(pk__in=chosen, state=JobState.WAITING).update(
        heartbeat_at=now
    )
    return chosen


def renew_claim(job: Job) -> bool:
    """Record that the worker is alive; return whether it still holds the job."""
    return bool(_held(job).update(heartbeat_at=timezone.now()))


def lock_claimed(job: J) -> J:
    """Lock a job's row until the transaction ends and return its current state.

    Raises:
        ClaimLost: this worker no longer holds it.
    """
    row = _held(job).select_for_update().first()
    if row is None:
        raise ClaimLost
    return row


def finish_job(job: Job, **columns: Any) -> bool:
    """Store the result of a job; return False, without storing it, if its claim was lost."""
    ended = {"finished_at": timezone.now(), "error_code": "", "error": None}
    return _release(job, JobState.DONE, ended | columns)


def fail_job(job: Job, code: str, error: Message | None = None, **columns: Any) -> bool:
    """End a job without a result; return False if its claim was lost."""
    ended = {"finished_at": timezone.now(), "error_code": code[:80], "error": error}
    return _release(job, JobState.FAILED, ended | columns)


def retry_job(
    job: Job,
    code: str,
    error: Message | None = None,
    *,
    after: datetime | None,
    is_attempt: bool = True,
    **columns: Any,
) -> bool:
    """Put a job back, to be started again after a time; return False if its claim was lost."""
    waits = {"run_after": after, "error_code": code[:80], "error": error}
    attempts = {} if is_attempt else {"attempts": F("attempts") - 1}
    return _release(job, JobState.WAITING, waits | attempts | columns)


def postpone_job(model: type[Job], job_id: int, until: datetime) -> None:
    """Defer a due job, because a resource that it needs is in use."""
    jobs = model._default_manager.filter(due(timezone.now()), pk=job_id)
    jobs.update(run_after=until, heartbeat_at=None)


def restart_jobs(jobs: "QuerySet[J]", **columns: Any) -> int:
    """Restart failed jobs and return their number. `columns` are written too."""
    failed = jobs.model._default_manager.filter(pk__in=list(jobs.values_list("pk", flat=True)))
    return failed.filter(state=JobState.FAILED).update(
        state=JobState.WAITING,
        attempts=0,
        run_after=None,
        finished_at=None,
        error_code="",
        error=None,
        **columns,
    )


def continue_job(job: Job, **columns: Any) -> bool:
    """Put a finished job back for its next stage; return False if it had not finished."""
    finished = type(job)._default_manager.filter(pk=job.pk, state=JobState.DONE)
    restarted = {"attempts": 0, "run_after": None, "heartbeat_at": None, "finished_at": None}
    return bool(finished.update(state=JobState.WAITING, **restarted, **columns))


def backoff(attempts: int) -> timedelta:
    """Return the delay after this many failed attempts: 5 s, doubled up to 5 minutes."""
    return timedelta(seconds=min(MIN_RETRY_SECONDS * 2 ** (attempts - 1), MAX_RETRY_SECONDS))


def cancel_job(job: Job, **columns: Any) -> bool:
    """Cancel a job; return False if it has ended. Its worker notices at its next write."""
    open_jobs = type(job)._default_manager.filter(
        pk=job.pk, state__in=[JobState.WAITING, JobState.RUNNING]
    )
    return bool(
        open_jobs.update(
            state=JobState.FAILED,
            claim=None,
            heartbeat_at=None,
            finished_at=timezone.now(),
            error_code=CANCELLED,
            **columns,
        )
    )


def start_now(jobs: "QuerySet[J]") -> int:
    """Allow waiting jobs to start without the rest of their wait; return their number."""
    return jobs.filter(state=JobState.WAITING).update(run_after=None, heartbeat_at=None)


def cancel_waiting_jobs(jobs: "QuerySet[J]") -> int:
    """Cancel those of these jobs that no worker holds; return their number."""
    return jobs.filter(state=JobState.WAITING).update(
        state=JobState.FAILED,
        heartbeat_at=None,
        run_after=None,
        finished_at=timezone.now(),
        error_code=CANCELLED,
        error=None,
    )


def _held(job: J) -> "QuerySet[J]":
    jobs = type(job)._default_manager
    return jobs.filter(pk=job.pk, claim=job.claim, state=JobState.RUNNING)


def _release(job: Job, state: JobState, columns: Mapping[str, Any]) -> bool:
    return bool(_held(job).update(state=state, claim=None, heartbeat_at=None, **columns))


class Heartbeat:
    """Renews the claim of a job from a thread while the `with` block runs.

    A step of a job may take longer than its lease.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._period = job.lease_seconds() / BEATS_PER_LEASE
        self._silent_seconds = 0.0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="job-heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopped.set()
        self._thread.join()

    def record_progress(self) -> None:
        """Note that a step was done."""
        self._silent_seconds = 0.0

    def _run(self) -> None:
        try:
            while not self._stopped.wait(self._period) and self.beat():
                pass
        finally:
            connection.close()

    def beat(self) -> bool:
        """Renew the claim once; return whether to continue."""
        self._silent_seconds += self._period
        if self._silent_seconds > MAX_SILENT_SECONDS:
            logger.error(
                "%s %s has done nothing for an hour", type(self._job).__name__, self._job.pk
            )
            return False
        try:
            return renew_claim(self._job)
        except DatabaseError:
            # The next beat comes in time, or the claim is lost.
            logger.warning("The claim of %r was not renewed", self._job, exc_info=True)
            return True
