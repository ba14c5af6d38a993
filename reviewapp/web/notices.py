"""Pages for one cause: what happened, what the user can do, which setting an admin checks."""

from dataclasses import dataclass
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

MAX_SHOWN_LENGTH = 200


@dataclass(frozen=True)
class Notice:
    """A page for one cause.

    Attributes:
        title: the heading.
        text: what happened and what to do.
        setting: for the administrator: which variable to check; empty where none is involved.
        status: of the response.
        leads_on: whether another page at this address would help.
    """

    title: str | Promise
    text: str | Promise
    setting: str | Promise = ""
    status: int = HTTPStatus.FORBIDDEN
    leads_on: bool = True


SIGNED_OUT = Notice(
    _("You are signed out"),
    _("Your session has ended, so nothing was stored. Sign in in a new tab and enter it there."),
)
FROM_BEFORE_SIGN_IN = Notice(
    _("This page is from before your last sign-in"),
    _("Nothing was stored. Open the page again and copy your input from below."),
)
NO_COOKIE = Notice(
    _("Your browser sent no cookie"),
    _("Nothing was stored. Allow cookies for this site, reload the page, and send it again."),
    _(
        "If cookies are allowed: with HTTPS=true browsers store them only for addresses that begin "
        "with https://."
    ),
)
TOO_LARGE = Notice(
    _("This is too large"),
    _("Nothing was stored. Go back, make it smaller, and send it again."),
    _(
        "A page may send 10 MB or 4,000 fields, a file IMPORT_MAX_MEGABYTES. A proxy may have a "
        "limit of its own, such as client_max_body_size of nginx."
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
)
BROKEN_OFF = Notice(
    _("This could not be read"),
    _("The request is incomplete or malformed. Nothing was stored. Go back and send it again."),
    status=HTTPStatus.BAD_REQUEST,
)
INVITATION_INVALID = Notice(
    _("This invitation is not valid"),
    _("It was used, revoked or has expired. Ask the lead who sent it for a new link."),
    status=HTTPStatus.NOT_FOUND,
)
BELOW_A_PATH = Notice(
    _("This address cannot work"),
    _("Touchstone is set up below a path of this address. Tell your administrator."),
    _(
        "Set BASE_PATH to the path that the proxy announces, such as /touchstone, and restart. "
        "Without a path, the proxy may send neither X-Forwarded-Prefix nor SCRIPT_NAME."
    ),
    HTTPStatus.BAD_REQUEST,
    leads_on=False,
)


def unknown_host(host: str) -> Notice:
    """Return the page for a host that is not in ALLOWED_HOSTS."""
    return Notice(
        gettext("This address is not set up"),
        gettext("Touchstone is not set up for “%(host)s”. Open it at its usual address.")
        % {"host": host[:MAX_SHOWN_LENGTH]},
        gettext(
            "To allow this address, add its host name to ALLOWED_HOSTS and restart. A proxy has to "
            "pass the Host header."
        ),
        HTTPStatus.BAD_REQUEST,
        leads_on=False,
    )


def unknown_origin(origin: str) -> Notice:
    """Return the page for a form from an origin that is neither this host nor trusted."""
    return Notice(
        gettext("This form came from another address"),
        gettext(
            "It was sent from “%(origin)s”, so nothing was stored. Open the page at its usual "
            "address."
        )
        % {"origin": origin[:MAX_SHOWN_LENGTH]},
        gettext(
            "If that is this installation's address, add it to CSRF_TRUSTED_ORIGINS with its "
            "https://. Behind a proxy that ends TLS also set HTTPS=true and pass Host and "
            "X-Forwarded-Proto."
        ),
    )


def sign_in_cancelled(provider: str) -> Notice:
    """Return the page for a sign-in that the user cancelled at the identity provider."""
    return Notice(
        gettext("You are not signed in"),
        gettext("The sign-in at %(provider)s was cancelled. Start it again when you are ready.")
        % {"provider": provider},
    )


def sign_in_failed(provider: str) -> Notice:
    """Return the page for an identity provider that failed or could not be reached."""
    return Notice(
        gettext("You are not signed in"),
        gettext(
            "%(provider)s did not complete the sign-in. Start it again, or sign in with a password."
        )
        % {"provider": provider},
        gettext(
            "Check OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET, and the redirect address at "
            "the provider. The server's log names the error."
        ),
        HTTPStatus.BAD_GATEWAY,
    )


def address_not_verified(provider: str) -> Notice:
    """Return the page for an email address that the identity provider has not verified."""
    return Notice(
        gettext("Your email address is not verified"),
        gettext(
            "%(provider)s does not confirm that the email address is yours. Verify it there first."
        )
        % {"provider": provider},
        gettext("The provider has to send the claims “email” and “email_verified”: true."),
    )


def no_such_account(provider: str, email: str) -> Notice:
    """Return the page for a verified address without an account."""
    return Notice(
        gettext("There is no account for you yet"),
        gettext(
            "%(provider)s signed you in as %(email)s, which is not a member here. Ask a lead to "
            "add it."
        )
        % {"provider": provider, "email": email},
    )


def notice_page(
    request: HttpRequest, notice: Notice, *, submitted: list[dict[str, str]] | None = None
) -> HttpResponse:
    """Return the page of a notice, with the submitted fields."""
    user = getattr(request, "user", None)
    is_known = user is not None and user.is_authenticated
    context = {
        "notice": notice,
        "submitted": submitted or [],
        "back_url": reverse("home" if is_known else "account_login"),
        "back_label": _back_label(is_known=is_known, in_new_tab=bool(submitted)),
        # So that the page with the submitted fields stays open.
        "in_new_tab": bool(submitted),
    }
    return render(request, "notice.html", context, status=notice.status)


def _back_label(*, is_known: bool, in_new_tab: bool) -> str:
    if is_known:
        return (
            gettext("Go to the start page, in a new tab")
            if in_new_tab
            else gettext("Go to the start page")
        )
    if in_new_tab:
        return gettext("Go to the sign-in page, in a new tab")
    return gettext("Go to the sign-in page")
