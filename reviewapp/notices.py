"""Pages that name one cause: what happened, what a person can do, which setting an admin checks."""

from dataclasses import dataclass
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse


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
    is_known = getattr(request, "user", None) is not None and request.user.is_authenticated
    context = {
        "notice": notice,
        "submitted": submitted or [],
        "back_url": reverse("home" if is_known else "account_login"),
        "back_label": "Go to the start page" if is_known else "Go to the sign-in page",
    }
    return render(request, "notice.html", context, status=notice.status)
