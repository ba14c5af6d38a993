"""Around every page: refused actions become answers, one-time passwords are replaced first."""

import errno
import logging
import sys
from collections.abc import Callable
from http import HTTPStatus

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
from django.views.csrf import csrf_failure
from psycopg.errors import DiskFull

from reviewapp.core.errors import DomainError, PermissionDeniedError
from reviewapp.people.http import wants_json
from reviewapp.web.api.problems import DATABASE_ERRORS, problem
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
# What Django says when the address of the form is the cause; what follows differs.
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

# What a page carries along and nobody typed: a token, what was edited, which button was pressed.
HIDDEN_FIELDS = {
    *("csrfmiddlewaretoken", "extra", "base_number", "version", "known", "lease", "next"),
    *("act", "choice", "asks_for"),
}
# All that a person may open before they replaced a one-time password, which somebody else may know.
OPEN_TO_ONE_TIME_PASSWORDS = frozenset(
    {"account_change_password", "account_logout", "account_reauthenticate"}
)
# They take no sessions: the API asks for a token, and process checks are open to everyone.
WITHOUT_SESSIONS = (API_PREFIX, "/healthz", "/readyz", "/metrics")


logger = logging.getLogger(__name__)
UNSTORABLE = (
    "Something in what was sent cannot be stored: a number that is too large, a NUL character, or "
    "half of a character. Change it and send it again."
)
DISK_FULL = (
    "The disk of the server is full, so nothing was stored. Tell your administrator to free space, "
    "then send it again."
)
FAILED = (
    "The server failed before this was confirmed. What you entered is still here: try again in a "
    "moment."
)
NOT_FOUND_MESSAGE = (
    "This is not here, or you are not a member of the project any more. Nothing was stored; ask a "
    "lead of the project if you should be."
)
CONFLICT_MESSAGE = (
    "It clashes with what is there, most likely with what somebody else did at the same time. "
    "Go back, reload the page, and try again."
)


