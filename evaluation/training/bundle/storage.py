"""The bytes of uploaded adapters, `trainings` in STORAGES: parts, then whole files by digest."""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile

from django.core.files.base import ContentFile, File
from django.core.files.storage import storages

ALIAS = "trainings"
COPY_BYTES = 1024**2


def save_part(file_id: int, offset: int, content: bytes) -> None:
    """Store a part of a file under its offset; a part that was stored before is replaced."""
    name = _part_name(file_id, offset)
    storages[ALIAS].delete(name)
    storages[ALIAS].save(name, ContentFile(content))


def join_parts(file_id: int, sha256: str) -> bool:
    """Store the parts as one file if that has the digest; return whether it has. Remove them."""
    digest = hashlib.sha256()
    with TemporaryFile() as whole:
        for name in _parts(file_id):
            with storages[ALIAS].open(name) as part:
                for chunk in part.chunks(COPY_BYTES):
                    digest.update(chunk)
                    whole.write(chunk)
        is_right = digest.hexdigest() == sha256
        if is_right and not storages[ALIAS].exists(file_name(sha256)):
            whole.seek(0)
            storages[ALIAS].save(file_name(sha256), File(whole))
    remove_parts(file_id)
    return is_right


def remove_parts(file_id: int) -> None:
    """Remove the parts of a file."""
    for name in list(_parts(file_id)):
        storages[ALIAS].delete(name)


def remove_whole(sha256: str) -> None:
    """Remove a whole file; it is no error if it is not there."""
    storages[ALIAS].delete(file_name(sha256))


def fetch(sha256: str, target: Path) -> bool:
    """Write a whole file to `target`, whole or not at all; return whether it was there intact."""
    return copy_intact(ALIAS, file_name(sha256), sha256, target)


def copy_intact(alias: str, name: str, sha256: str, target: Path) -> bool:
    """Copy a file of a storage to `target`, if it is there with this digest; return whether."""
    digest = hashlib.sha256()
    unfinished = target.with_name(f"{target.name}.unfinished")
    try:
        with storages[alias].open(name) as stored, unfinished.open("wb") as copy:
            for chunk in stored.chunks(COPY_BYTES):
                digest.update(chunk)
                copy.write(chunk)
    except FileNotFoundError:
        return False
    if digest.hexdigest() != sha256:
        unfinished.unlink()
        return False
    unfinished.replace(target)
    return True


def file_name(sha256: str) -> str:
    """Return the name of a whole file in the storage."""
    return f"sha256/{sha256[:2]}/{sha256}"


def _parts(file_id: int) -> Iterator[str]:
    folder = f"parts/{file_id}"
    with suppress(FileNotFoundError):
        yield from (f"{folder}/{name}" for name in sorted(storages[ALIAS].listdir(folder)[1]))


def _part_name(file_id: int, offset: int) -> str:
    return f"parts/{file_id}/{offset:015d}"
