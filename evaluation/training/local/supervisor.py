"""Runs the trainer of one job as a process, stores its events, requests what a lead asks.

After a kill of this process or of the trainer, the next worker starts the trainer again, which goes
on from its last checkpoint: on the same machine from the folder, on another from the storage.
"""

import logging
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from signal import SIGKILL

from django.utils import timezone

from evaluation.training.local import work_folder
from evaluation.training.local.jobs_state import conclude, give_back, record_events, write
from evaluation.training.local.models import LocalJob, LocalRequest, LocalStatus
from evaluation.training.local.work_folder import NotHereError
from evaluation.training.local.workers import machine
from reviewapp import env
from reviewapp.jobs.actions import ClaimLost, Heartbeat, claim_job
from reviewapp.ops.process import ends_with_parent

logger = logging.getLogger(__name__)

POLL_SECONDS = 1.0
EXIT_IN_USE = 3
# A machine that lacks the base model, or has a trainer in the folder, tries again after it.
LATER = timedelta(seconds=30)
LOG_FILE = "trainer.log"

StartTrainer = Callable[[Path], "subprocess.Popen[bytes]"]


def start_trainer(folder: Path) -> "subprocess.Popen[bytes]":
    """Start the trainer in its folder; it ends with this process, even if that is killed."""
    command = [sys.executable, "-m", "evaluation.training.trainer", str(folder)]
    with (folder / LOG_FILE).open("ab") as log:
        return subprocess.Popen(
            command,
            cwd=env.ROOT,
            env=env.child(HF_HUB_OFFLINE="1"),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            preexec_fn=ends_with_parent(SIGKILL),  # noqa: PLW1509 - it only asks the kernel.
        )


def supervise(
    job_id: int, stopping: threading.Event, *, start: StartTrainer = start_trainer
) -> None:
    """Train a job until it ends or is to stop; nothing if it is not due or held by another one."""
    if claim_job(LocalJob, job_id) is None:
        return
    job = LocalJob.objects.select_related("base").get(pk=job_id)
    try:
        with Heartbeat(job) as heartbeat:
            _supervise(job, stopping, start, heartbeat)
    except ClaimLost:
        logger.info("Local job %s is held by another worker", job_id)


def _supervise(
    job: LocalJob, stopping: threading.Event, start: StartTrainer, heartbeat: Heartbeat
) -> None:
    try:
        folder = work_folder.prepare(job)
    except NotHereError as error:
        give_back(job, after=timezone.now() + LATER, code=error.message.code, error=error.message)
        return
    write(job, worker=machine(), status=LocalStatus.RUNNING, events_read=job.events_read)
    # What a trainer before this one left unread is not how this one ends.
    _record_all(job, folder)
    earlier = job.events.count()
    trainer = start(folder)
    try:
        while trainer.poll() is None:
            stopping.wait(POLL_SECONDS)
            if record_events(job, folder):
                heartbeat.record_progress()
            _request(job, folder, is_stopping=stopping.is_set())
    finally:
        # Only if this worker lost the claim, or cannot write.
        if trainer.poll() is None:
            trainer.kill()
        trainer.wait()
    _record_all(job, folder)
    if trainer.returncode == EXIT_IN_USE:
        give_back(job, after=timezone.now() + LATER)
        return
    conclude(job, folder, earlier, has_crashed=trainer.returncode not in {0, 1})


def _record_all(job: LocalJob, folder: Path) -> None:
    while record_events(job, folder):
        pass


def _request(job: LocalJob, folder: Path, *, is_stopping: bool) -> None:
    """Make the files by which the trainer stops."""
    asked = LocalJob.objects.values_list("asked", flat=True).get(pk=job.pk)
    if asked:
        (folder / asked).touch()
    elif is_stopping:
        (folder / LocalRequest.PAUSE).touch()
