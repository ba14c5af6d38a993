"""The kinds of jobs, and the two tasks of all of them: run one, and wake workers for due ones."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from reviewapp.celery import app
from reviewapp.jobs.actions import RESEND_SECONDS, jobs_to_send, release_lost_jobs
from reviewapp.jobs.models import Job

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class JobKind:
    """A kind of job, registered with `register_job`."""

    name: str
    model: type[Job]
    run: Callable[[int], object]
    to_send: Callable[[], Iterable[int]]
    after_wake: Callable[[], object]
    queue: str | None = None

    def send(self, job_id: int) -> None:
        """Send a job to a worker after the transaction is committed."""
        run_job.send_on_commit((self.name, job_id), **self._options())

    def send_due(self) -> None:
        """Send all due jobs to workers after the transaction is committed."""
        wake_jobs.delay_on_commit(self.name)

    def wake(self) -> None:
        """Release the jobs of lost workers, and send all due jobs."""
        release_lost_jobs(self.model)
        for job_id in self.to_send():
            run_job.apply_async((self.name, job_id), **self._options())
        self.after_wake()

    def _options(self) -> dict[str, Any]:
        """Return where the messages go; in a queue that may have no worker they expire."""
        return {"queue": self.queue, "expires": RESEND_SECONDS} if self.queue else {}


_kinds: dict[str, JobKind] = {}


def register_job(
    name: str,
    model: type[Job],
    *,
    run: Callable[[int], object],
    to_send: Callable[[], Iterable[int]] | None = None,
    after_wake: Callable[[], object] = lambda: None,
    queue: str | None = None,
) -> JobKind:
    """Make a kind of job known to the workers; called in the `tasks.py` of its feature.

    Args:
        name: of the kind, in messages.
        model: whose rows are the jobs.
        run: claims a job by its id, does it and stores the result. Doing nothing where the claim
            fails makes a message that is delivered twice harmless.
        to_send: ids of jobs to start now, where a kind has limits; by default all that are due.
        after_wake: called each time the due jobs were sent.
        queue: of workers of their own; None for the queue of all.
    """
    every_job = model._default_manager
    to_send = to_send or (lambda: jobs_to_send(every_job.all()))
    _kinds[name] = JobKind(name, model, run, to_send, after_wake, queue)
    return _kinds[name]


def send_job(kind: str, job_id: int) -> None:
    """Send a job of a kind to a worker after the transaction is committed."""
    _kinds[kind].send(job_id)


@app.task(name="jobs.run_job")  # type: ignore[untyped-decorator]
def run_job(kind: str, job_id: int) -> None:
    """Run one job. Safe to deliver twice."""
    _kinds[kind].run(job_id)


@app.task(name="jobs.wake_jobs")  # type: ignore[untyped-decorator]
def wake_jobs(kind: str = "") -> None:
    """Send the due jobs of one kind, or of all. The beat calls it every few seconds."""
    for job_kind in [_kinds[kind]] if kind else [*_kinds.values()]:
        try:
            job_kind.wake()
        except Exception:
            # The other kinds continue.
            logger.exception("Jobs of the kind %s were not sent", job_kind.name)
