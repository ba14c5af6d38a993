"""Browsers in which a user signed in before. Their sign-ins are limited by the browser.

People behind one office address share its limits, so one who tries passwords could lock the others
out. A browser that is known for an account has limits of its own for that account: a signed cookie,
set at each sign-in, names the browser and the account.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, salted_hmac

from reviewapp.people.names import normalized_email

MAX_AGE: Final = timedelta(days=180)
_SALT: Final = "reviewapp.web.devices"
_NAME_BYTES: Final = 16


def remember(request: HttpRequest, response: HttpResponse, email: str) -> None:
    """Set the cookie of a browser in which the account of this address has just signed in."""
    name = known_device(request, email) or secrets.token_urlsafe(_NAME_BYTES)
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        signing.dumps([name, _account(email)], salt=_SALT),
        max_age=MAX_AGE,
        path=settings.SESSION_COOKIE_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def known_device(request: HttpRequest, email: str) -> str:
    """Return the name of the browser if the account of this address signed in there, or nothing.

    With another account the cookie counts for nothing: one account would open as many new limits
    as it signs in.
    """
    try:
        name, account = signing.loads(
            request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""), salt=_SALT, max_age=MAX_AGE
        )
    except (signing.BadSignature, TypeError, ValueError):
        return ""
    return str(name) if constant_time_compare(account, _account(email)) else ""


def _account(email: str) -> str:
    """Return what stands for an address in the cookie, which does not contain it."""
    return salted_hmac(_SALT, normalized_email(email)).hexdigest()
