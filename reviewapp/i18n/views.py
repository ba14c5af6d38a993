"""The page where a user chooses the language, and the catalog for scripts."""

import hashlib
from functools import cache

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe
from django.views.i18n import JavaScriptCatalog

from reviewapp.i18n.actions import choose_language
from reviewapp.people.http import signed_in_user

A_YEAR = 31_536_000


class LanguageForm(forms.Form):
    """The argument of `choose_language`."""

    language = forms.ChoiceField(
        label=gettext_lazy("Language of the interface"),
        required=False,
        widget=forms.RadioSelect,
        choices=lambda: [("", gettext("The browser's language")), *settings.LANGUAGES],
    )
    # The empty choice means the browser's language, so the label must not call the field optional.
    language.is_needed = True  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
def language_page(request: HttpRequest) -> HttpResponse:
    """Show the form for the user's language, and store it."""
    user = signed_in_user(request)
    form = LanguageForm(request.POST or None, initial={"language": user.language})
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data["language"]
        choose_language(user=user, language=chosen)
        with translation.override(chosen or translation.get_language_from_request(request)):
            messages.success(request, gettext("Saved."))
        return redirect("language")
    return render(
        request,
        "reviewapp/i18n/language.html",
        {"form": form},
        status=422 if request.method == "POST" else 200,
    )


@require_safe
@login_not_required
def catalog_script(request: HttpRequest, language: str, digest: str) -> HttpResponse:
    """Return the texts of scripts in one language; clients cache them for a year by digest."""
    if language not in dict(settings.LANGUAGES):
        raise Http404
    content = _catalog(language)
    response = HttpResponse(content, content_type="text/javascript; charset=utf-8")
    is_current = digest == _digest(language)
    # After a release, a page of the previous release still requests the old digest.
    response.headers["Cache-Control"] = (
        f"public, max-age={A_YEAR}, immutable" if is_current else "no-store"
    )
    return response


def catalog_version(language: str) -> tuple[str, str]:
    """Return language and digest: the arguments of the address of `catalog_script`."""
    return language, _digest(language)


@cache
def _catalog(language: str) -> bytes:
    with translation.override(language):
        view = JavaScriptCatalog.as_view(packages=["reviewapp"])
        return bytes(view(_get_request()).content)  # type: ignore[attr-defined]


@cache
def _digest(language: str) -> str:
    return hashlib.sha256(_catalog(language)).hexdigest()[:16]


def _get_request() -> HttpRequest:
    request = HttpRequest()
    request.method = "GET"
    return request
