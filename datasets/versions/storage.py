"""The storage of the bytes of frozen files: `datasets` in STORAGES, each file under its SHA-256.

A file is written once, when its version is frozen, and never changed: two versions with the same
file share it. The storage is in the data folder, or any other that Django supports, such as S3
(`DATASET_STORAGE`, docs/deploy.md).
"""

import hashlib
import os
import secrets
from collections.abc import Iterator
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, storages
from django.db import connection

ALIAS = "datasets"
FOLDER = "sha256"
# Files below this size stay in memory until they are stored.
IN_MEMORY_BYTES = 8 * 1024**2
CHUNK_BYTES = 1024**2
# Advisory lock: writers of files hold it shared, the removal of unused files exclusively.
STORAGE_LOCK = 7_402


class FrozenFileStorage(FileSystemStorage):
    """A folder whose files are written whole or not at all, even if the process is killed."""

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """Return the name itself: files with the same name have the same content."""
        return name

    def _save(self, name: str, content: "File[Any]") -> str:
        draft = f"{name}.{secrets.token_hex(8)}.part"
        part = self.path(super()._save(draft, content))  # type: ignore[misc]
        try:
            _sync(part)
            os.replace(part, self.path(name))
        except OSError:
            os.unlink(part)
            raise
        _sync(os.path.dirname(part))
        return name


def _sync(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def storage_name(sha256: str) -> str:
    """Return the name of a file in the storage: "sha256/ab/ab12…"."""
    return f"{FOLDER}/{sha256[:2]}/{sha256}"


def temporary_file() -> IO[bytes]:
    """Return an empty file that disappears when it is closed."""
    return SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)


def hold_storage() -> None:
    """Prevent the removal of unused files until this transaction ends.

    A file is written before the row that refers to it, so it is unused for a moment.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [STORAGE_LOCK])


def lock_storage() -> None:
    """Keep versions from being frozen until this transaction ends; wait for those that are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [STORAGE_LOCK])


def try_lock_storage() -> bool:
    """Like `lock_storage`, but return False where it would have to wait."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [STORAGE_LOCK])
        return bool(cursor.fetchone()[0])


def store_file(content: IO[bytes], sha256: str) -> None:
    """Write a file under its digest. A file that exists under this name has the same bytes.

    Raises:
        OSError: the storage could not write it.
    """
    content.seek(0)
    storages[ALIAS].save(storage_name(sha256), File(content))


def is_stored(sha256: str) -> bool:
    """Return whether there is a file under this digest."""
    return storages[ALIAS].exists(storage_name(sha256))


def copy_stored(target: IO[bytes], sha256: str) -> bool:
    """Copy a stored file to `target`; return whether it exists and has the digest."""
    digest = hashlib.sha256()
    try:
        with storages[ALIAS].open(storage_name(sha256)) as stored:
            for chunk in stored.chunks(CHUNK_BYTES):
                digest.update(chunk)
                target.write(chunk)
    except FileNotFoundError:
        return False
    return digest.hexdigest() == sha256


def remove_file(sha256: str) -> None:
    """Remove a file; it is no error if it is not there."""
    remove_name(storage_name(sha256))


def remove_name(name: str) -> None:
    """Remove what the storage holds under a name."""
    storages[ALIAS].delete(name)


def old_names(before: datetime, place: str = FOLDER) -> Iterator[str]:
    """Yield the names of everything below a folder that was last written before a time."""
    stored = storages[ALIAS]
    try:
        folders, _ = stored.listdir(place)
    except FileNotFoundError:
        return
    for folder in folders:
        for name in stored.listdir(f"{place}/{folder}")[1]:
            path = f"{place}/{folder}/{name}"
            if stored.get_modified_time(path) < before:
                yield path
