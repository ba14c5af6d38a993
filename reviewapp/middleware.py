"""Around every page: refused actions become answers, one-time passwords are replaced first."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from datasets.errors import DomainError, NotAllowed

# Shorter values are choices of a menu or ids, which a reload brings back.
WORTH_KEEPING = 12
# The API asks for a token, which a person makes after they chose a password.
OPEN_TO_ONE_TIME_PASSWORDS = ("/accounts/", "/api/", "/healthz", "/readyz", "/metrics")


class DomainErrorMiddleware:
    """Turn a DomainError of a page into 409 (403 for NotAllowed) with its sentence."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer for the view that raised; anything but a DomainError passes on."""
        if not isinstance(error, DomainError):
            return None
        status = 403 if isinstance(error, NotAllowed) else 409
        if request.htmx:  # type: ignore[attr-defined]
            response = render(
                request, "_alert.html", {"text": str(error), "tone": "error"}, status=status
            )
            response["HX-Retarget"] = "#alerts"
            response["HX-Reswap"] = "beforeend"
            return response
        context = {"message": str(error), "submitted": _submitted(request)}
        return render(request, "conflict.html", context, status=status)


def _submitted(request: HttpRequest) -> list[dict[str, str]]:
    """What the person had typed, so that a refusal loses nothing; no token, no password."""
    return [
        {"label": name.replace("_", " ").capitalize(), "value": value}
        for name, value in request.POST.items()
        if isinstance(value, str)
        and len(value) > WORTH_KEEPING
        and name != "csrfmiddlewaretoken"
        and "password" not in name
    ]


class OneTimePasswordMiddleware:
    """Send a person with a one-time password to the page where they choose their own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(OPEN_TO_ONE_TIME_PASSWORDS):
            return self.get_response(request)
        if getattr(request.user, "must_change_password", False):
            return redirect("account_change_password")
        return self.get_response(request)
