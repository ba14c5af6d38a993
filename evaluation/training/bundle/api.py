"""API of bundles: a lead downloads one; its trainer reports and uploads with its own token."""

from datetime import UTC, datetime
from typing import Annotated, Any

from django.http import FileResponse, Http404, HttpRequest
from django.utils import timezone
from ninja import Field, Query, Router, Schema
from ninja.security import HttpBearer

from evaluation.training.bundle import actions
from evaluation.training.bundle.models import MAX_KEY_LENGTH, MAX_NAME_LENGTH, Bundle, BundleFile
from evaluation.training.bundle.views import bundle_response
from evaluation.training.models import TrainingRun
from evaluation.training.tasks import TRAININGS
from reviewapp.core.api import ObjectId
from reviewapp.core.errors import CodedError
from reviewapp.core.messages import message
from reviewapp.people.actions.members import token_digest
from reviewapp.people.api import project_for
from reviewapp.people.http import signed_in_user
from reviewapp.people.permissions import Permission

MAX_BATCH = 500
MAX_VALUES_BYTES = 8_000
# No part of a path may begin with a dot.
PATH = r"^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*){0,4}$"
PART_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class BundleAuth(HttpBearer):
    """Admits a bundle by its own token, which is good for its training until that ends."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """Return the bundle; None for an unknown or expired token.

        Raises:
            CodedError: the training has ended.
        """
        found = Bundle.objects.select_related("training").filter(
            token_digest=token_digest(token), token_expires_at__gt=timezone.now()
        )
        bundle = found.first()
        if bundle is None:
            return None
        if bundle.training.has_ended or bundle.cancelled_at is not None:
            raise CodedError(410, "training_ended", message("training.has_ended"))
        return bundle


router = Router(tags=["trainings"])
reports = Router(tags=["trainings"], auth=BundleAuth())


class BundleEventIn(Schema):
    """A line of `events.jsonl`: its number from 1, and the event as the trainer wrote it."""

    number: Annotated[int, Field(ge=1, le=2**31 - 1)]
    event: dict[str, Any]


class EventsIn(Schema):
    """Events in any order; those that were sent before are ignored. Empty is a sign of life.

    `log` is an id of the file, made with it: numbers count for each log, so that a bundle which is
    started again in a fresh folder is heard. Without one all reports are of one log.
    """

    log: Annotated[str, Field(max_length=MAX_KEY_LENGTH, pattern=r"^[A-Za-z0-9_-]*$")] = ""
    events: Annotated[list[BundleEventIn], Field(max_length=MAX_BATCH)]


class EventsOut(Schema):
    """How many events of the log are stored without a gap, and what the trainer shall do.

    `wanted` is `run`, `pause` or `cancel`.
    """

    received: int
    wanted: str


class UploadIn(Schema):
    """A file of a kept adapter: path in the folder of the job, step, bytes, SHA-256 in hex."""

    name: Annotated[str, Field(max_length=MAX_NAME_LENGTH, pattern=PATH)]
    step: Annotated[int, Field(ge=0, le=2**31 - 1)]
    size: Annotated[int, Field(ge=0, le=2**50)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class UploadOut(Schema):
    """An upload: so many bytes have arrived; send at most `part_bytes` from there."""

    id: int
    offset: int
    size: int
    part_bytes: int
    is_complete: bool


@router.post(
    "/trainings/{training_id}/bundle",
    operation_id="evaluation_api_bundle_download",
    response={200: None},
    summary="Download the bundle of a training",
)
def download(request: HttpRequest, training_id: ObjectId) -> FileResponse:
    """Return a ZIP file with a new token; that of an earlier download is no longer valid."""
    training = TrainingRun.objects.select_related("project", "version").filter(pk=training_id)
    found = training.first()
    if found is None:
        raise Http404
    project_for(request, found.project.slug, Permission.LEAD)
    return bundle_response(request, found, signed_in_user(request))


@reports.post(
    "/trainings/{training_id}/events",
    operation_id="evaluation_api_bundle_events",
    url_name="bundle_events",
    response={200: EventsOut},
    summary="Report events of a bundle",
)
def report(request: HttpRequest, training_id: ObjectId, body: EventsIn) -> dict[str, Any]:
    """Store what the trainer reports; the token is that in the bundle's `report.json`."""
    bundle = _own(request, training_id)
    events = [_reported(entry) for entry in body.events]
    bundle, log = actions.receive_events(bundle, events, key=body.log)
    TRAININGS.send(bundle.training_id)
    return {"received": log.received, "wanted": bundle.wanted}


@reports.post(
    "/trainings/{training_id}/uploads",
    operation_id="evaluation_api_bundle_announce",
    response={200: UploadOut},
    summary="Begin or resume an upload of a bundle",
)
def announce(request: HttpRequest, training_id: ObjectId, body: UploadIn) -> dict[str, Any]:
    """Return where the upload of this file goes on; the same content is never sent twice."""
    bundle = _own(request, training_id)
    announced = actions.Announced(body.name, body.step, body.size, body.sha256)
    return _upload(actions.announce_file(bundle, announced))


@reports.patch(
    "/trainings/{training_id}/uploads/{upload_id}",
    operation_id="evaluation_api_bundle_add_part",
    response={200: UploadOut},
    summary="Send a part of a file",
    openapi_extra=PART_BODY,
)
def add_part(
    request: HttpRequest,
    training_id: ObjectId,
    upload_id: ObjectId,
    offset: Annotated[int, Query(ge=0, le=2**50)],
) -> dict[str, Any]:
    """Add the bytes of the body at the offset, which must be that of the upload."""
    bundle = _own(request, training_id)
    file = actions.add_part(bundle, upload_id, offset, request.body)
    if file.offset == 0:
        raise CodedError(422, "digest_mismatch", message("training.digest_mismatch"))
    return _upload(file)


def _own(request: HttpRequest, training_id: int) -> Bundle:
    """Return the bundle of the token; that of another training is not there."""
    bundle: Bundle = request.auth  # type: ignore[attr-defined]
    if bundle.training_id != training_id:
        raise Http404
    return bundle


def _upload(file: BundleFile) -> dict[str, Any]:
    return {
        "id": file.pk,
        "offset": file.offset,
        "size": file.size,
        "part_bytes": actions.PART_BYTES,
        "is_complete": file.completed_at is not None,
    }


def _reported(entry: BundleEventIn) -> actions.Reported:
    """Return an event; what is too large is left out, and a missing time is now."""
    values = dict(entry.event)
    kind, at = str(values.pop("kind", ""))[:20], values.pop("at", "")
    size = sum(len(str(key)) + len(str(value)) for key, value in values.items())
    if size > MAX_VALUES_BYTES:
        raise CodedError(422, "event_too_large", message("training.event_too_large"))
    return actions.Reported(entry.number, kind, _time(at), values)


def _time(given: object) -> datetime:
    try:
        found = datetime.fromisoformat(str(given))
    except ValueError:
        return timezone.now()
    return found if found.tzinfo else found.replace(tzinfo=UTC)
