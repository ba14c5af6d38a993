"""Reads the stored files of a version, and generates lost ones again from revisions."""

import hashlib
import shutil
from base64 import b64encode
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import IO

from datasets.conversations.chat import Content
from datasets.curation.models import Revision
from datasets.versions import exports, storage
from datasets.versions.exports import PREFIXES, Flavour
from datasets.versions.models import DatasetFile, DatasetItem
from reviewapp.core.errors import DigestMismatch
from reviewapp.core.messages import message

CHUNK_REVISIONS = 500
SHOWN_DIGITS = 12


def lines_of(revision_ids: Sequence[int]) -> Iterator[bytes]:
    """Yield the line of each revision, in the order of the ids; reads a few hundred at a time."""
    ids = iter(revision_ids)
    while chunk := list(islice(ids, CHUNK_REVISIONS)):
        rows = Revision.objects.filter(pk__in=chunk).values_list(
            "pk", "messages", "tools", "parallel_tool_calls"
        )
        found = {pk: Content(*fields) for pk, *fields in rows}
        for revision_id in chunk:
            yield exports.line_of(found[revision_id])


def write_file(target: IO[bytes], file: DatasetFile, *, flavour: Flavour = Flavour.PLAIN) -> None:
    """Write the stored bytes of a file to `target` and seek to its beginning.

    A lost or damaged file is generated again from its revisions and stored, if that gives the same
    bytes.

    Raises:
        DigestMismatch: no bytes with this digest are stored or can be generated.
    """
    prefix = PREFIXES[flavour]
    target.write(prefix)
    if not storage.copy_stored(target, file.stored_sha256):
        target.seek(len(prefix))
        target.truncate()
        with storage.temporary_file() as remade:
            _regenerate(remade, file)
            storage.store_file(remade, file.stored_sha256)
            remade.seek(0)
            shutil.copyfileobj(remade, target)
    target.seek(0)


def _regenerate(target: IO[bytes], file: DatasetFile) -> None:
    digest = hashlib.sha256()
    items = DatasetItem.objects.filter(version=file.version_id, split=file.split)
    if file.redaction:
        items = items.exclude(position__in=file.redaction.positions)
    for line in lines_of(list(items.order_by("position").values_list("revision_id", flat=True))):
        digest.update(line)
        target.write(line)
    if digest.hexdigest() != file.stored_sha256:
        raise DigestMismatch(
            message(
                "versions.file_lost",
                file=f"{file.version} {file.split}",
                digest=file.stored_sha256[:SHOWN_DIGITS],
            )
        )


def digest_headers(file: DatasetFile) -> dict[str, str]:
    """Return the headers that tell a client the SHA-256 of the bytes (RFC 9530) and their ETag."""
    digest = b64encode(bytes.fromhex(file.stored_sha256)).decode()
    return {"ETag": f'"{file.stored_sha256}"', "Repr-Digest": f"sha-256=:{digest}:"}
