"""The folder of a job on the machine that trains it, made from the storage."""

import shutil
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from datasets.versions.storage import copy_stored
from evaluation.training.local import files
from evaluation.training.local.base_files import digest_of, files_below, find_base
from evaluation.training.local.models import BaseModel, LocalJob
from evaluation.training.local.workers import machine
from evaluation.training.trainer.folder import CHECKPOINT_FILE, REQUESTS
from evaluation.training.trainer.job import JOB_FILE, TrainingJob
from reviewapp.core.messages import Message, message

FOLDER = "trainings"


class NotHereError(Exception):
    """This machine lacks what the job needs; another one may have it."""

    def __init__(self, reason: Message) -> None:
        super().__init__(reason.code)
        self.message = reason


def folder_of(job: LocalJob) -> Path:
    """Return the folder of a job on this machine."""
    return settings.DATA_DIR / FOLDER / str(job.key)


def prepare(job: LocalJob) -> Path:
    """Return the folder of a job, ready for the trainer.

    What this machine has of the job is kept if it was the last to train it; else the folder is made
    anew, with the stored checkpoint.

    Raises:
        NotHereError: the base model or the data are missing, or are not the registered ones.
    """
    base = _base(job.base)
    folder = folder_of(job)
    if job.worker != machine() or not folder.is_dir():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, mode=0o700)
        job.events_read = 0
        if job.checkpoint and not files.fetch(job.checkpoint, folder / CHECKPOINT_FILE):
            raise NotHereError(message("local.files_missing"))
    for split, sha256 in job.files.items():
        _copy(sha256, folder / f"{split}.jsonl")
    (folder / JOB_FILE).write_text(_job(job, base).to_json(), encoding="utf-8")
    for name in REQUESTS:
        (folder / name).unlink(missing_ok=True)
    return folder


def remove(job: LocalJob) -> None:
    """Remove the folder of a job that has ended, and its stored checkpoint."""
    shutil.rmtree(folder_of(job), ignore_errors=True)
    if job.checkpoint:
        files.remove(job.checkpoint)


def _job(job: LocalJob, base: Path) -> TrainingJob:
    values = dict(job.values)
    rank = int(values.get("rank", TrainingJob.rank))
    return TrainingJob(
        base=str(base),
        validation="validation.jsonl" if "validation" in job.files else "",
        max_tokens=job.base.context_tokens,
        threads=settings.TRAINING_THREADS,
        alpha=2 * rank,
        **values,
    )


def _copy(sha256: str, target: Path) -> None:
    if target.exists():
        return
    unfinished = target.with_name(f"{target.name}.unfinished")
    with unfinished.open("w+b") as copy:
        is_intact = copy_stored(copy, sha256)
    if is_intact:
        unfinished.replace(target)
        return
    unfinished.unlink()
    # Pairs are no file of a version.
    if not files.fetch(sha256, target):
        raise NotHereError(message("local.files_missing"))


def _base(base: BaseModel) -> Path:
    path = find_base(base.path)
    if path is None:
        raise NotHereError(message("local.base_missing", name=base.name))
    stats = ((str(file), file.stat()) for file in files_below(path))
    state = tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats)
    if _digest(path, state) != base.sha256:
        raise NotHereError(message("local.base_differs", name=base.name))
    return path


@lru_cache(maxsize=16)
def _digest(path: Path, _state: object) -> str:
    """Return the digest; a model of gigabytes is read again only when its files changed."""
    return digest_of(path)
