"""The check of a training before it starts: the exact bytes by the rules of its provider."""

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from django.db import transaction

from datasets.versions.models import DatasetFile, DatasetVersion
from evaluation.training.actions.starting import Prepared
from evaluation.training.limits import AskedLimits, ask_limits
from evaluation.training.plans import files_of, preflight, provider_or_error
from evaluation.training.preflights.models import PreflightJob
from evaluation.training.providers.base import TrainingProvider
from evaluation.training.sent_files import file_errors
from reviewapp.core.errors import DigestMismatch
from reviewapp.core.messages import Message, message
from reviewapp.jobs.actions import (
    LOST,
    Heartbeat,
    claim_job,
    fail_job,
    finish_job,
    restart_jobs,
)
from reviewapp.jobs.models import JobState
from reviewapp.jobs.tasks import send_job
from reviewapp.people.models import Project

KIND = "preflight"
"""The kind of job, in messages."""
# 10 MiB of conversations take 0.4 s of a processor; larger files are checked by a job.
MAX_BYTES_AT_ONCE = 10 * 1024**2
SECONDS_BETWEEN_WRITES = 1.0


@dataclass(frozen=True)
class Checked:
    """What is known of a training before it starts.

    Attributes:
        files: of the version, as they are sent; empty for a training on preferences.
        errors: what the provider would reject.
        warnings: of the freeze, each with its file.
        asked: the limits of the base model.
        notes: of the provider, on what it may not take.
        share: how much of the files a job has checked; None once all of it is.
    """

    files: Sequence[DatasetFile]
    errors: Sequence[Message]
    warnings: Sequence[tuple[DatasetFile, Message]]
    asked: AskedLimits
    share: float | None = None
    notes: Sequence[Message] = ()


def check_training(project: Project, provider: TrainingProvider, prepared: Prepared) -> Checked:
    """Return errors and warnings of the exact bytes; of large files once a job has checked them."""
    version, pairs = prepared.version, prepared.preferences
    if pairs is not None:
        asked = ask_limits(provider, prepared.plan)
        errors = file_errors(version, pairs, provider, project)
        notes = provider.notes(prepared.plan)
        return Checked([], [*errors, *asked.errors], [], asked, notes=notes)
    files = files_of(version, provider)
    warnings = [(file, warning) for file in files for warning in file.preflight_warnings]
    if sum(file.stored_bytes for file in files) > MAX_BYTES_AT_ONCE:
        job = _job_of(version, provider, project.tokenizer_model, files)
        if not job.is_over:
            return Checked(files, [], warnings, AskedLimits(), job.share)
        is_done = job.state == JobState.DONE
        errors = job.found if is_done else [job.error or message("training.no_files")]
    else:
        errors = _at_once(version, provider, project.tokenizer_model)
    asked = ask_limits(provider, prepared.plan)
    return Checked(files, [*errors, *asked.errors], warnings, asked)


def _at_once(version: DatasetVersion, provider: TrainingProvider, tokenizer: str) -> list[Message]:
    try:
        return preflight(version, provider, tokenizer)
    except DigestMismatch as error:
        return [_lost_files(error)]


def _lost_files(error: DigestMismatch) -> Message:
    """Return what is shown of lost files; a sentence without code is in no language but its own."""
    return message("training.no_files") if isinstance(error.message, str) else error.message


@transaction.atomic
def _job_of(
    version: DatasetVersion,
    provider: TrainingProvider,
    tokenizer: str,
    files: Sequence[DatasetFile],
) -> PreflightJob:
    """Return the check of these bytes by these rules; start it if there is none."""
    terms = {
        "files": [file.stored_sha256 for file in files],
        "flavour": provider.flavour,
        "rules": asdict(provider.rules),
        "tokenizer": tokenizer,
    }
    key = hashlib.sha256(json.dumps(terms, sort_keys=True, default=str).encode()).hexdigest()
    job, is_new = PreflightJob.objects.get_or_create(
        version=version,
        key=key,
        defaults={
            "provider": provider.kind,
            "tokenizer": tokenizer,
            "total_bytes": sum(file.stored_bytes for file in files),
        },
    )
    gave_up = PreflightJob.objects.filter(pk=job.pk, error_code=LOST)
    if is_new or restart_jobs(gave_up, done_bytes=0):
        job.refresh_from_db()
        send_job(KIND, job.pk)
    return job


def carry_out(job_id: int) -> None:
    """Check the files of a job, and keep what the provider would reject."""
    job = claim_job(PreflightJob, job_id)
    if job is None:
        return
    try:
        with Heartbeat(job) as heartbeat:
            provider = provider_or_error(job.provider)
            on_read = _progress(job, heartbeat)
            errors = preflight(job.version, provider, job.tokenizer, on_read=on_read)
    except DigestMismatch as error:
        fail_job(job, "lost_file", _lost_files(error))
        return
    stored = [error.as_json() for error in errors]
    finish_job(job, errors=stored, done_bytes=job.total_bytes)


def _progress(job: PreflightJob, heartbeat: Heartbeat) -> Callable[[int], None]:
    """Return what notes bytes that were read, and writes their sum once a second."""
    read, written_at = 0, time.monotonic()

    def on_read(count: int) -> None:
        nonlocal read, written_at
        read += count
        heartbeat.record_progress()
        if time.monotonic() - written_at >= SECONDS_BETWEEN_WRITES:
            written_at = time.monotonic()
            held = PreflightJob.objects.filter(pk=job.pk, claim=job.claim, state=JobState.RUNNING)
            held.update(done_bytes=read)

    return on_read
