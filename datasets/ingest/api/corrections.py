"""The HTTP API of rejected rows: their texts, and the import of corrected ones."""

from itertools import islice
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from datasets.ingest import actions as imports
from datasets.ingest.actions import RejectedText
from datasets.ingest.actions.correcting import MAX_CORRECTED_LENGTH
from datasets.ingest.api.imports import EnglishText, ImportOut, find_import, sent
from reviewapp.core.api import Cursor, ObjectId
from reviewapp.core.paging import PAGE_SIZE
from reviewapp.people.http import signed_in_user

router = Router(tags=["examples"])


class RejectedRowOut(Schema):
    """A rejected row with its text of the file, or of the table as one record."""

    id: int
    line: int
    code: str
    message: EnglishText
    text: str


class RejectedPage(Schema):
    """Rejected rows that can be corrected, and the cursor of the next page.

    `columns` and `separator` are of the table that they are rows of; empty for rows of JSON.
    """

    columns: list[str]
    separator: str
    items: list[RejectedRowOut]
    next: str | None


class CorrectedRow(Schema):
    """The corrected text of a rejected row, by its id."""

    id: ObjectId
    text: Annotated[str, Field(max_length=2 * MAX_CORRECTED_LENGTH)]


class CorrectionsIn(Schema):
    """Corrected rows; those whose text is as it was stay rejected."""

    rows: Annotated[list[CorrectedRow], Field(min_length=1, max_length=1000)]


@router.get(
    "/projects/{slug}/imports/{import_id}/rejected-rows",
    operation_id="datasets_api_examples_rejected_rows",
    response={200: RejectedPage},
    summary="List the rejected rows of an import with their texts",
)
def list_rejected(
    request: HttpRequest, slug: str, import_id: ObjectId, cursor: Cursor = None
) -> dict[str, Any]:
    """Return a page of 50 rows that are not corrected yet, each with the reason.

    Rows of over 20,000 characters are left out: they are only in the file of rejected rows.
    """
    batch = find_import(request, slug, import_id)
    rows = [] if not batch.may_be_corrected else imports.rejected_texts(batch)
    later = (row for row in rows if row.rejection.pk > (cursor or 0) and not row.is_long)
    found = list(islice(later, PAGE_SIZE + 1))
    shown = found[:PAGE_SIZE]
    return {
        "columns": batch.table_header.get("columns", []),
        "separator": batch.table_header.get("separator", ""),
        "items": [_row(row) for row in shown],
        "next": str(shown[-1].rejection.pk) if len(found) > PAGE_SIZE else None,
    }


@router.post(
    "/projects/{slug}/imports/{import_id}/corrections",
    operation_id="datasets_api_examples_correct_rows",
    response={202: ImportOut},
    summary="Import corrected rows",
)
def correct_rows(request: HttpRequest, slug: str, import_id: ObjectId, body: CorrectionsIn) -> Any:
    """Import the rows whose text was changed, as an import of its own, which is returned.

    If one still cannot be read, none is imported: 422, with each row in `errors`. 409, also with
    `errors`, if others corrected rows meanwhile.
    """
    batch = find_import(request, slug, import_id)
    texts = {row.id: row.text for row in body.rows}
    return sent(imports.correct_rows(batch_id=batch.pk, texts=texts, actor=signed_in_user(request)))


def _row(row: RejectedText) -> dict[str, Any]:
    rejection = row.rejection
    return {
        "id": rejection.pk,
        "line": rejection.line,
        "code": rejection.code,
        "message": rejection.message,
        "text": row.text,
    }
