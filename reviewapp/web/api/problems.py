"""Errors of the API as RFC 9457 problem details, each with a plain sentence."""

import logging
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from reviewapp.core.errors import (
    CodedError,
    DomainError,
    InvalidInput,
    PermissionDeniedError,
)

MEDIA_TYPE = "application/problem+json"
# Django raises these when the connection to the database is lost.
DATABASE_ERRORS = (OperationalError, InterfaceError)
DATABASE_UNAVAILABLE = (
    "The database stopped answering before this was confirmed. Send the same request again later."
)
CODES = {
    400: "unreadable",
    401: "no_token",
    403: "not_allowed",
    404: "not_found",
    405: "wrong_method",
    409: "refused",
    411: "no_length",
    413: "too_large",
    422: "invalid_input",
    503: "no_database",
}
logger = logging.getLogger(__name__)


def error_response(status: int, detail: str, **more: Any) -> JsonResponse:
    """Return an RFC 9457 response; `detail` says what to do, `more` are extension members.

    Every response has a `code` for programs: that of `CODES` unless `more` has one.
    """
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    more.setdefault("code", CODES.get(status, "failed"))
    response = JsonResponse({**body, "detail": detail, **more}, status=status)
    response["Content-Type"] = MEDIA_TYPE
    if status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = "Bearer"
    return response


def _domain_error(_request: HttpRequest, error: Any) -> JsonResponse:
    if isinstance(error, CodedError):
        return error_response(error.status, str(error), code=error.code)
    if isinstance(error, PermissionDeniedError):
        return error_response(403, str(error), code="not_allowed")
    found = [{"where": [part.field], "message": str(part)} for part in error.errors]
    more = {"errors": found} if found else {}
    if isinstance(error, InvalidInput):
        return error_response(422, str(error), code="invalid_input", **more)
    return error_response(409, str(error), code="refused", **more)


def _invalid(_request: HttpRequest, error: Any) -> JsonResponse:
    errors = [
        {"where": [str(part) for part in invalid["loc"]], "message": invalid["msg"]}
        for invalid in error.errors
    ]
    places = "; ".join(f"{'.'.join(field['where'])}: {field['message']}" for field in errors)
    return error_response(422, f"The request does not fit its description. {places}", errors=errors)


def _http_error(_request: HttpRequest, error: Any) -> JsonResponse:
    if error.status_code == HTTPStatus.UNAUTHORIZED:
        return error_response(
            401, "Send a token as “Authorization: Bearer …”. Make one with createtoken."
        )
    if error.status_code == HTTPStatus.BAD_REQUEST:
        return error_response(
            400, "The body cannot be read. Send one JSON object, written as UTF-8."
        )
    return error_response(error.status_code, str(error))


def _too_large(_request: HttpRequest, _error: Any) -> JsonResponse:
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 2**20
    return error_response(413, f"The body may have {limit} MB at most. Send less at once.")


def _missing(_request: HttpRequest, _error: Any) -> JsonResponse:
    return error_response(404, "There is nothing here, or your token may not see it.")


def _crash(request: HttpRequest, error: Any) -> JsonResponse:
    logger.error("The API failed at %s", request.path, exc_info=error)
    return error_response(500, "The server failed. Nothing was stored in part. Try again later.")


def _no_database(request: HttpRequest, error: Any) -> JsonResponse:
    logger.error("The database went away at %s", request.path, exc_info=error)
    return error_response(503, DATABASE_UNAVAILABLE)


def install(api: NinjaAPI) -> None:
    """Register a handler for every error of this API."""
    api.add_exception_handler(DomainError, _domain_error)
    api.add_exception_handler(ValidationError, _invalid)
    api.add_exception_handler(HttpError, _http_error)
    api.add_exception_handler(Http404, _missing)
    api.add_exception_handler(RequestDataTooBig, _too_large)
    for lost in DATABASE_ERRORS:
        api.add_exception_handler(lost, _no_database)
    api.add_exception_handler(Exception, _crash)
