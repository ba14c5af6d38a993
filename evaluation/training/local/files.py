"""The files of local trainings in the storage of frozen files, each under its SHA-256.

They have a folder of their own there, which the removal of unused frozen files does not read. So a
worker on another machine needs no disk of this one.
"""

import hashlib
from pathlib import Path
from typing import IO

from django.core.files.base import File
from django.core.files.storage import storages

from datasets.versions.storage import ALIAS
from evaluation.training.bundle.storage import copy_intact

FOLDER = "trainings"


def storage_name(sha256: str) -> str:
    """Return the name of a file in the storage: "trainings/ab/ab12…"."""
    return f"{FOLDER}/{sha256[:2]}/{sha256}"


def store(path: Path) -> str:
    """Store a file and return its SHA-256; a file that is there already has the same bytes."""
    with path.open("rb") as content:
        sha256 = hashlib.file_digest(content, "sha256").hexdigest()
        store_content(content, sha256)
    return sha256


def store_content(content: IO[bytes], sha256: str) -> None:
    """Store bytes under their SHA-256, unless they are there."""
    content.seek(0)
    if not storages[ALIAS].exists(storage_name(sha256)):
        storages[ALIAS].save(storage_name(sha256), File(content))


def fetch(sha256: str, target: Path) -> bool:
    """Write a stored file to `target`, whole or not at all; return whether it was there intact."""
    return copy_intact(ALIAS, storage_name(sha256), sha256, target)


def remove(sha256: str) -> None:
    """Remove a stored file; it is no error if it is not there."""
    storages[ALIAS].delete(storage_name(sha256))
