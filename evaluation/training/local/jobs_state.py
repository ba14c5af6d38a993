"""What a worker writes while it holds a local job. Every write checks the claim."""

from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from evaluation.training.local import files, work_folder
from evaluation.training.local.models import (
    NEVER,
    LocalAdapter,
    LocalEvent,
    LocalJob,
    LocalRequest,
    LocalStatus,
)
from evaluation.training.trainer.events import read_events
from evaluation.training.trainer.folder import CHECKPOINT_FILE, EVENTS_FILE
from reviewapp.core.messages import Message, message
from reviewapp.jobs.actions import backoff, fail_job, finish_job, lock_claimed, retry_job

STARTS = ("started", "resumed")
ENDS = ("succeeded", "paused", "cancelled", "failed")
# Without a step in between: what kills it each time, such as a lack of memory, will do so again.
MAX_CRASHES = 5


def write(job: LocalJob, **columns: Any) -> None:
    """Write columns of a job that this worker holds.

    Raises:
        ClaimLost: it no longer holds it.
    """
    with transaction.atomic():
        lock_claimed(job)
        LocalJob.objects.filter(pk=job.pk).update(**columns)
    for name, value in columns.items():
        setattr(job, name, value)


def record_events(job: LocalJob, folder: Path) -> int:
    """Store the new events of the trainer, and the adapters that they name; return how many."""
    found = read_events(folder / EVENTS_FILE, job.events_read)
    if not found.events:
        return 0
    kept = {
        event["epoch"]: _stored(folder / event["folder"], event["files"])
        for event in found.events
        if event["kind"] == "checkpoint" and (folder / event["folder"]).is_dir()
    }
    has_step = any(event["kind"] == "step" for event in found.events)
    with transaction.atomic():
        lock_claimed(job)
        first = LocalEvent.objects.filter(job=job).count()
        LocalEvent.objects.bulk_create(
            LocalEvent(job=job, number=number, content=event)
            for number, event in enumerate(found.events, start=first)
        )
        for event in found.events:
            if event["kind"] == "checkpoint" and event["epoch"] in kept:
                _keep(job, event["epoch"], event["step"], kept[event["epoch"]])
        write(job, events_read=found.offset, **({"attempts": 1} if has_step else {}))
    return len(found.events)


def _stored(folder: Path, names: list[str]) -> dict[str, str]:
    return {name: files.store(folder / name) for name in names}


def _keep(job: LocalJob, epoch: int, step: int, stored: dict[str, str]) -> None:
    """Add the adapter of an epoch; after a kill the same one is reported again."""
    LocalAdapter.objects.get_or_create(
        job=job, epoch=epoch, defaults={"step": step, "files": stored}
    )


def give_back(
    job: LocalJob, *, after: datetime | None, code: str = "", error: Message | None = None
) -> None:
    """Release the job, so that a worker continues it after a time."""
    retry_job(job, code, error, after=after, status=LocalStatus.WAITING)


def conclude(job: LocalJob, folder: Path, earlier: int, *, has_crashed: bool) -> None:
    """Write how the trainer ended: by its last event, or by a crash.

    The first events, so many as `earlier`, are of trainers before it: an end among them, such as
    that of a pause, is not its own.
    """
    own = job.events.filter(number__gte=earlier, content__kind__in=[*STARTS, *ENDS])
    last = own.order_by("-number").first()
    content = last.content if last else {}
    kind = str(content.get("kind", ""))
    job.asked = LocalJob.objects.values_list("asked", flat=True).get(pk=job.pk)
    if has_crashed or kind not in ENDS:
        _crashed(job)
    elif kind == "paused":
        _paused(job, folder)
    else:
        _ended(job, kind, content)


def _crashed(job: LocalJob) -> None:
    attempts = LocalJob.objects.values_list("attempts", flat=True).get(pk=job.pk)
    if job.asked == LocalRequest.CANCEL:
        _ended(job, "cancelled", {})
    elif attempts >= MAX_CRASHES:
        reason = message("local.crashed", n=attempts)
        if fail_job(job, "crashed", reason, status=LocalStatus.FAILED):
            work_folder.remove(job)
    else:
        give_back(job, after=timezone.now() + backoff(max(1, attempts)), code="crashed")


def _paused(job: LocalJob, folder: Path) -> None:
    """Store the checkpoint, so that another machine can go on."""
    earlier, checkpoint = job.checkpoint, folder / CHECKPOINT_FILE
    if checkpoint.exists():
        write(job, checkpoint=files.store(checkpoint))
        if earlier and earlier != job.checkpoint:
            files.remove(earlier)
    if job.asked == LocalRequest.PAUSE:
        asked = LocalRequest.NOTHING
        retry_job(job, "", after=NEVER, status=LocalStatus.PAUSED, asked=asked, attempts=0)
    else:
        give_back(job, after=None)


def _ended(job: LocalJob, kind: str, content: dict[str, Any]) -> None:
    tokens = _trained_tokens(job)
    if kind == "succeeded":
        done = finish_job(job, status=LocalStatus.SUCCEEDED, trained_tokens=tokens)
    elif kind == "cancelled":
        done = fail_job(job, "cancelled", status=LocalStatus.CANCELLED, trained_tokens=tokens)
    else:
        reason = message("local.failed", details=str(content.get("text", "")))
        code = str(content.get("code", "failed"))
        done = fail_job(job, code, reason, status=LocalStatus.FAILED, trained_tokens=tokens)
    if done:
        work_folder.remove(job)


def _trained_tokens(job: LocalJob) -> int | None:
    """Return the tokens that were read: those of an epoch, by the share of its steps."""
    start = job.events.filter(content__kind__in=STARTS).last()
    last = job.events.filter(content__kind="step").last()
    if start is None or last is None or not start.content.get("steps"):
        return None
    whole: float = start.content["tokens_an_epoch"] * start.content["epochs"]
    share: float = last.content["step"] / start.content["steps"]
    return round(whole * share)
