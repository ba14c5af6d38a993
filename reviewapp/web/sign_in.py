"""The demo's one-click sign-in, and allauth's views that show the button of single sign-on."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.views import login as sign_in
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.openid_connect import views as openid_connect
from allauth.socialaccount.views import connections
from csp.decorators import csp_update
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST
from requests import RequestException

from reviewapp.people.models import User
from reviewapp.web.notices import notice_page, sign_in_failed

logger = logging.getLogger(__name__)


@login_not_required
@require_POST
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in as a user of the demo; 404 where the demo is not served."""
    if not settings.DEMO:
        raise Http404
    user = get_object_or_404(User, email=request.POST.get("email", ""), is_demo=True)
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return redirect("home")


def with_provider_button(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Allow the forms of this page only to redirect to the identity provider."""

    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.OIDC_ORIGINS:
            return view(request, *args, **kwargs)
        allowed = csp_update({"form-action": settings.OIDC_ORIGINS})(view)
        return allowed(request, *args, **kwargs)  # type: ignore[return-value]

    return shown


def _with_reachable_provider(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Show the cause on a page when the identity provider cannot be reached."""

    @wraps(view)
    def shown(request: HttpRequest, provider_id: str) -> HttpResponse:
        try:
            return view(request, provider_id)
        except (RequestException, KeyError):
            # allauth reads the provider's metadata here, which may be unreachable or incomplete.
            logger.exception("The metadata of the identity provider cannot be read")
            name = get_adapter(request).get_provider(request, provider_id).name
            return notice_page(request, sign_in_failed(name))

    return shown


single_sign_on = _with_reachable_provider(openid_connect.login)
single_sign_on_answer = _with_reachable_provider(openid_connect.callback)
sign_in_page = with_provider_button(sign_in)
connections_page = with_provider_button(connections)
