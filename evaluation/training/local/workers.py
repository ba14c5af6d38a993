"""Which processes serve the queue `training`, and what a lead reads about them."""

import socket
from datetime import timedelta
from shutil import which

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext

from evaluation.training.local.models import BaseModel, LocalJob, TrainingWorker
from reviewapp.jobs.actions import jobs_to_send
from reviewapp.jobs.models import JobState

SIGN_SECONDS = 15.0
ALIVE_FOR = timedelta(seconds=60)


def machine() -> str:
    """Return the name of this machine and data folder, where the folders of jobs are."""
    return f"{socket.gethostname()}:{settings.DATA_DIR}"[:200]


def sign_in() -> None:
    """Record that a worker of this machine is alive."""
    device = "cuda" if which("nvidia-smi") else "cpu"
    TrainingWorker.objects.update_or_create(
        name=machine(), defaults={"device": device, "seen_at": timezone.now()}
    )


def sign_out() -> None:
    """Record that the worker of this machine has ended."""
    TrainingWorker.objects.filter(name=machine()).delete()


def alive() -> int:
    """Return how many workers are alive."""
    return TrainingWorker.objects.filter(seen_at__gte=timezone.now() - ALIVE_FOR).count()


def due_jobs() -> list[int]:
    """Return the jobs to send now: as many as there are workers without one."""
    running = LocalJob.objects.filter(state=JobState.RUNNING).count()
    free = alive() - running
    return jobs_to_send(LocalJob.objects.all(), limit=free) if free > 0 else []


def readiness() -> str:
    """Return whether trainings can run here, and what to do if not."""
    if not BaseModel.objects.filter(is_offered=True).exists():
        return gettext("No base model is registered. Run “make setup-model”, then start again.")
    if not alive():
        return gettext("No worker for trainings runs. Run “make setup-training”, then start again.")
    return gettext("A worker is ready. It trains one model after the other, and costs nothing.")
