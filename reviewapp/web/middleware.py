"""Middleware and error handlers of pages: errors become responses that lose no input."""

import errno
import logging
import sys
from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import (
    DisallowedHost,
    RequestDataTooBig,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.db import DataError, IntegrityError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import (
    REASON_BAD_ORIGIN,
    REASON_BAD_REFERER,
    REASON_INSECURE_REFERER,
    REASON_MALFORMED_REFERER,
    REASON_NO_CSRF_COOKIE,
    REASON_NO_REFERER,
)
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.csrf import csrf_failure
from psycopg.errors import DiskFull

from reviewapp.core.errors import DomainError, PermissionDeniedError
from reviewapp.people.http import wants_json
from reviewapp.web.api.problems import DATABASE_ERRORS, error_response
from reviewapp.web.notices import (
    BELOW_A_PATH,
    BROKEN_OFF,
    FROM_BEFORE_SIGN_IN,
    NO_COOKIE,
    TOO_LARGE,
    Notice,
    notice_page,
    unknown_host,
    unknown_origin,
)

API_PREFIX = "/api/"
# The beginnings of Django's reasons that concern the origin of the form.
BAD_ORIGINS = tuple(
    reason.partition("%s")[0]
    for reason in (
        REASON_BAD_ORIGIN,
        REASON_BAD_REFERER,
        REASON_INSECURE_REFERER,
        REASON_MALFORMED_REFERER,
        REASON_NO_REFERER,
    )
)

# Fields that pages send and users did not type: a token, the edited revision, the button.
HIDDEN_FIELDS = {
    *("csrfmiddlewaretoken", "extra", "base_number", "version", "known", "lease", "next"),
    *("act", "choice", "asks_for"),
}
FIELD_LABELS = {
    "comment": _("Comment"),
    "description": _("Description"),
    "email": _("Email"),
    "intent": _("Intent"),
    "name": _("Name"),
    "note": _("Note"),
    "rationale": _("Reason"),
    "reason": _("Reason"),
    "role": _("Role"),
    "tags": _("Tags"),
    "text": _("Text"),
    "title": _("Title"),
}
# What users with a one-time password may open, which another person may know; the catalog is that
# of the texts in scripts, the same for everybody.
OPEN_TO_ONE_TIME_PASSWORDS = frozenset(
    {"account_change_password", "account_logout", "account_reauthenticate", "catalog_script"}
)
# Addresses without sessions: the API uses tokens, and the process checks are public.
WITHOUT_SESSIONS = (API_PREFIX, "/healthz", "/readyz", "/metrics")


logger = logging.getLogger(__name__)
UNSTORABLE = _(
    "The input has a character or a number that cannot be stored. Correct it and send it again."
)
DISK_FULL = _(
    "The server's disk is full, so nothing was stored. Tell your administrator, then send it again."
)
FAILED = _("The server failed and may not have stored this. Your input is still here: try again.")
NOT_FOUND_MESSAGE = _(
    "This does not exist, or you are no longer a member of the project. Nothing was stored."
)
CONFLICT_MESSAGE = _(
    "This conflicts with another change made at the same time. Go back, reload the page, try again."
)


def rejection_page(request: HttpRequest, sentence: str, status: int) -> HttpResponse:
    """Return a page with the reason and the submitted fields."""
    referrer = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(
        referrer, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    context = {
        "message": sentence,
        "submitted": submitted_fields(request),
        "is_reading": request.method in {"GET", "HEAD"},
        "back_url": referrer if is_ours and request.method == "POST" else "",
    }
    return render(request, "conflict.html", context, status=status)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Return the page for a form that Django's CSRF check rejected, with its cause."""
    if "text/html" not in request.headers.get("Accept", ""):
        return csrf_failure(request, reason=reason)
    return notice_page(request, _csrf_cause(request, reason), submitted=submitted_fields(request))


def _csrf_cause(request: HttpRequest, reason: str) -> Notice:
    if reason.startswith(BAD_ORIGINS):
        origin = request.headers.get("Origin") or request.headers.get("Referer") or "null"
        return unknown_origin(origin)
    return NO_COOKIE if reason == REASON_NO_CSRF_COOKIE else FROM_BEFORE_SIGN_IN


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return the page for a request that cannot be read, with its cause; JSON below /api/."""
    notice = _bad_cause(request, exception)
    if request.path_info.startswith(API_PREFIX):
        detail = f"{notice.title}. {notice.setting or notice.text}"
        return error_response(notice.status, detail)
    return notice_page(request, notice)


def _bad_cause(request: HttpRequest, exception: Exception) -> Notice:
    match exception:
        case DisallowedHost():
            return unknown_host(request.META.get("HTTP_HOST", ""))
        case RequestDataTooBig() | TooManyFieldsSent() | TooManyFilesSent():
            return TOO_LARGE
    return BROKEN_OFF


def server_failed(request: HttpRequest) -> HttpResponse:
    """Return the response to a crash: 503 for a lost database, so that clients try again."""
    is_lost = isinstance(sys.exc_info()[1], DATABASE_ERRORS)
    status = HTTPStatus.SERVICE_UNAVAILABLE if is_lost else HTTPStatus.INTERNAL_SERVER_ERROR
    if wants_json(request):
        return JsonResponse({"error": str(FAILED)}, status=status)
    return HttpResponse(render_to_string("500.html"), status=status)


class BasePathMiddleware:
    """Serves the product below BASE_PATH, whether the proxy passes that path on or removes it.

    Cookies are sent for that path only, so that other apps of the host do not get them. A proxy
    that announces another path gets an error page, because the links would be wrong.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        base = settings.BASE_PATH
        announced = request.META.get("SCRIPT_NAME"), request.headers.get("X-Forwarded-Prefix")
        for path in announced:
            if (path or "").rstrip("/") not in {"", base}:
                return _wrong_base_path(request, path)
        if base and f"{request.path_info}/".startswith(f"{base}/"):
            request.path_info = request.META["PATH_INFO"] = request.path_info[len(base) :] or "/"
            request.path = base + request.path_info
        response = self.get_response(request)
        for cookie in response.cookies.values():
            if base and cookie["path"] == "/":
                cookie["path"] = base
        return response


def _wrong_base_path(request: HttpRequest, path: str | None) -> HttpResponse:
    logger.error("The proxy serves Touchstone below %r; set BASE_PATH to it", path)
    if request.path_info.startswith(API_PREFIX):
        return error_response(BELOW_A_PATH.status, str(BELOW_A_PATH.setting))
    return notice_page(request, BELOW_A_PATH)


class PrivateAnswersMiddleware:
    """Forbids browsers and proxies to store responses, unless the view allows it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class DomainErrorMiddleware:
    """Turns errors of a page into responses: DomainError 409, PermissionDeniedError 403.

    An input that only the database rejected gets a sentence too. It is logged, because a form or an
    action should have rejected it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Return the response to an error; None for the API and for errors that are not listed."""
        if request.path_info.startswith(API_PREFIX):
            return None
        if isinstance(error, DataError | IntegrityError):
            logger.error("The database rejected the input of %s", request.path, exc_info=error)
        rejection = _rejection_of(error, is_page=not wants_json(request))
        return None if rejection is None else _rejection_response(request, *rejection)


def _rejection_of(error: Exception, *, is_page: bool) -> tuple[str, HTTPStatus] | None:
    """Return the sentence and the status for an error; None for a crash.

    A page that does not exist has a template of its own; scripts get a sentence.
    """
    match error:
        case PermissionDeniedError():
            return str(error), HTTPStatus.FORBIDDEN
        case DomainError():
            return str(error), HTTPStatus.CONFLICT
        case Http404() if not is_page:
            return str(NOT_FOUND_MESSAGE), HTTPStatus.NOT_FOUND
    return _rejection_of_storage(error)


def _rejection_of_storage(error: Exception) -> tuple[str, HTTPStatus] | None:
    """Return the sentence and the status for an error of the database or the disk."""
    match error:
        case DataError():
            return str(UNSTORABLE), HTTPStatus.UNPROCESSABLE_ENTITY
        case IntegrityError():
            return str(CONFLICT_MESSAGE), HTTPStatus.CONFLICT
        case OSError(errno=errno.ENOSPC) | OperationalError(__cause__=DiskFull()):
            return str(DISK_FULL), HTTPStatus.INSUFFICIENT_STORAGE
    return None


def _rejection_response(request: HttpRequest, sentence: str, status: int) -> HttpResponse:
    """Return the sentence in the form that was requested: JSON, an alert for htmx, or a page."""
    if wants_json(request):
        return JsonResponse({"error": sentence}, status=status)
    if not request.htmx:  # type: ignore[attr-defined]
        return rejection_page(request, sentence, status)
    response = render(request, "_alert.html", {"text": sentence, "tone": "error"}, status=status)
    response["HX-Retarget"] = "#alerts"
    response["HX-Reswap"] = "beforeend"
    return response


def submitted_fields(request: HttpRequest) -> list[dict[str, str]]:
    """Return the fields that the user typed, without tokens and passwords, to show them again.

    A field with several values, such as the messages of a conversation, gives one entry for each.
    """
    return [
        {"label": label, "value": text}
        for name, texts in request.POST.lists()
        if name not in HIDDEN_FIELDS
        and not name.endswith(("_id", "_ids"))
        and "password" not in name
        for label, text in _entries(name, texts)
    ]


def _entries(name: str, texts: list[str]) -> list[tuple[str, str]]:
    label = FIELD_LABELS.get(name) or name.replace("_", " ").capitalize()
    if len(texts) == 1:
        return [(str(label), texts[0])] if texts[0].strip() else []
    return [
        # Translators: the label of a field and its number, such as "Message 2".
        (gettext("%(label)s %(number)s") % {"label": label, "number": number}, text)
        for number, text in enumerate(texts, start=1)
        if text
    ]


class OneTimePasswordMiddleware:
    """Redirects a user with a one-time password to the page where they choose their own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: object, _args: object, _options: object
    ) -> HttpResponse | None:
        """Redirect from every view that is not listed, also from those that are added later."""
        if not getattr(request.user, "must_change_password", False):
            return None
        if request.path_info.startswith(WITHOUT_SESSIONS):
            return None
        match = request.resolver_match
        if match is not None and match.view_name in OPEN_TO_ONE_TIME_PASSWORDS:
            return None
        return redirect("account_change_password")
