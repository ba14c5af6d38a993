"""What the reports of a bundle mean: state, figures, kept adapters. Reads, writes nothing."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from evaluation.training.bundle.models import Bundle, BundleEvent, BundleLog
from evaluation.training.providers.base import (
    Figures,
    JobReport,
    JobStatus,
    ReportedCheckpoint,
    ReportedEvent,
)
from evaluation.training.trainer_log import trainer_line

# Events that change the state, and what each one means.
STATES = {
    "started": JobStatus.RUNNING,
    "resumed": JobStatus.RUNNING,
    "paused": JobStatus.PAUSED,
    "succeeded": JobStatus.SUCCEEDED,
    "failed": JobStatus.FAILED,
    "cancelled": JobStatus.CANCELLED,
}
STARTS = ("started", "resumed")
WAITING, SILENT, UPLOADING = "waiting", "silent", "uploading"
"""States that no event has: not reported yet, silent for too long, files still missing."""
MAX_EVENTS = 2000
MAX_FIGURE = 1e300


@dataclass(frozen=True)
class Kept:
    """An adapter whose files have all arrived."""

    folder: str
    step: int
    files: tuple[str, ...]


def is_silent(bundle: Bundle) -> bool:
    """Return whether a bundle that has reported is silent for longer than it may be."""
    limit = timezone.now() - timedelta(seconds=settings.BUNDLE_SILENT_SECONDS)
    return bundle.last_report_at is not None and bundle.last_report_at < limit


def report_of(bundle: Bundle) -> JobReport:
    """Return the state of the training as its bundle reports it."""
    last = _events(bundle).filter(kind__in=STATES).last()
    state, status = WAITING, JobStatus.VALIDATING
    if last is not None:
        state, status = last.kind, STATES[last.kind]
    kept = kept_adapters(bundle)
    if status == JobStatus.SUCCEEDED and not _has_final(bundle, kept):
        state, status = UPLOADING, JobStatus.RUNNING
    if status in {JobStatus.RUNNING, JobStatus.PAUSED} and is_silent(bundle):
        state = SILENT
    if bundle.cancelled_at is not None:
        state, status = "cancelled", JobStatus.CANCELLED
    error = last.values if last is not None and status == JobStatus.FAILED else {}
    return JobReport(
        job_id=str(bundle.training.key),
        state=state,
        status=status,
        model_id=model_id(bundle, kept[-1]) if status == JobStatus.SUCCEEDED else "",
        error_code=str(error.get("code", ""))[:80],
        error=str(error.get("text", ""))[:2000],
        trained_tokens=_trained_tokens(bundle) if status == JobStatus.SUCCEEDED else None,
        # The clock of another machine may differ, so when it told.
        ended_at=bundle.last_report_at if status == JobStatus.FAILED else None,
    )


def events_of(bundle: Bundle, known: Collection[str]) -> list[ReportedEvent]:
    """Return the events that are not known yet, log after log.

    The start of a further log, of which nothing is known yet, begins the steps again.
    """
    logs = {log.pk: log for log in bundle.logs.all()}
    rows = _events(bundle).values_list("pk", "log", "number")
    new = [pk for pk, log, number in rows.iterator() if _id(logs[log], number) not in known]
    known_logs = {event_id.rpartition("-")[0] for event_id in known}
    begun = {log.pk for log in logs.values() if _prefix(log) in known_logs} | {min(logs, default=0)}
    return [
        _reported(event, logs[event.log_id], restarts=event.log_id not in begun)
        for event in _events(bundle).filter(pk__in=new[:MAX_EVENTS])
    ]


def _events(bundle: Bundle) -> QuerySet[BundleEvent]:
    """Return the events of all logs, of the log that began last at the end."""
    return BundleEvent.objects.filter(log__bundle=bundle)


def _id(log: BundleLog, number: int) -> str:
    prefix = _prefix(log)
    return f"{prefix}-{number}" if prefix else str(number)


def _prefix(log: BundleLog) -> str:
    """Return what the ids of its events begin with; nothing for the log without a key."""
    return str(log.pk) if log.key else ""


def checkpoints_of(bundle: Bundle) -> list[ReportedCheckpoint]:
    """Return the kept adapters with the digests of their files."""
    digests = dict(bundle.files.exclude(completed_at=None).values_list("name", "sha256"))
    return [
        ReportedCheckpoint(
            model_id(bundle, kept),
            Figures(kept.step),
            {name.removeprefix(f"{kept.folder}/"): digests[name] for name in kept.files},
        )
        for kept in kept_adapters(bundle)
    ]


def kept_adapters(bundle: Bundle) -> list[Kept]:
    """Return the adapters whose files have all arrived, by step.

    A folder that was written again, after a kill, counts as it was written last.
    """
    whole = set(bundle.files.exclude(completed_at=None).values_list("name", flat=True))
    found: dict[str, Kept] = {}
    for event in _events(bundle).filter(kind="checkpoint"):
        folder, step = str(event.values.get("folder", "")), _step(event.values)
        listed = event.values.get("files")
        names = tuple(f"{folder}/{name}" for name in listed) if isinstance(listed, list) else ()
        found.pop(folder, None)
        if names and step is not None and whole.issuperset(names):
            found[folder] = Kept(folder, step, names)
    return sorted(found.values(), key=lambda kept: kept.step)


def model_id(bundle: Bundle, kept: Kept) -> str:
    """Return the name of a kept adapter, which no other training has."""
    return f"{bundle.training.key}/{kept.folder}"


def _has_final(bundle: Bundle, kept: list[Kept]) -> bool:
    last = _events(bundle).filter(kind="checkpoint").last()
    return bool(kept) and last is not None and kept[-1].step == _step(last.values)


def _trained_tokens(bundle: Bundle) -> int | None:
    began = _events(bundle).filter(kind__in=STARTS).last()
    values = began.values if began is not None else {}
    tokens, epochs = values.get("tokens_an_epoch"), values.get("epochs")
    if not isinstance(tokens, int) or not isinstance(epochs, int):
        return None
    return tokens * epochs if tokens >= 0 <= epochs else None


def _reported(event: BundleEvent, log: BundleLog, *, restarts: bool) -> ReportedEvent:
    values = event.values
    step = _step(values)
    figures = _figures(event.kind, step, values) if step is not None else None
    total = values.get("steps")
    return ReportedEvent(
        event_id=_id(log, event.number),
        at=event.at,
        level="error" if event.kind == "failed" else "info",
        # The kind by which the page finds the first step.
        kind="metrics" if event.kind == "step" else event.kind,
        text=str(values.get("text") or "")[:1000],
        message=trainer_line(event.kind, values),
        figures=figures,
        total_steps=total if isinstance(total, int) and 0 < total < 2**31 else None,
        begins_after=step if restarts and event.kind in STARTS else None,
    )


def _figures(kind: str, step: int, values: dict[str, Any]) -> Figures | None:
    loss, accuracy = _number(values.get("loss")), _number(values.get("accuracy"))
    if kind == "step":
        return Figures(step, train_loss=loss, train_accuracy=accuracy)
    if kind == "evaluation":
        return Figures(step, full_valid_loss=loss, full_valid_accuracy=accuracy)
    return None


def _step(values: dict[str, Any]) -> int | None:
    step = values.get("step")
    return step if isinstance(step, int) and 0 <= step < 2**31 else None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < MAX_FIGURE else None


def contact_state(bundle: Bundle) -> str:
    """Return "waiting" before the first report, "silent" long after one, else what is wanted."""
    if bundle.last_report_at is None:
        return WAITING
    return SILENT if is_silent(bundle) else str(bundle.wanted)
