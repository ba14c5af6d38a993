"""Removes what local trainings no longer need, each hour: on this machine, and in the storage.

An adapter is kept as long as its training, which is never deleted: models are registered of it. All
else ends with the job: the copies of the frozen files, the checkpoint, and what a killed worker had
stored before it could record it.
"""

import shutil
import threading
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from datasets.versions.storage import old_names, remove_name
from evaluation.training.local import files
from evaluation.training.local.models import ENDED, LocalAdapter, LocalJob
from evaluation.training.local.work_folder import FOLDER
from evaluation.training.local.workers import machine
from reviewapp.jobs.models import JobState

PERIOD_SECONDS = 3600.0
# A file is stored before the row that refers to it.
MIN_UNUSED_AGE = timedelta(days=1)


def clean_hourly(stopping: threading.Event) -> None:
    """Clean until this process stops."""
    while not stopping.is_set():
        clean_machine()
        clean_storage()
        stopping.wait(PERIOD_SECONDS)


def clean_machine() -> int:
    """Remove the folders of jobs that have ended or went to another machine; return how many."""
    here = Q(worker__in=["", machine()]) | Q(state=JobState.RUNNING)
    used = LocalJob.objects.filter(here).exclude(status__in=ENDED).values_list("key", flat=True)
    names = {str(key) for key in used}
    root = Path(settings.DATA_DIR) / FOLDER
    found = [folder for folder in root.glob("*") if _is_key(folder.name)]
    unused = [folder for folder in found if folder.name not in names]
    for folder in unused:
        shutil.rmtree(folder, ignore_errors=True)
    return len(unused)


def clean_storage() -> int:
    """Remove stored files that no adapter and no open job refers to; return how many."""
    used = {sha256 for kept in LocalAdapter.objects.all() for sha256 in kept.files.values()}
    open_jobs = LocalJob.objects.exclude(status__in=ENDED)
    for checkpoint, given in open_jobs.values_list("checkpoint", "files"):
        used |= {checkpoint, *given.values()}
    before = timezone.now() - MIN_UNUSED_AGE
    stored = old_names(before, files.FOLDER)
    unused = [name for name in stored if name.rpartition("/")[2] not in used]
    for name in unused:
        remove_name(name)
    return len(unused)


def _is_key(name: str) -> bool:
    """Return whether a folder is that of a job; uploads of bundles are beside them."""
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False
