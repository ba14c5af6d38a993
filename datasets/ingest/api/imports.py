"""The HTTP API of imports: a file of conversations in, and how far it is."""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status
from pydantic import BeforeValidator

from datasets.bulk.taken_back import label_changes_of
from datasets.ingest import actions as imports
from datasets.ingest.files.mapping import MAX_MAPPED, parse_mapping
from datasets.ingest.forms import ImportForm
from datasets.ingest.models import ImportBatch, ImportRejection
from datasets.ingest.near_duplicates import near_duplicates_of
from datasets.ingest.tasks import IMPORTS
from reviewapp.core.api import Cursor, ObjectId, next_cursor
from reviewapp.core.errors import InvalidInput
from reviewapp.core.paging import page_by_id
from reviewapp.core.texts import render_english
from reviewapp.people.api import project_for
from reviewapp.people.http import signed_in_user
from reviewapp.people.permissions import Permission

EnglishText = Annotated[str, BeforeValidator(render_english)]
"""A stored message as English text; empty for none."""

router = Router(tags=["examples"])

MAX_LISTED = 100
MULTIPART = "multipart/form-data"
BINARY = {"schema": {"type": "string", "format": "binary"}}
FILE_BODY = {
    "requestBody": {
        "required": True,
        "description": "The file itself, or a form with the file as `file`.",
        "content": {
            "application/jsonl": BINARY,
            "text/csv": BINARY,
            MULTIPART: {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            },
        },
    }
}


class ImportQuery(Schema):
    """How to read the file, and what to file its examples under."""

    format: Literal["auto", "chat", "prompt-completion", "csv"] = "auto"
    source: Annotated[str, Field(max_length=120)] = ""
    near_duplicates: Literal["keep", "flag", "skip"] = "keep"
    labels: Annotated[
        Literal["keep", "fill", "replace"],
        Field(
            description="Labels of existing examples: left, filled where missing, or replaced."
            " An approved example whose labels change is a draft again."
        ),
    ] = "keep"
    file_name: Annotated[str, Field(min_length=1, max_length=255)] = "api.jsonl"
    map: Annotated[
        list[str],
        Field(
            max_length=MAX_MAPPED,
            description="A column or key with the field that it is read as, such as question=user;"
            " or with metadata or skip.",
        ),
    ] = []


class StartQuery(ImportQuery):
    """How to read the file, and whether only to look at it."""

    look_first: Annotated[
        bool,
        Field(
            description="Only look: the import tells what would be created, and stores no example"
            " until it is started. A table whose columns are to be mapped first is taken too."
        ),
    ] = False


class MappingIn(Schema):
    """Columns or keys of the file, each with the field that it is read as, metadata, or skip."""

    mapping: Annotated[dict[str, str], Field(max_length=MAX_MAPPED)]


class PreviewRow(Schema):
    """A row as it would become an example: the beginning of its messages, and its labels."""

    line: int
    messages: list[dict[str, str]]
    more: Annotated[int, Field(description="How many messages are not shown.")]
    labels: dict[str, str]


class ImportProgress(Schema):
    """How far an import is. `read` is the sum of created, unchanged and rejected."""

    id: int
    state: Literal["waiting", "running", "done", "failed"]
    file_name: str
    source: str
    read: int
    created: int
    unchanged: int
    rejected: int
    findings: int
    labels: Literal["keep", "fill", "replace"]
    relabelled: int
    labels_changed: int
    near_duplicates: Literal["keep", "flag", "skip"]
    similar: int
    notes: dict[str, int]
    unread: dict[str, int]
    mapping: dict[str, str]
    is_trial: bool
    problem: EnglishText  # words: ok, outsiders read this key
    created_at: datetime
    finished_at: datetime | None


class ImportOut(ImportProgress):
    """An import, read from its row."""

    @staticmethod
    def resolve_problem(batch: ImportBatch) -> Any:  # words: ok, as above
        return batch.error


class RejectionOut(Schema):
    """A rejected row."""

    line: int
    code: str
    message: EnglishText


class NearDuplicateRowOut(Schema):
    """A row much like the example `other`; `example` is null where the row was left out."""

    line: int
    example: Annotated[int | None, Field(validation_alias="example_id")]
    other: Annotated[int, Field(validation_alias="other_id")]
    question: int
    answer: int | None


class LabelDifferenceOut(Schema):
    """A row of an existing conversation with other labels: of each the stored and the row's value.

    `changed` names those that the import changed, `reason` says why it changed none.
    """

    line: int
    example: Annotated[int, Field(validation_alias="example_id")]
    labels: dict[str, list[Any]]
    changed: list[str]
    reason: EnglishText


