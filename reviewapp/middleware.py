"""Around every page: refused actions become answers, one-time passwords are replaced first."""

import logging
from collections.abc import Callable
from http import HTTPStatus

from django.db import DataError, IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.csrf import csrf_failure

from datasets.errors import DomainError, NotAllowed

# What a page carries along and nobody typed: a token, what was edited, which button was pressed.
NOT_TYPED = {
    *("csrfmiddlewaretoken", "extra", "base_number", "version", "known", "assignment", "next"),
    *("act", "choice", "asks_for"),
}
# All that a person may open before they replaced a one-time password, which somebody else may know.
OPEN_TO_ONE_TIME_PASSWORDS = frozenset(
    {"account_change_password", "account_logout", "account_reauthenticate"}
)
# They take no sessions: the API asks for a token, and process checks are open to everyone.
WITHOUT_SESSIONS = ("/api/", "/healthz", "/readyz", "/metrics")


logger = logging.getLogger(__name__)
OPEN_TOO_LONG = (
    "This page was open since before you last signed in, so nothing was stored. Open it anew and "
    "take over what you had entered. If it happens on every page, allow cookies for this site."
)
UNSTORABLE = (
    "Something in what was sent cannot be stored: a number that is too large, a NUL character, or "
    "half of a character. Change it and send it again."
)
GONE = (
    "This is not here, or you are not a member of the project any more. Nothing was stored; ask a "
    "lead of the project if you should be."
)
CLASHING = (
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
        "submitted": _submitted(request),
        "is_reading": request.method in {"GET", "HEAD"},
        "back_url": came_from if is_ours and request.method == "POST" else "",
    }
    return render(request, "conflict.html", context, status=status)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form without its token, most likely of a page from before the last sign-in."""
    if "text/html" in request.headers.get("Accept", ""):
        return refused(request, OPEN_TOO_LONG, HTTPStatus.FORBIDDEN)
    return csrf_failure(request, reason=reason)


class DomainErrorMiddleware:
    """Turn a DomainError of a page into 409 (403 for NotAllowed) with its sentence.

    What a form or an action should have refused, and the database did, is told as plainly; it is
    logged, because the form or the action has a gap.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer for the view that raised; what is no refusal passes on, and what is the API's."""
        if request.path.startswith("/api/"):
            return None
        if isinstance(error, DataError | IntegrityError):
            logger.error("The database refused what %s sent on", request.path, exc_info=error)
        answer = _answer_to(error, is_page=not _wants_json(request))
        return None if answer is None else _told(request, *answer)


def _answer_to(error: Exception, *, is_page: bool) -> tuple[str, HTTPStatus] | None:
    """Return what to say and its status; None for what is no refusal.

    What is missing has a page of its own, and for a script a sentence.
    """
    match error:
        case NotAllowed():
            return str(error), HTTPStatus.FORBIDDEN
        case DomainError():
            return str(error), HTTPStatus.CONFLICT
        case DataError():
            return UNSTORABLE, HTTPStatus.UNPROCESSABLE_ENTITY
        case IntegrityError():
            return CLASHING, HTTPStatus.CONFLICT
        case Http404() if not is_page:
            return GONE, HTTPStatus.NOT_FOUND
    return None


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def _told(request: HttpRequest, sentence: str, status: int) -> HttpResponse:
    """Say it in the way that was asked for: to a script, in a part of a page, as a page."""
    if _wants_json(request):
        return JsonResponse({"error": sentence}, status=status)
    if not request.htmx:  # type: ignore[attr-defined]
        return refused(request, sentence, status)
    response = render(request, "_alert.html", {"text": sentence, "tone": "error"}, status=status)
    response["HX-Retarget"] = "#alerts"
    response["HX-Reswap"] = "beforeend"
    return response


def _submitted(request: HttpRequest) -> list[dict[str, str]]:
    """What the person had typed, so that a refusal loses nothing; no token, no password.

    A field that stands several times, such as the messages of a conversation, is kept whole.
    """
    return [
        {"label": label, "value": text}
        for name, texts in request.POST.lists()
        if name not in NOT_TYPED and not name.endswith(("_id", "_ids")) and "password" not in name
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
