"""Corrects rejected rows of an upload: their texts are corrected, and imported from there."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from datasets.conversations.errors import ShapeError
from datasets.ingest.actions.uploads import accept_upload, stored_reject_path
from datasets.ingest.files.mapping import MissingKeys
from datasets.ingest.files.rejected import TableHeader, row_in
from datasets.ingest.files.rows import read_row
from datasets.ingest.files.source import Format
from datasets.ingest.models import ImportBatch, ImportRejection
from reviewapp.core.errors import (
    InvalidInput,
    InvalidInputs,
    InvalidTransition,
    InvalidTransitions,
)
from reviewapp.core.messages import message
from reviewapp.people.models import ProjectEvent, User
from reviewapp.people.permissions import Permission, require_permission

# Longer rows are corrected in the downloaded file.
MAX_CORRECTED_LENGTH = 20_000


@dataclass(frozen=True)
class RejectedText:
    """A rejected row with its text of the file."""

    rejection: ImportRejection
    text: str

    @property
    def is_long(self) -> bool:
        """Whether it is too long for a field of a page, or known only by its beginning."""
        return len(self.text) > MAX_CORRECTED_LENGTH or self.rejection.code == "row_too_long"

    @property
    def is_corrected(self) -> bool:
        """Whether it was imported with a corrected text."""
        return self.rejection.corrected_in_id is not None

    def is_changed_by(self, text: str) -> bool:
        """Return whether this text is a correction; an empty one of a corrected row is none."""
        changed = _plain(text)
        return changed != _plain(self.text) and not (self.is_corrected and not changed)


def rejected_texts(batch: ImportBatch) -> Iterator[RejectedText]:
    """Yield the rejected rows that are not corrected yet, in the order of the file."""
    return (row for row in all_rejected_texts(batch) if not row.is_corrected)


def all_rejected_texts(batch: ImportBatch) -> Iterator[RejectedText]:
    """Yield the rejected rows, also those that are corrected, in the order of the file."""
    name = stored_reject_path(batch)
    if not batch.stored_path or not default_storage.exists(name):
        return
    rejections = batch.rejections.select_related("corrected_in__created_by")
    with default_storage.open(name) as file:
        for rejection, line in zip(rejections.iterator(), file, strict=False):
            yield RejectedText(rejection, orjson.loads(line)["row"])


@transaction.atomic
def correct_rows(*, batch_id: int, texts: Mapping[int, str], actor: User) -> ImportBatch:
    """Import the rejected rows whose text was changed, as an import of its own.

    Args:
        batch_id: the import that rejected them.
        texts: the text of rejected rows by the id of the rejection; unchanged ones stay rejected.
        actor: the person who corrected them.

    Raises:
        PermissionDeniedError: the actor is neither annotator nor lead.
        InvalidTransition: the import is not over, or its rejected rows were erased.
        InvalidTransitions: others corrected rows meanwhile, each with its field `row-ID`.
        InvalidInputs: rows still cannot be read, each with its field `row-ID`.
        InvalidInput: no text was changed.
    """
    rows = ImportBatch.objects.select_for_update(of=("self",)).select_related("project")
    batch = rows.get(pk=batch_id)
    require_permission(actor, batch.project, Permission.CURATE)
    if not batch.may_be_corrected or not default_storage.exists(stored_reject_path(batch)):
        raise InvalidTransition(message("ingest.not_correctable"))
    sent = [row for row in all_rejected_texts(batch) if row.rejection.pk in texts]
    if len(sent) < len(texts):
        raise InvalidTransition(message("ingest.not_rejected"))
    changed = [row for row in sent if row.is_changed_by(texts[row.rejection.pk])]
    _check_not_corrected(changed)
    if not changed:
        raise InvalidInput(message("ingest.nothing_corrected"))
    corrected = {row.rejection.pk: _plain(texts[row.rejection.pk]) for row in changed}
    mapping = _checked_mapping(batch, corrected)
    new = accept_upload(
        project=batch.project,
        upload=_upload(batch, changed, corrected),
        format_=Format.AUTO if batch.format == Format.CSV else batch.format,
        source=batch.source,
        near_duplicates=batch.near_duplicates,
        labels=batch.labels,
        mapping=mapping,
        actor=actor,
    )
    ImportRejection.objects.filter(pk__in=corrected).update(corrected_in=new)
    detail = {"batch": batch.pk, "import": new.pk, "rows": len(corrected)}
    ProjectEvent.objects.create(
        project=batch.project,
        actor=actor,
        action="correct_rows",
        after=batch.file_name[:200],
        detail=detail,
    )
    return new


def _check_not_corrected(changed: Iterable[RejectedText]) -> None:
    """Raise InvalidTransitions if others corrected rows after their texts were loaded."""
    taken = [row.rejection for row in changed if row.is_corrected]
    errors = [
        InvalidTransition(
            message("ingest.corrected_already", name=str(rejection.corrected_in.created_by)),
            field=f"row-{rejection.pk}",
        )
        for rejection in taken
        if rejection.corrected_in is not None
    ]
    if errors:
        raise InvalidTransitions(errors)


def _plain(text: str) -> str:
    """Return a text with the line ends that a field of a page does not change."""
    return text.replace("\r\n", "\n").strip()


def _checked_mapping(batch: ImportBatch, corrected: Mapping[int, str]) -> dict[str, str]:
    """Return the part of the import's mapping that the rows need, if all of them can be read."""
    header = TableHeader.from_json(batch.table_header)
    missing = MissingKeys(batch.mapping)
    errors = []
    for pk, text in corrected.items():
        raw = row_in(text, header)
        missing.see(raw)
        try:
            read_row(raw, Format(batch.format), batch.mapping)
        except ShapeError as error:
            error.field = f"row-{pk}"
            errors.append(error)
    if errors:
        raise InvalidInputs(errors)
    return {key: batch.mapping[key] for key in batch.mapping if key not in missing.names}


def _upload(
    batch: ImportBatch, changed: list[RejectedText], corrected: Mapping[int, str]
) -> "UploadedFile[Any]":
    lines = [
        {
            "line": row.rejection.line,
            "code": row.rejection.code,
            "message": "",
            "row": corrected[row.rejection.pk],
            **batch.table_header,
        }
        for row in changed
    ]
    content = b"".join(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in lines)
    return UploadedFile(
        ContentFile(content), name=f"{batch.file_name}.corrected", size=len(content)
    )
