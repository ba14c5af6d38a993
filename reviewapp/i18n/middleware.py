"""The language of a request: the user's setting, then the browser's, then English."""

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers

# Programs read these addresses and compare texts.
ALWAYS_ENGLISH: Final = ("/api/", "/healthz", "/readyz", "/metrics")


class LanguageMiddleware:
    """Activate the language of each request, and deactivate it after the response."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(ALWAYS_ENGLISH):
            with translation.override(settings.LANGUAGE_CODE):
                return self.get_response(request)
        language = language_of(request)
        with translation.override(language):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ["Accept-Language"])
        return response


def language_of(request: HttpRequest) -> str:
    """Return the language of the user's setting, or of the browser if there is none."""
    chosen: str = getattr(request.user, "language", "")
    return chosen if chosen in dict(settings.LANGUAGES) else browser_language(request)


def browser_language(request: HttpRequest) -> str:
    """Return the best language of the interface for Accept-Language; English if none matches."""
    return translation.get_language_from_request(request)
