"""What changes the bundle of a training: its download, the reports, the uploads."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from evaluation.training.actions.asking import lock_training
from evaluation.training.actions.record import record
from evaluation.training.bundle import storage
from evaluation.training.bundle.models import Bundle, BundleEvent, BundleFile, BundleLog
from evaluation.training.bundle.reading import STATES
from evaluation.training.models import TrainingRun
from evaluation.training.providers.bundle import BundleTraining
from reviewapp.core.errors import CodedError, InvalidTransition
from reviewapp.core.messages import message
from reviewapp.jobs.models import JobState
from reviewapp.people.actions.members import token_digest
from reviewapp.people.models import User
from reviewapp.people.permissions import require_lead

PART_BYTES = 4 * 1024 * 1024
MAX_EVENTS, MAX_LOGS, MAX_FILES = 200_000, 1000, 300
MEGABYTE = 1024**2
TOKEN_PREFIX = "tb_"  # noqa: S105 - it marks tokens of bundles.


@dataclass(frozen=True)
class Reported:
    """An event as the trainer wrote it, with the number of its line."""

    number: int
    kind: str
    at: datetime
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Announced:
    """A file that a bundle will upload."""

    name: str
    step: int
    size: int
    sha256: str


def hand_over_denied_reason(training: TrainingRun) -> str:
    """Return the code why the bundle cannot be downloaded now; empty if it can."""
    if training.provider != BundleTraining.kind:
        return "training.is_no_bundle"
    if training.has_ended:
        return "training.has_ended"
    return "" if training.provider_job_id else "training.bundle_not_ready"


@transaction.atomic
def hand_over(*, training_id: int, actor: User | None) -> str:
    """Return a new token for the bundle of a training; one that was given before ends.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidTransition: the training is of another kind, has ended, or is not prepared yet.
    """
    training = lock_training(training_id)
    require_lead(actor, training.project)
    if denied := hand_over_denied_reason(training):
        raise InvalidTransition(message(denied))
    now, token = timezone.now(), TOKEN_PREFIX + secrets.token_urlsafe(32)
    expires = now + timedelta(days=settings.BUNDLE_TOKEN_DAYS)
    Bundle.objects.filter(training=training).update(
        token_digest=token_digest(token), token_expires_at=expires, downloaded_at=now
    )
    record(training, "download_bundle", actor, detail={"expires": expires.isoformat()})
    return token


@transaction.atomic
def receive_events(
    bundle: Bundle, events: Sequence[Reported], *, key: str = ""
) -> tuple[Bundle, BundleLog]:
    """Store events of a log, each once, whatever their order; return the bundle and the log.

    Raises:
        CodedError: there are too many.
    """
    if any(event.number > MAX_EVENTS for event in events):
        raise CodedError(413, "too_many_events", message("training.too_many_events"))
    bundle = Bundle.objects.select_for_update().get(pk=bundle.pk)
    log = _log(bundle, key)
    rows = [
        BundleEvent(
            log=log,
            number=event.number,
            kind=event.kind,
            at=event.at,
            values=dict(event.values),
        )
        for event in events
    ]
    BundleEvent.objects.bulk_create(rows, ignore_conflicts=True)
    log.received = _received(log)
    log.save(update_fields=["received"])
    is_first = bundle.last_report_at is None
    bundle.last_report_at = timezone.now()
    bundle.save(update_fields=["last_report_at"])
    if is_first or any(event.kind in STATES for event in events):
        _wake(bundle)
    return bundle, log


def _log(bundle: Bundle, key: str) -> BundleLog:
    """Return the log of a key; a new one for a key that was not sent before.

    Raises:
        CodedError: the bundle has too many.
    """
    found = bundle.logs.filter(key=key).first()
    if found is not None:
        return found
    if bundle.logs.count() >= MAX_LOGS:
        raise CodedError(413, "too_many_events", message("training.too_many_events"))
    return BundleLog.objects.create(bundle=bundle, key=key)


def _received(log: BundleLog) -> int:
    """Return how many events from the first one are stored without a gap."""
    last = log.received
    later = log.events.filter(number__gt=last).order_by("number")
    for number in later.values_list("number", flat=True).iterator():
        if number != last + 1:
            break
        last = number
    return last


def _wake(bundle: Bundle) -> None:
    """Wake a worker to read the reports at once."""
    waiting = TrainingRun.objects.filter(pk=bundle.training_id, state=JobState.WAITING)
    waiting.update(run_after=timezone.now(), heartbeat_at=None)


@transaction.atomic
def announce_file(bundle: Bundle, announced: Announced) -> BundleFile:
    """Return the upload of a file; one that was begun goes on where it is.

    Another content under the same name replaces the earlier one.

    Raises:
        CodedError: the files of the bundle would be too large, or too many.
    """
    bundle = Bundle.objects.select_for_update().get(pk=bundle.pk)
    _seen(bundle)
    found = bundle.files.filter(name=announced.name, sha256=announced.sha256).first()
    if found is not None:
        return found
    for earlier in bundle.files.filter(name=announced.name):
        _drop(earlier)
    limit = settings.BUNDLE_MAX_MEGABYTES
    used = bundle.files.aggregate(bytes=Sum("size"))["bytes"] or 0
    if used + announced.size > limit * MEGABYTE or bundle.files.count() >= MAX_FILES:
        raise CodedError(413, "too_large", message("training.bundle_too_large", limit=limit))
    file = BundleFile.objects.create(
        bundle=bundle,
        name=announced.name,
        step=announced.step,
        size=announced.size,
        sha256=announced.sha256,
    )
    if not file.size:
        _complete(file)
    return file


@transaction.atomic
def add_part(bundle: Bundle, file_id: int, offset: int, content: bytes) -> BundleFile:
    """Add bytes to a file; the last ones complete it if it has its digest.

    Raises:
        CodedError: the file is unknown, the part begins elsewhere or is too large, or the digest
            differs: then all of it has to be sent again.
    """
    file = BundleFile.objects.select_for_update().filter(pk=file_id, bundle=bundle).first()
    if file is None:
        raise CodedError(404, "not_found", message("training.unknown_upload"))
    _seen(bundle)
    if file.completed_at is not None:
        return file
    if offset != file.offset or not content:
        raise CodedError(409, "wrong_offset", message("training.wrong_offset", offset=file.offset))
    if len(content) > PART_BYTES or offset + len(content) > file.size:
        raise CodedError(413, "too_large", message("training.part_too_large", limit=PART_BYTES))
    storage.save_part(file.pk, offset, content)
    file.offset += len(content)
    file.save(update_fields=["offset"])
    if file.offset == file.size:
        _complete(file)
    return file


def _complete(file: BundleFile) -> None:
    """Mark a file as whole; begin again with one whose digest differs."""
    if storage.join_parts(file.pk, file.sha256):
        file.completed_at = timezone.now()
        file.save(update_fields=["completed_at"])
        _wake(file.bundle)
    else:
        file.offset = 0
        file.save(update_fields=["offset"])


def _drop(file: BundleFile) -> None:
    is_shared = BundleFile.objects.filter(sha256=file.sha256).exclude(pk=file.pk).exists()
    storage.remove_parts(file.pk)
    if file.completed_at is not None and not is_shared:
        sha256 = file.sha256
        transaction.on_commit(lambda: storage.remove_whole(sha256))
    file.delete()


def _seen(bundle: Bundle) -> None:
    Bundle.objects.filter(pk=bundle.pk).update(last_report_at=timezone.now())
