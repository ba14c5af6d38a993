"""A local job in the terms of a provider: its state, the trainer's events, the kept adapters."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from evaluation.training.local.models import ENDED, LocalEvent, LocalJob, LocalStatus
from evaluation.training.providers.base import (
    Figures,
    JobReport,
    JobStatus,
    ReportedCheckpoint,
    ReportedEvent,
)
from evaluation.training.trainer_log import trainer_line

STATUSES = {
    LocalStatus.WAITING: JobStatus.VALIDATING,
    LocalStatus.RUNNING: JobStatus.RUNNING,
    LocalStatus.PAUSED: JobStatus.PAUSED,
    LocalStatus.SUCCEEDED: JobStatus.SUCCEEDED,
    LocalStatus.FAILED: JobStatus.FAILED,
    LocalStatus.CANCELLED: JobStatus.CANCELLED,
}
MAX_EVENTS = 1000


def job_report(job: LocalJob) -> JobReport:
    """Return the state of a job. A job that waits again after its first step still runs."""
    status = STATUSES[LocalStatus(job.status)]
    if job.status == LocalStatus.WAITING and job.worker:
        status = JobStatus.RUNNING
    last = job.adapters.last()
    has_failed = job.status == LocalStatus.FAILED
    return JobReport(
        job_id=str(job.pk),
        state=job.status,
        status=status,
        created_at=job.created_at.timestamp(),
        model_id=last.model_id if last and job.status == LocalStatus.SUCCEEDED else "",
        error_code=job.error_code if has_failed else "",
        error=str(job.error.params.get("details", "")) if has_failed and job.error else "",
        trained_tokens=job.trained_tokens if job.status in ENDED else None,
        hyperparameters=job.values,
        ended_at=job.finished_at,
    )


def new_events(job: LocalJob, known: Collection[str]) -> list[ReportedEvent]:
    """Return the events whose ids are not known, oldest first, a thousand at a time."""
    numbers = (int(event_id.rpartition("-")[2]) for event_id in known)
    after = max(numbers, default=-1)
    found = job.events.filter(number__gt=after)[:MAX_EVENTS]
    return [_reported(event) for event in found]


def kept_adapters(job: LocalJob) -> list[ReportedCheckpoint]:
    """Return the adapters of all epochs with the figures at their step."""
    steps = {adapter.step for adapter in job.adapters.all()}
    figures: dict[int, Figures] = {step: Figures(step) for step in steps}
    for event in job.events.filter(content__step__in=list(steps)):
        if found := _figures(event.content):
            figures[found.step] = _merged(figures[found.step], found)
    return [
        ReportedCheckpoint(adapter.model_id, figures[adapter.step], adapter.files)
        for adapter in job.adapters.all()
    ]


def _reported(event: LocalEvent) -> ReportedEvent:
    content = event.content
    kind = str(content["kind"])
    return ReportedEvent(
        event_id=f"{event.job_id}-{event.number}",
        at=_time(content.get("at")),
        level="error" if kind == "failed" else "info",
        kind="metrics" if kind == "step" else kind[:40],
        text=str(content.get("text", "")),
        message=trainer_line(kind, content),
        figures=_figures(content),
        total_steps=content.get("steps"),
    )


def _figures(content: dict[str, Any]) -> Figures | None:
    values = {"loss": content.get("loss"), "accuracy": content.get("accuracy")}
    if content["kind"] == "step":
        return Figures(
            content["step"], train_loss=values["loss"], train_accuracy=values["accuracy"]
        )
    if content["kind"] == "evaluation":
        return Figures(
            content["step"],
            full_valid_loss=values["loss"],
            full_valid_accuracy=values["accuracy"],
        )
    return None


def _merged(earlier: Figures, later: Figures) -> Figures:
    """Return figures of the same step; those of the later event count."""
    names = earlier.__dataclass_fields__
    values = {
        name: getattr(later, name) if getattr(later, name) is not None else getattr(earlier, name)
        for name in names
    }
    return Figures(**values)


def _time(text: object) -> datetime:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return datetime.now(UTC)
