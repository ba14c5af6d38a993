"""Taking the lines of an erased example out of the stored files of frozen versions."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from itertools import count
from typing import IO

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from datasets.curation.models import GoldenExample
from datasets.versions import storage
from datasets.versions.files import lines_of, write_file
from datasets.versions.models import DatasetFile, DatasetItem, FileRedaction, VersionEvent
from reviewapp.core.errors import DigestMismatch
from reviewapp.people.models import User

# A file is written before the row that refers to it.
MIN_UNUSED_AGE = timedelta(hours=1)


def redact_files(example: GoldenExample, *, reason: str, actor: User | None) -> None:
    """Take the lines of an example out of every stored file that holds one.

    The caller holds the storage (`lock_storage`), and erases the example afterwards.
    """
    positions: dict[tuple[int, str], set[int]] = defaultdict(set)
    items = DatasetItem.objects.filter(revision__example=example)
    for version_id, split, position in items.values_list("version_id", "split", "position"):
        positions[version_id, split].add(position)
    for (version_id, split), gone in positions.items():
        file = DatasetFile.objects.select_related("version__project").get(
            version=version_id, split=split
        )
        _redact(file, gone, reason=reason, actor=actor)


def _redact(file: DatasetFile, gone: set[int], *, reason: str, actor: User | None) -> None:
    before = file.stored_sha256
    gone_before = set(file.redaction.positions) if file.redaction else set()
    with storage.temporary_file() as left:
        digest, size = hashlib.sha256(), 0
        for line in _lines_without(file, gone, gone_before):
            digest.update(line)
            size += len(line)
            left.write(line)
        storage.store_file(left, digest.hexdigest())
    FileRedaction.objects.create(
        file=file,
        positions=sorted(gone | gone_before),
        sha256=digest.hexdigest(),
        size_bytes=size,
        redacted_by=actor,
    )
    VersionEvent.objects.create(
        project=file.version.project,
        version=file.version,
        actor=actor,
        action="redact_file",
        before=before,
        after=digest.hexdigest(),
        reason=reason,
        detail={"split": file.split, "lines": len(gone)},
    )
    transaction.on_commit(partial(_remove_if_unused, before))


def _lines_without(file: DatasetFile, gone: set[int], gone_before: set[int]) -> Iterator[bytes]:
    """Yield the lines of a file that stay; by their numbers on the day it was frozen."""
    numbers = (number for number in count(1) if number not in gone_before)
    try:
        with storage.temporary_file() as stored:
            write_file(stored, file)
            yield from _kept(stored, numbers, gone)
    except DigestMismatch:
        # The bytes are lost for good; what stays is written as it would be today.
        items = DatasetItem.objects.filter(version=file.version_id, split=file.split)
        kept = items.exclude(position__in=gone | gone_before).order_by("position")
        yield from lines_of(list(kept.values_list("revision_id", flat=True)))


def _kept(lines: IO[bytes], numbers: Iterator[int], gone: set[int]) -> Iterator[bytes]:
    for number, line in zip(numbers, lines, strict=False):
        if number not in gone:
            yield line


def _remove_if_unused(sha256: str) -> None:
    """Remove a stored file unless it is that of another version."""
    files = DatasetFile.objects.filter(Q(sha256=sha256) | Q(redactions__sha256=sha256)).distinct()
    if not any(file.stored_sha256 == sha256 for file in files):
        storage.remove_file(sha256)


@transaction.atomic
def remove_unused_files() -> int:
    """Remove stored files that no version refers to, such as those of a freeze that failed.

    Returns how many. Does nothing while a version is being frozen.
    """
    if not storage.try_lock_storage():
        return 0
    files = DatasetFile.objects.prefetch_related("redactions")
    used = {file.stored_sha256 for file in files}
    before = timezone.now() - MIN_UNUSED_AGE
    unused = [name for name in storage.old_names(before) if name.rpartition("/")[2] not in used]
    for name in unused:
        storage.remove_name(name)
    return len(unused)
