"""The files of a version: their bytes, made from revisions, and the promise that they are the same.

A version keeps no bytes. Each time a file is asked for, it is made again from the frozen items and
handed out only if its SHA-256 is the one that was stored when the version was frozen.
"""

import hashlib
from base64 import b64encode
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import IO

from datasets.conversations.chat import Content
from datasets.curation.models import Revision
from datasets.versions import exports
from datasets.versions.exports import PREFIXES, Flavour
from datasets.versions.models import DatasetFile, DatasetItem
from reviewapp.core.errors import DigestMismatch

CHUNK_REVISIONS = 500
# Files below this size do not touch the disk.
IN_MEMORY_BYTES = 8 * 1024**2


def lines_of(revision_ids: Sequence[int]) -> Iterator[bytes]:
    """Yield the line of each revision, in the order of the ids, a few hundred read at a time."""
    ids = iter(revision_ids)
    while chunk := list(islice(ids, CHUNK_REVISIONS)):
        rows = Revision.objects.filter(pk__in=chunk).values_list(
            "pk", "messages", "tools", "parallel_tool_calls"
        )
        found = {pk: Content(*said) for pk, *said in rows}
        for revision_id in chunk:
            yield exports.line_of(found[revision_id])


def write_file(target: IO[bytes], file: DatasetFile, *, flavour: Flavour = Flavour.PLAIN) -> None:
    """Write the file's bytes to `target` and go back to its beginning.

    Raises:
        DigestMismatch: the bytes are not those that were frozen.
    """
    digest = hashlib.sha256()
    target.write(PREFIXES[flavour])
    items = DatasetItem.objects.filter(version=file.version_id, split=file.split)
    for line in lines_of(list(items.order_by("position").values_list("revision_id", flat=True))):
        digest.update(line)
        target.write(line)
    if digest.hexdigest() != file.sha256:
        raise DigestMismatch(
            f"The {file.split} file of {file.version} no longer has the bytes it was frozen with: "
            f"its SHA-256 was {file.sha256[:12]}… and is {digest.hexdigest()[:12]}…. It is not "
            "handed out. Restore the database from a backup, or freeze a new version."
        )
    target.seek(0)


def digest_headers(file: DatasetFile) -> dict[str, str]:
    """Return the headers that tell a client the SHA-256 of the file (RFC 9530) and its ETag."""
    digest = b64encode(bytes.fromhex(file.sha256)).decode()
    return {"ETag": f'"{file.sha256}"', "Repr-Digest": f"sha-256=:{digest}:"}
