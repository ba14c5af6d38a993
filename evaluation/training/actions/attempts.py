"""After a resume: is the failure that a provider reports that of the attempt which began with it?

A service may go on for a while reporting how the attempt before ended. A failure counts once the
service names an end after the resume, once it has reported the new attempt on its way, or once it
has repeated the failure for `TRAINING_SETTLE_SECONDS`.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from evaluation.providers.base import PermanentFailure
from evaluation.training.actions.storing import write
from evaluation.training.models import TrainingRun
from evaluation.training.plans import provider_or_error, service_of
from evaluation.training.providers.base import JobReport, JobStatus

UNDER_WAY = {JobStatus.VALIDATING, JobStatus.RUNNING}


def resume(training: TrainingRun) -> None:
    """Ask the provider to resume. A worker that is killed in between leaves that it may have.

    Raises:
        PermanentFailure: the provider does not; it begins no new attempt.
    """
    before = training.resumed_at
    write(training, resumed_at=timezone.now())
    try:
        provider_or_error(training.provider).resume(service_of(training), training.provider_job_id)
    except PermanentFailure:
        write(training, resumed_at=before)
        raise


def is_awaited(training: TrainingRun) -> bool:
    """Return whether a report may still be of the attempt before the last resume."""
    return _may_be_earlier(training.resumed_at)


def of_this_attempt(training: TrainingRun, report: JobReport) -> JobReport:
    """Return the report; a failure of an earlier attempt as a state that is no end."""
    resumed_at, ended_at = training.resumed_at, report.ended_at
    if report.status in UNDER_WAY and resumed_at is not None:
        write(training, resumed_at=None)
    if report.status != JobStatus.FAILED or not _may_be_earlier(resumed_at):
        return report
    is_later = ended_at is not None and resumed_at is not None and ended_at > resumed_at
    return report if is_later else replace(report, status=None)


def _may_be_earlier(resumed_at: datetime | None) -> bool:
    settled = timedelta(seconds=settings.TRAINING_SETTLE_SECONDS)
    return resumed_at is not None and timezone.now() < resumed_at + settled
