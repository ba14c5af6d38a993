"""A refused action is an answer, not a crash: DomainError becomes a page or an htmx alert."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from datasets.errors import DomainError, NotAllowed


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
                request, "_alert.html", {"message": str(error), "level": "error"}, status=status
            )
            response["HX-Retarget"] = "#alerts"
            response["HX-Reswap"] = "beforeend"
            return response
        return render(request, "conflict.html", {"message": str(error)}, status=status)
