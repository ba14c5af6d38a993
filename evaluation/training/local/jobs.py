"""What a training asks of its local job: made once, cancelled, paused, resumed."""

from collections.abc import Mapping

from django.db import transaction

from evaluation.training.local.models import (
    KIND,
    NEVER,
    BaseModel,
    LocalJob,
    LocalRequest,
    LocalStatus,
)
from reviewapp.jobs.actions import cancel_job
from reviewapp.jobs.models import JobState
from reviewapp.jobs.tasks import send_job


@transaction.atomic
def create_job(
    *, key: str, base: BaseModel, values: Mapping[str, object], files: Mapping[str, str]
) -> LocalJob:
    """Return the job of this key; it is made once, and sent to a worker."""
    job, _made = LocalJob.objects.get_or_create(
        key=key, defaults={"base": base, "values": dict(values), "files": dict(files)}
    )
    job.refresh_from_db()
    send_job(KIND, job.pk)
    return job


@transaction.atomic
def cancel(job: LocalJob) -> None:
    """Request that the trainer stops; a job without a trainer ends at once."""
    locked = _locked(job)
    if locked.state == JobState.WAITING:
        cancel_job(locked, status=LocalStatus.CANCELLED)
    elif locked.state == JobState.RUNNING:
        _ask(locked, LocalRequest.CANCEL)


@transaction.atomic
def pause(job: LocalJob) -> None:
    """Request that the trainer stops with a checkpoint; without one, the job is paused at once."""
    locked = _locked(job)
    if locked.state == JobState.WAITING:
        LocalJob.objects.filter(pk=job.pk).update(status=LocalStatus.PAUSED, run_after=NEVER)
    elif locked.state == JobState.RUNNING and locked.asked != LocalRequest.CANCEL:
        _ask(locked, LocalRequest.PAUSE)


@transaction.atomic
def resume(job: LocalJob) -> None:
    """Send a paused job to a worker."""
    paused = LocalJob.objects.filter(pk=job.pk, status=LocalStatus.PAUSED, state=JobState.WAITING)
    if paused.update(
        status=LocalStatus.WAITING, asked=LocalRequest.NOTHING, run_after=None, heartbeat_at=None
    ):
        send_job(KIND, job.pk)


def _locked(job: LocalJob) -> LocalJob:
    return LocalJob.objects.select_for_update(no_key=True).get(pk=job.pk)


def _ask(job: LocalJob, asked: LocalRequest) -> None:
    LocalJob.objects.filter(pk=job.pk).update(asked=asked)
