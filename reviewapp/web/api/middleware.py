"""Middleware of the API: sign-in by token, and writes that a client may safely repeat."""

import hashlib
import json
import logging
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from reviewapp.people.models import IdempotencyKey, User
from reviewapp.web.api.problems import (
    DATABASE_ERRORS,
    DATABASE_UNAVAILABLE,
    MEDIA_TYPE,
    error_response,
)
from reviewapp.web.api.tokens import token_of
from reviewapp.web.middleware import API_PREFIX as PREFIX
from reviewapp.web.middleware import submitted_fields
from reviewapp.web.notices import SIGNED_OUT, notice_page

logger = logging.getLogger(__name__)

WRITES = {"POST", "PUT", "PATCH", "DELETE"}
MAX_KEY_LENGTH = 200
# After this time the key of a request that died with its process may be used again.
IN_PROGRESS = timedelta(minutes=2)


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Requires sign-in for every page; the API denies by default itself (`TokenAuth`)."""

    def process_view(self, request, view_func, view_args, view_kwargs):  # type: ignore[no-untyped-def]
        """Redirect anonymous users to the sign-in page, except below /api/.

        A form that was sent after the session had ended gets a page with its fields instead,
        because a redirect would lose them.
        """
        if request.path_info.startswith(PREFIX):
            return None
        answer = super().process_view(request, view_func, view_args, view_kwargs)
        is_form = request.method == "POST" and "text/html" in request.headers.get("Accept", "")
        if answer is not None and is_form and "HX-Request" not in request.headers:
            return notice_page(request, SIGNED_OUT, submitted=submitted_fields(request))
        return answer


class ApiMiddleware:
    """Sets the token's user, and answers a repeated write with its first response."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        if request.method != "HEAD":
            return self._answered(request)
        # The web server leaves out the body.
        request.method, request.is_head = "GET", True  # type: ignore[attr-defined]
        answer = self._answered(request)
        request.method = "HEAD"
        return answer

    def _answered(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return error_response(
                422, "The address has a NUL character, which is not allowed. Remove it."
            )
        if "Transfer-Encoding" in request.headers:
            return error_response(
                411,
                "Send the length of the body as Content-Length instead of sending it in chunks.",
            )
        try:
            token = token_of(request)
        except DatabaseError:
            logger.exception("The API has no database")
            return error_response(
                503, "The database does not answer. Nothing was done. Try again later."
            )
        request.token = token  # type: ignore[attr-defined]
        user = token.user if token else None
        if user is not None:
            request.user = user
        key = request.headers.get("Idempotency-Key", "")
        if user is None or not key or request.method not in WRITES:
            return _with_json_error(self.get_response(request))
        if len(key) > MAX_KEY_LENGTH:
            return error_response(
                422, f"An Idempotency-Key may have {MAX_KEY_LENGTH} characters at most."
            )
        return self._once(request, user, key)

    def _once(self, request: HttpRequest, user: User, key: str) -> HttpResponse:
        try:
            return self._kept(request, user, key)
        except DATABASE_ERRORS:
            logger.exception("The API lost its database")
            return error_response(503, DATABASE_UNAVAILABLE)

    def _kept(self, request: HttpRequest, user: User, key: str) -> HttpResponse:
        try:
            content = f"{request.method} {request.get_full_path()}\n".encode() + request.body
        except RequestDataTooBig:
            return error_response(
                413,
                "A request with an Idempotency-Key may have "
                f"{settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 2**20} MB at most. Send a larger file "
                "without the key: importing it twice changes nothing.",
            )
        fingerprint = hashlib.sha256(content).hexdigest()
        entry, is_new = _claim(user, key, fingerprint)
        if not is_new:
            return _replay(entry, fingerprint)
        response = _with_json_error(self.get_response(request))
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR or response.streaming:
            entry.delete()
            return response
        entry.status = response.status_code
        entry.body = _without_secret(json.loads(response.content or b"null"))
        entry.save(update_fields=["status", "body"])
        return response


def _claim(user: User, key: str, fingerprint: str) -> tuple[IdempotencyKey, bool]:
    """Claim the key, or return its present entry. The unique constraint decides between two."""
    now = timezone.now()
    stale = IdempotencyKey.objects.filter(user=user, key=key, status=None)
    stale.filter(created_at__lt=now - IN_PROGRESS).delete()
    try:
        with transaction.atomic():
            return IdempotencyKey.objects.create(user=user, key=key, fingerprint=fingerprint), True
    except IntegrityError:
        return IdempotencyKey.objects.get(user=user, key=key), False


def _replay(entry: IdempotencyKey, fingerprint: str) -> HttpResponse:
    if entry.fingerprint != fingerprint:
        return error_response(
            422, "This Idempotency-Key was used for another request. Use a new key for each."
        )
    if entry.status is None:
        return error_response(
            409, "The first request with this Idempotency-Key is still running. Wait."
        )
    response = JsonResponse(entry.body, status=entry.status, safe=False)
    if entry.status >= HTTPStatus.BAD_REQUEST:
        response["Content-Type"] = MEDIA_TYPE
    response["Idempotent-Replayed"] = "true"
    return response


def _without_secret(body: Any) -> Any:
    """Return a body as it may be stored: a secret is shown once, and by no database."""
    is_secret = isinstance(body, dict) and "secret" in body
    return {**body, "secret": None} if is_secret else body


def _with_json_error(response: HttpResponse) -> HttpResponse:
    """Replace Django's HTML errors below /api/ (no such path, wrong method) by problem details."""
    is_error = response.status_code >= HTTPStatus.BAD_REQUEST
    if is_error and "json" not in response.headers.get("Content-Type", ""):
        sentences = {
            404: "There is no such path. See /api/v1/docs for those that exist.",
            405: "This path exists, but not for this method. See /api/v1/docs.",
        }
        replacement = error_response(
            response.status_code,
            sentences.get(response.status_code, "The request could not be served."),
        )
        if "Allow" in response.headers:
            replacement["Allow"] = response.headers["Allow"]
        return replacement
    return response
