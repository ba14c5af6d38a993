"""What a worker writes while it holds a training. Every write checks the claim."""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from evaluation.providers.base import ProviderError
from evaluation.training.actions.record import record
from evaluation.training.forecast import usd_of
from evaluation.training.models import (
    ENDED,
    FIGURES,
    Ask,
    ProviderEvent,
    Stage,
    TrainingMetric,
    TrainingResult,
    TrainingRun,
)
from evaluation.training.providers.base import (
    Figures,
    JobReport,
    JobStatus,
    ReportedEvent,
)
from reviewapp.core.messages import Message
from reviewapp.jobs.actions import lock_claimed, retry_job

STAGE_OF = {
    JobStatus.VALIDATING: Stage.VALIDATING,
    JobStatus.RUNNING: Stage.RUNNING,
    JobStatus.PAUSED: Stage.PAUSED,
}
LONGEST_STATE, LONGEST_ID = 80, 200


def write(training: TrainingRun, **columns: Any) -> None:
    """Write columns of a training that this worker holds; a new stage is an event.

    Raises:
        ClaimLost: it no longer holds it.
    """
    before, after = training.stage, columns.get("stage", training.stage)
    with transaction.atomic():
        lock_claimed(training)
        TrainingRun.objects.filter(pk=training.pk).update(**columns)
        # The end is an event of its own.
        if before != after and after not in ENDED:
            job = columns.get("provider_job_id", training.provider_job_id)
            state = columns.get("provider_state", training.provider_state)
            detail = {"provider_job": job, "provider_state": state}
            record(
                training, "change_training_stage", None, before=before, after=after, detail=detail
            )
    for name, value in columns.items():
        setattr(training, name, value)


@transaction.atomic
def release(training: TrainingRun, wait: timedelta, error: ProviderError | None = None) -> None:
    """Schedule the next step; at once if a lead has asked for something since this one began."""
    asked = lock_claimed(training).asked
    is_news = asked != training.asked and not training.has_ended
    columns: dict[str, Any] = {"attempts": 0, "failures": training.failures}
    # An ended training keeps the reason of its end.
    code, reason = training.error_code, training.error
    if not training.has_ended:
        code, reason = (error.code, error.message) if error else ("", None)
    after = timezone.now() + (timedelta() if is_news else wait)
    retry_job(training, code, reason, after=after, **columns)


@transaction.atomic
def end_training(
    training: TrainingRun, stage: Stage, *, code: str = "", error: Message | None = None
) -> None:
    """End the training itself; its job goes on until everything is fetched and deleted.

    Raises:
        ClaimLost: this worker no longer holds it.
    """
    before = training.stage
    cost = usd_of(training.trained_tokens or 0, training.usd_per_million_tokens)
    is_charged = training.trained_tokens is not None
    write(
        training,
        stage=stage,
        asked=Ask.NOTHING,
        ended_at=timezone.now(),
        error_code=code[:80],
        error=error,
        cost_usd=cost if is_charged else None,
    )
    detail: dict[str, object] = {"provider_job": training.provider_job_id, "code": code}
    if error is not None:
        detail["reason"] = error.as_json()
    if is_charged:
        detail |= {"tokens": training.trained_tokens, "usd": None if cost is None else str(cost)}
    record(training, "end_training", None, before=before, after=stage, detail=detail)


def store_report(training: TrainingRun, report: JobReport) -> None:
    """Store what the provider says of its job. A state that is not known changes no stage.

    Raises:
        ClaimLost: this worker no longer holds it.
    """
    stage = STAGE_OF.get(report.status, Stage(training.stage)) if report.status else None
    write(
        training,
        provider_job_id=report.job_id[:LONGEST_ID],
        provider_state=report.state[:LONGEST_STATE],
        stage=stage or _first_stage(training),
        used_hyperparameters=dict(report.hyperparameters) or training.used_hyperparameters,
        trained_tokens=report.trained_tokens,
        **_estimate(training, report),
        tuned_model=report.model_id[:LONGEST_ID],
        reported_at=timezone.now(),
        failures=0,
    )


def _estimate(training: TrainingRun, report: JobReport) -> dict[str, datetime | None]:
    """Return the columns of the estimated end; one from before a pause is no estimate.

    After the pause a service goes on reporting it until it has calculated a new one.
    """
    before = training.finish_before_pause
    if report.status == JobStatus.PAUSED:
        before = report.estimated_finish or training.estimated_finish or before
    found = None if report.estimated_finish == before else report.estimated_finish
    return {"estimated_finish": found, "finish_before_pause": before}


def _first_stage(training: TrainingRun) -> Stage:
    """Return the stage of a job in an unknown state: as before, or that of a new job."""
    is_new = training.stage not in {Stage.RUNNING, Stage.PAUSED, Stage.VALIDATING}
    return Stage.VALIDATING if is_new else Stage(training.stage)


@transaction.atomic
def store_events(training: TrainingRun, events: Iterable[ReportedEvent]) -> int:
    """Store new events and the figures in them; return how many are new."""
    lock_claimed(training)
    events = list(events)
    made = ProviderEvent.objects.bulk_create(
        [
            ProviderEvent(
                training=training,
                event_id=event.event_id[:LONGEST_ID],
                level=event.level,
                kind=event.kind,
                text=event.text,
                message=event.message,
                at=event.at,
            )
            for event in events
        ],
        ignore_conflicts=True,
    )
    _store_figures_of(training, events)
    if totals := [event.total_steps for event in events if event.total_steps]:
        write(training, total_steps=totals[-1])
    return len(made)


def _store_figures_of(training: TrainingRun, events: Iterable[ReportedEvent]) -> None:
    """Store the figures of events; those of steps that are trained again are dropped."""
    figures: list[Figures] = []
    for event in events:
        if event.begins_after is not None:
            last = event.begins_after
            training.metrics.filter(step__gt=last).delete()
            figures = [found for found in figures if found.step <= last]
        if event.figures:
            figures.append(event.figures)
    store_figures(training, figures)


def store_figures(training: TrainingRun, figures: Iterable[Figures]) -> None:
    """Add the figures of steps; what was measured before and is missing now stays."""
    known = {metric.step: metric for metric in training.metrics.all()}
    changed: dict[int, TrainingMetric] = {}
    for found in figures:
        metric = changed.get(found.step) or known.get(found.step)
        metric = metric or TrainingMetric(training=training, step=found.step)
        for name in FIGURES:
            if (value := getattr(found, name)) is not None:
                setattr(metric, name, value)
        changed[found.step] = metric
    TrainingMetric.objects.bulk_create(
        changed.values(),
        update_conflicts=True,
        unique_fields=["training", "step"],
        update_fields=list(FIGURES),
    )


@transaction.atomic
def store_result(training: TrainingRun, file_id: str, content: bytes) -> None:
    """Store a result file by its digest."""
    lock_claimed(training)
    TrainingResult.objects.get_or_create(
        training=training,
        file_id=file_id,
        defaults={"sha256": hashlib.sha256(content).hexdigest(), "content": content},
    )
