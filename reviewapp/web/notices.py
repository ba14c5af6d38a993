"""Pages that name one cause: what happened, what a person can do, which setting an admin checks."""

from dataclasses import dataclass
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

MAX_SHOWN_LENGTH = 200


@dataclass(frozen=True)
class Notice:
    """A page for one cause.

    `text` says what happened and what to do; `setting` names the variable that an administrator
    checks, and is empty where none is involved.
    """

    title: str
    text: str
    setting: str = ""
    status: int = HTTPStatus.FORBIDDEN
    # Whether another page at this address would help.
    leads_on: bool = True


SIGNED_OUT = Notice(
    "You are signed out",
    "Your session has ended, so nothing was stored. Sign in in a new tab and enter it there.",
)
FROM_BEFORE_SIGN_IN = Notice(
    "This page is from before your last sign-in",
    "So nothing was stored. Open the page again and take over what you had entered.",
)
NO_COOKIE = Notice(
    "Your browser sent no cookie",
    "So nothing was stored. Allow cookies for this site, reload the page, and send it again.",
    "If cookies are allowed: with HTTPS=true browsers keep them only at addresses that begin "
    "with https://.",
)
TOO_LARGE = Notice(
    "This is too large",
    "Nothing was stored. Go one page back, make it smaller, and send it again.",
    "A page may send 10 MB or 4,000 fields, a file IMPORT_MAX_MEGABYTES. A proxy before the app "
    "may have a limit of its own, such as client_max_body_size of nginx.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
)
BROKEN_OFF = Notice(
    "This could not be read",
    "It broke off on its way or has a wrong form. Nothing was stored. Go back and send it again.",
    status=HTTPStatus.BAD_REQUEST,
)
BELOW_A_PATH = Notice(
    "This address cannot work",
    "Touchstone is set up below a path of this address. Tell your administrator.",
    "Give it a host name of its own, such as touchstone.example.com. Have the proxy pass paths on "
    "unchanged, without X-Forwarded-Prefix or SCRIPT_NAME.",
    HTTPStatus.BAD_REQUEST,
    leads_on=False,
)


def unknown_host(host: str) -> Notice:
    """The request names a host that is not in ALLOWED_HOSTS."""
    return Notice(
        "This address is not set up",
        f"Touchstone is not set up for “{host[:MAX_SHOWN_LENGTH]}”. Open it at its usual address.",
        "If people should use this address, add its host name to ALLOWED_HOSTS and start again. A "
        "proxy has to pass on the Host header.",
        HTTPStatus.BAD_REQUEST,
        leads_on=False,
    )


def unknown_origin(origin: str) -> Notice:
    """A form came from an origin that is neither this host nor trusted."""
    return Notice(
        "This form came from another address",
        f"It was sent from “{origin[:MAX_SHOWN_LENGTH]}”, so nothing was stored. "
        "Open the page at its "
        "usual address.",
        "If that is this installation's address, add it to CSRF_TRUSTED_ORIGINS with its https://. "
        "Behind a proxy that ends TLS also set HTTPS=true and pass on Host and X-Forwarded-Proto.",
    )


def sign_in_cancelled(provider: str) -> Notice:
    """The person pressed Cancel at the identity provider."""
    return Notice(
        "You are not signed in",
        f"The sign-in at {provider} was cancelled. Start it again when you are ready.",
    )


def sign_in_failed(provider: str) -> Notice:
    """The identity provider could not be reached, or its answer was not accepted."""
    return Notice(
        "You are not signed in",
        f"{provider} did not complete the sign-in. Start it again, or sign in with a password.",
        "Check OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET, and the redirect address at the "
        "provider. The server's log names the error.",
        HTTPStatus.BAD_GATEWAY,
    )


def address_not_verified(provider: str) -> Notice:
    """The identity provider does not vouch for the address."""
    return Notice(
        "Your email address is not verified",
        f"{provider} does not confirm that the email address is yours. Verify it there first.",
        "The provider has to send the claims “email” and “email_verified”: true.",
    )


def no_such_account(provider: str, email: str) -> Notice:
    """The address is verified, and no account has it."""
    return Notice(
        "There is no account for you yet",
        f"{provider} signed you in as {email}, which is not a member here. Ask a lead to add it.",
    )


def notice_page(
    request: HttpRequest, notice: Notice, *, submitted: list[dict[str, str]] | None = None
) -> HttpResponse:
    """Return the page of a notice, with what the person had typed."""
    user = getattr(request, "user", None)
    is_known = user is not None and user.is_authenticated
    context = {
        "notice": notice,
        "submitted": submitted or [],
        "back_url": reverse("home" if is_known else "account_login"),
        "back_label": "Go to the start page" if is_known else "Go to the sign-in page",
        # Not to leave the page that shows what was typed.
        "in_new_tab": bool(submitted),
    }
    return render(request, "notice.html", context, status=notice.status)
