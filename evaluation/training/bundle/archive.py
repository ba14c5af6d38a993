"""The bundle as a ZIP file: the exact bytes, the job, the trainer, and what starts it."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from django.conf import settings

from datasets.versions.storage import CHUNK_BYTES, temporary_file
from evaluation.training.bundle.rendering import (
    Recipe,
    base_name,
    docker_script,
    kubernetes_job,
    run_script,
    skypilot_task,
)
from evaluation.training.models import TrainingRun
from evaluation.training.sent_files import sent_sha256, sent_splits, write_sent
from evaluation.training.trainer.job import TrainingJob
from evaluation.training.trainer.report import CONTACT_FILE

PACKAGES = ("evaluation", "evaluation/training", "evaluation/training/trainer")
TRAINER = Path("evaluation/training/trainer")
# Machines of others often have a GPU, and the usual PyTorch for Linux needs these libraries.
REQUIREMENTS = ("requirements-tune.txt", "requirements-tune-cuda.txt")
PRIVATE, EXECUTABLE, PLAIN = 0o600, 0o755, 0o644
# Files of the same training are the same bytes, however often it is downloaded.
MOMENT = (1980, 1, 1, 0, 0, 0)
README = (
    "Touchstone training {number}\n\n"  # not translated: for people at a shell
    "BASE_MODEL=/path/to/{base} bash run.sh\n\n"
    "This trains on this machine and reports to {url}. docker-run.sh, kubernetes.yaml and\n"
    "skypilot.yaml start the same elsewhere. After a kill start it again: it goes on.\n\n"
    "report.json holds a token that is good for this training only. Hand the folder over as you\n"
    "would a password: its data files are the examples of the version.\n"
)


def write_archive(target: IO[bytes], training: TrainingRun, *, url: str, token: str) -> None:
    """Write the bundle of a training and seek to its beginning.

    Args:
        target: an empty file.
        training: of the kind bundle.
        url: of the training in the API, to which the bundle reports.
        token: with which it does.

    Raises:
        DigestMismatch: the stored bytes of a file are lost.
    """
    recipe = Recipe(training.pk, base_name(training.base_model))
    digests = {}
    with ZipFile(target, "w") as archive:
        for name, text, mode in _texts(training, recipe, url=url, token=token):
            _add(archive, name, text, mode)
            digests[name] = hashlib.sha256(text).hexdigest()
        for split in sent_splits(training):
            name = f"{split}.jsonl"
            with temporary_file() as content:
                write_sent(content, training, split)
                _copy(archive, name, content)
            digests[name] = sent_sha256(training, split)
        sums = "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items()))
        _add(archive, "SHA256SUMS", sums.encode(), PLAIN)
    target.seek(0)


def job_of(training: TrainingRun) -> TrainingJob:
    """Return the job of the trainer; what the lead left open is the trainer's default."""
    values = {
        "base": f"base/{base_name(training.base_model)}",
        "validation": "validation.jsonl" if "validation" in training.files else "",
        "method": training.method,
        # All processors: a machine that is lent has nothing else to do.
        "threads": 0,
        **training.hyperparameters,
    }
    if training.seed is not None:
        values["seed"] = training.seed
    return TrainingJob(**values)


def _texts(
    training: TrainingRun, recipe: Recipe, *, url: str, token: str
) -> Iterator[tuple[str, bytes, int]]:
    """Yield name, content and mode of every file but the data."""
    readme = README.format(number=training.pk, base=recipe.base, url=url)
    yield "README.txt", readme.encode(), PLAIN
    yield "job.json", job_of(training).to_json().encode(), PLAIN
    contact = json.dumps({"url": url, "token": token}, indent=1) + "\n"
    yield CONTACT_FILE, contact.encode(), PRIVATE
    yield "run.sh", run_script(recipe).encode(), EXECUTABLE
    yield "docker-run.sh", docker_script(recipe).encode(), EXECUTABLE
    yield "kubernetes.yaml", kubernetes_job(recipe).encode(), PLAIN
    yield "skypilot.yaml", skypilot_task(recipe).encode(), PLAIN
    root = Path(settings.BASE_DIR)
    locked = b"".join((root / name).read_bytes() for name in REQUIREMENTS)
    yield "requirements.txt", locked, PLAIN
    for package in PACKAGES[:-1]:
        yield f"{package}/__init__.py", b"", PLAIN
    for module in sorted((root / TRAINER).glob("*.py")):
        yield f"{TRAINER.as_posix()}/{module.name}", module.read_bytes(), PLAIN


def _add(archive: ZipFile, name: str, content: bytes, mode: int) -> None:
    entry = ZipInfo(name, MOMENT)
    entry.compress_type, entry.external_attr = ZIP_DEFLATED, (0o100000 | mode) << 16
    archive.writestr(entry, content)


def _copy(archive: ZipFile, name: str, content: IO[bytes]) -> None:
    entry = ZipInfo(name, MOMENT)
    entry.compress_type, entry.external_attr = ZIP_STORED, (0o100000 | PRIVATE) << 16
    with archive.open(entry, "w", force_zip64=True) as packed:
        while chunk := content.read(CHUNK_BYTES):
            packed.write(chunk)