def refused(request: HttpRequest, sentence: str, status: int) -> HttpResponse:
    """Answer with a page that says why, and holds what the person had typed."""
    came_from = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(
        came_from, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    context = {
        "message": sentence,
        "submitted": submitted_fields(request),
        "is_reading": request.method in {"GET", "HEAD"},
        "back_url": came_from if is_ours and request.method == "POST" else "",
    }
    return render(request, "conflict.html", context, status=status)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form that Django's check refused, with the page of its cause."""
    if "text/html" not in request.headers.get("Accept", ""):
        return csrf_failure(request, reason=reason)
    return notice_page(request, _csrf_cause(request, reason), submitted=submitted_fields(request))


def _csrf_cause(request: HttpRequest, reason: str) -> Notice:
    if reason.startswith(BAD_ORIGINS):
        origin = request.headers.get("Origin") or request.headers.get("Referer") or "null"
        return unknown_origin(origin)
    return NO_COOKIE if reason == REASON_NO_CSRF_COOKIE else FROM_BEFORE_SIGN_IN


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what could not be read, with the page of its cause; below /api/ with a problem."""
    notice = _bad_cause(request, exception)
    if request.path_info.startswith(API_PREFIX):
        return problem(notice.status, f"{notice.title}. {notice.setting or notice.text}")
    return notice_page(request, notice)


def _bad_cause(request: HttpRequest, exception: Exception) -> Notice:
    match exception:
        case DisallowedHost():
            return unknown_host(request.META.get("HTTP_HOST", ""))
        case RequestDataTooBig() | TooManyFieldsSent() | TooManyFilesSent():
            return TOO_LARGE
    return BROKEN_OFF


def server_failed(request: HttpRequest) -> HttpResponse:
    """Answer a crash: 503 where the database went away, so that whoever asked tries again."""
    is_lost = isinstance(sys.exc_info()[1], DATABASE_ERRORS)
    status = HTTPStatus.SERVICE_UNAVAILABLE if is_lost else HTTPStatus.INTERNAL_SERVER_ERROR
    if wants_json(request):
        return JsonResponse({"error": FAILED}, status=status)
    return HttpResponse(render_to_string("500.html"), status=status)


class BasePathMiddleware:
    """Refuse to work below a path, where links and files would lead elsewhere."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        prefix = request.META.get("SCRIPT_NAME") or request.headers.get("X-Forwarded-Prefix", "")
        if not prefix.strip("/"):
            return self.get_response(request)
        logger.error("Touchstone is served below %r; it needs a host name of its own", prefix)
        if request.path_info.startswith(API_PREFIX):
            return problem(BELOW_A_PATH.status, BELOW_A_PATH.setting)
        return notice_page(request, BELOW_A_PATH)


class PrivateAnswersMiddleware:
    """Have browsers and proxies keep no answer, unless its view says otherwise."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        answer.headers.setdefault("Cache-Control", "private, no-store")
        return answer


class DomainErrorMiddleware:
    """Turn a DomainError of a page into 409 (403 for PermissionDeniedError) with its sentence.

    What a form or an action should have refused, and the database did, is told as plainly; it is
    logged, because the form or the action has a gap.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer for the view that raised; what is no refusal passes on, and what is the API's."""
        if request.path_info.startswith(API_PREFIX):
            return None
        if isinstance(error, DataError | IntegrityError):
            logger.error("The database refused what %s sent on", request.path, exc_info=error)
        answer = _answer_to(error, is_page=not wants_json(request))
        return None if answer is None else _error_response(request, *answer)


def _answer_to(error: Exception, *, is_page: bool) -> tuple[str, HTTPStatus] | None:
    """Return what to say and its status; None for what is no refusal.

    What is missing has a page of its own, and for a script a sentence.
    """
    match error:
        case PermissionDeniedError():
            return str(error), HTTPStatus.FORBIDDEN
        case DomainError():
            return str(error), HTTPStatus.CONFLICT
        case Http404() if not is_page:
            return NOT_FOUND_MESSAGE, HTTPStatus.NOT_FOUND
    return _answer_to_failure(error)


def _answer_to_failure(error: Exception) -> tuple[str, HTTPStatus] | None:
    """Return what to say where the database or the disk refused."""
    match error:
        case DataError():
            return UNSTORABLE, HTTPStatus.UNPROCESSABLE_ENTITY
        case IntegrityError():
            return CONFLICT_MESSAGE, HTTPStatus.CONFLICT
        case OSError(errno=errno.ENOSPC) | OperationalError(__cause__=DiskFull()):
            return DISK_FULL, HTTPStatus.INSUFFICIENT_STORAGE
    return None


def _error_response(request: HttpRequest, sentence: str, status: int) -> HttpResponse:
    """Say it in the way that was asked for: to a script, in a part of a page, as a page."""
    if wants_json(request):
        return JsonResponse({"error": sentence}, status=status)
    if not request.htmx:  # type: ignore[attr-defined]
        return refused(request, sentence, status)
    response = render(request, "_alert.html", {"text": sentence, "tone": "error"}, status=status)
    response["HX-Retarget"] = "#alerts"
    response["HX-Reswap"] = "beforeend"
    return response


def submitted_fields(request: HttpRequest) -> list[dict[str, str]]:
    """Return what the person had typed, so that a refusal loses nothing; no token, no password.

    A field that stands several times, such as the messages of a conversation, is kept whole.
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
    label = name.replace("_", " ").capitalize()
    if len(texts) == 1:
        return [(label, texts[0])] if texts[0].strip() else []
    return [(f"{label} {number}", text) for number, text in enumerate(texts, start=1) if text]


class OneTimePasswordMiddleware:
    """Redirect a person with a one-time password to the page where they choose their own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: object, _args: object, _options: object
    ) -> HttpResponse | None:
        """Deny every view that is not in the list, also one that is added later."""
        if not getattr(request.user, "must_change_password", False):
            return None
        if request.path_info.startswith(WITHOUT_SESSIONS):
            return None
        found = request.resolver_match
        if found is not None and found.view_name in OPEN_TO_ONE_TIME_PASSWORDS:
            return None
        return redirect("account_change_password")
