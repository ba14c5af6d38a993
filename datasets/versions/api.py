"""Frozen dataset versions and their files."""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from ninja import Field, Router, Schema

from datasets.conversations.split import Split
from datasets.versions.models import DatasetFile, DatasetVersion, FileRedaction
from datasets.versions.views.downloads import JSON_LINES, file_response
from reviewapp.core.api import Cursor, Problem
from reviewapp.core.paging import newest_first
from reviewapp.core.texts import render_english
from reviewapp.people.api import project_for
from reviewapp.people.permissions import Permission

router = Router(tags=["versions"])

FILES = "files__redactions__redacted_by"
Number = Annotated[int, Field(gt=0, le=2**31 - 1)]
FILE_RESPONSE = {
    "responses": {
        200: {
            "description": "The exact bytes; their SHA-256 is in ETag and Repr-Digest.",
            "content": {JSON_LINES: {"schema": {"type": "string", "format": "binary"}}},
        }
    }
}


class RedactionOut(Schema):
    """Lines that were taken out of a file because their examples were erased; what is left."""

    at: datetime
    by: str
    lines: int
    sha256: str
    size_bytes: int


class FileOut(Schema):
    """A file of a version. `errors` is what a provider would refuse, `warnings` worth a look.

    With `redacted` the bytes are no longer those of `sha256`, but those of its own digest.
    """

    split: str
    sha256: str
    size_bytes: int
    examples: int
    tokens: int
    errors: list[str]
    warnings: list[str]
    redacted: RedactionOut | None


class VersionOut(Schema):
    """A frozen version; its digest is the SHA-256 over those of its files.

    `parent` is the number of the version whose changes a mini-batch holds.
    """

    number: int
    digest: str
    changelog: str
    shares: dict[str, int]
    parent: int | None
    replay_percent: int | None
    replay_seed: int | None
    created_at: datetime
    files: list[FileOut]


class VersionDetail(VersionOut):
    """A version with its counts by intent, language and tag, and what was left out."""

    summary: dict[str, Any]


class VersionPage(Schema):
    """Versions, the latest first, and the cursor of the next page."""

    items: list[VersionOut]
    next: str | None


@router.get(
    "/projects/{slug}/versions",
    operation_id="datasets_api_versions_list_versions",
    response={200: VersionPage},
    summary="List dataset versions",
)
def list_versions(request: HttpRequest, slug: str, cursor: Cursor = None) -> dict[str, Any]:
    """Return a page of 50 versions, the latest first."""
    project = project_for(request, slug, Permission.VIEW)
    found = project.versions.select_related("parent").prefetch_related(FILES)
    shown, following = newest_first(found, before=cursor, by="number")
    return {
        "items": [_version(version) for version in shown],
        "next": None if following is None else str(following),
    }


@router.get(
    "/projects/{slug}/versions/{number}",
    operation_id="datasets_api_versions_show_version",
    response={200: VersionDetail},
    summary="One dataset version with the digests of its files",
)
def show_version(request: HttpRequest, slug: str, number: Number) -> dict[str, Any]:
    """Return one version."""
    project = project_for(request, slug, Permission.VIEW)
    found = get_object_or_404(project.versions.prefetch_related(FILES), number=number)
    return {**_version(found), "summary": found.summary}


@router.get(
    "/projects/{slug}/versions/{number}/{split}",
    operation_id="datasets_api_versions_download",
    response={304: None, 409: Problem},
    summary="The exact bytes of one file",
    openapi_extra=FILE_RESPONSE,
)
def download(request: HttpRequest, slug: str, number: Number, split: Split) -> HttpResponseBase:
    """Return a file as it was frozen, after comparing its bytes with the stored digest."""
    project = project_for(request, slug, Permission.VIEW)
    files = DatasetFile.objects.filter(version__project=project)
    file = get_object_or_404(files, version__number=number, split=split)
    return file_response(request, file)


def _version(version: DatasetVersion) -> dict[str, Any]:
    return {
        "number": version.number,
        "digest": version.digest,
        "changelog": version.changelog,
        "shares": version.shares,
        "parent": version.parent and version.parent.number,
        "replay_percent": version.replay_percent,
        "replay_seed": version.replay_seed,
        "created_at": version.created_at,
        "files": [
            {
                "split": file.split,
                "sha256": file.sha256,
                "size_bytes": file.size_bytes,
                "examples": file.examples,
                "tokens": file.tokens,
                "redacted": _redaction(file.redaction),
                "errors": [render_english(error) for error in file.preflight_errors],
                "warnings": [render_english(warning) for warning in file.preflight_warnings],
            }
            for file in version.files.all()
        ],
    }


def _redaction(redaction: FileRedaction | None) -> dict[str, Any] | None:
    if redaction is None:
        return None
    return {
        "at": redaction.created_at,
        "by": str(redaction.redacted_by or "the system"),
        "lines": len(redaction.positions),
        "sha256": redaction.sha256,
        "size_bytes": redaction.size_bytes,
    }