class ImportDetail(ImportProgress):
    """An import with a page of its rejected rows, and the first 100 others that it lists.

    Of a file that was only looked at, `preview` has the first rows, and `mappable` the columns and
    keys that can be mapped; its rejected rows are the first 1,000. `label_changes` is the bulk
    action that records the labels it changed: undo it to restore them.
    """

    preview: list[PreviewRow]
    mappable: list[str]
    errors: list[RejectionOut]
    differences: list[LabelDifferenceOut]
    label_changes: int | None
    similar_rows: list[NearDuplicateRowOut]
    next: str | None


@router.post(
    "/projects/{slug}/imports",
    operation_id="datasets_api_examples_start_import",
    response={202: ImportOut},
    summary="Import a file of conversations",
    openapi_extra=FILE_BODY,
)
def start_import(request: HttpRequest, slug: str, query: Query[StartQuery]) -> Any:
    """Take a file and answer at once; a worker reads it. Ask the import how far it is.

    With `look_first` it ends with what an import would do; then map, start or discard it.
    Importing the same file again changes nothing: its rows then count as unchanged.
    """
    project = project_for(request, slug, Permission.CURATE)
    form = ImportForm(
        {
            "format_": query.format,
            "source": query.source,
            "near_duplicates": query.near_duplicates,
            "labels": query.labels,
        },
        {"upload": _upload(request, query)},
    )
    if not form.is_valid():
        raise InvalidInput(
            " ".join(str(error) for found in form.errors.values() for error in found)
        )
    batch = imports.accept_upload(
        project=project,
        mapping=parse_mapping(query.map),
        is_trial=query.look_first,
        actor=signed_in_user(request),
        **form.cleaned_data,
    )
    return sent(batch)


def _upload(request: HttpRequest, query: ImportQuery) -> "UploadedFile[Any] | None":
    """The file of a form, or the body as a file that is read as it arrives."""
    if request.content_type == MULTIPART:
        return request.FILES.get("file")
    length = request.headers.get("Content-Length", "")
    return UploadedFile(
        file=request,  # type: ignore[arg-type] # reads like a file
        name=query.file_name,
        size=int(length) if length.isdecimal() else 0,
    )


@router.get(
    "/projects/{slug}/imports/{import_id}",
    operation_id="datasets_api_examples_show_import",
    response={200: ImportDetail},
    summary="How far an import is",
)
def show_import(
    request: HttpRequest, slug: str, import_id: ObjectId, cursor: Cursor = None
) -> dict[str, Any]:
    """Return the counts, the state and a page of the rejected rows."""
    batch = find_import(request, slug, import_id)
    page = page_by_id(ImportRejection.objects.filter(batch=batch), after=cursor)
    similar = near_duplicates_of(batch, signed_in_user(request))
    shown = ImportOut.from_orm(batch).dict()
    return {
        **shown,
        "preview": batch.preview,
        "mappable": batch.mappable,
        "errors": page.rows,
        "differences": batch.differences.all()[:MAX_LISTED],
        "label_changes": label_changes_of(batch),
        "similar_rows": similar,
        "next": next_cursor(page),
    }


@router.post(
    "/projects/{slug}/imports/{import_id}/map",
    operation_id="datasets_api_examples_map_import",
    response={202: ImportOut},
    summary="Map the columns of a file that was looked at, and look again",
)
def map_import(request: HttpRequest, slug: str, import_id: ObjectId, body: MappingIn) -> Any:
    """Replace the mapping; 409 while the file is being read, or once it was started."""
    batch = find_import(request, slug, import_id)
    imports.map_columns(batch_id=batch.pk, mapping=body.mapping, actor=signed_in_user(request))
    return sent(batch)


@router.post(
    "/projects/{slug}/imports/{import_id}/start",
    operation_id="datasets_api_examples_start_looked_at",
    response={202: ImportOut},
    summary="Import a file that was looked at",
)
def start_looked_at(request: HttpRequest, slug: str, import_id: ObjectId) -> Any:
    """Import it as it was looked at; one that was started already stays as it is."""
    batch = find_import(request, slug, import_id)
    imports.import_looked_at(batch_id=batch.pk, actor=signed_in_user(request))
    return sent(batch)


@router.delete(
    "/projects/{slug}/imports/{import_id}",
    operation_id="datasets_api_examples_discard_import",
    response={204: None},
    summary="Discard a file that was looked at",
)
def discard_import(request: HttpRequest, slug: str, import_id: ObjectId) -> Any:
    """Delete the file and what was found in it; 409 while it is being read, or once started."""
    batch = find_import(request, slug, import_id)
    imports.discard_trial(batch_id=batch.pk, actor=signed_in_user(request))
    return Status(204, None)


def find_import(request: HttpRequest, slug: str, import_id: int) -> ImportBatch:
    """Return an import of the project, in which the user must be annotator or lead."""
    project = project_for(request, slug, Permission.CURATE)
    return get_object_or_404(ImportBatch, pk=import_id, project=project)


def sent(batch: ImportBatch) -> Any:
    """Wake a worker for an import, and answer with it."""
    IMPORTS.send(batch.pk)
    # Its times come from the database.
    batch.refresh_from_db()
    return Status(202, batch)
