"""Adapters of django-allauth. There is no registration: a lead or `adduser` adds members."""

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import ChangePasswordForm, LoginForm, ReauthenticateForm
from allauth.core import context as allauth_context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal.ratelimit import get_ip
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base import AuthError, AuthProcess
from django.conf import settings
from django.contrib import messages
from django.contrib.sites.shortcuts import get_current_site
from django.core.exceptions import ImproperlyConfigured, PermissionDenied, ValidationError
from django.core.mail import EmailMessage
from django.forms import Field
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from reviewapp.people.actions import invitations
from reviewapp.people.actions import members as people
from reviewapp.people.models import User
from reviewapp.people.names import normalized_email
from reviewapp.web import devices
from reviewapp.web.notices import (
    address_not_verified,
    no_such_account,
    notice_page,
    sign_in_cancelled,
    sign_in_failed,
)

logger = logging.getLogger(__name__)
_LOGIN = "login"  # The field of the address in the form of the sign-in.
INVITATION = "invitation"
"""In the session: the secret of the invitation whose link was opened in this browser."""
FIRST_SINGLE_SIGN_ON = gettext_lazy(
    "You signed in with %(provider)s for the first time. "
    "Your earlier password and API tokens no longer work."
)


class AccountAdapter(DefaultAccountAdapter):
    """Email and password; no open registration."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return False: a lead or `manage.py adduser` creates accounts."""
        return False

    def set_password(self, user: User, password: str) -> None:
        """Store a password that the user chose; their tokens and other sessions end."""
        changed = people.set_password(user=user, password=password, actor=user)
        user.password, user.must_change_password = changed.password, False

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Return the address of the start page."""
        return reverse("home")

    def post_login(self, request: HttpRequest, user: User, **options: Any) -> HttpResponse:
        """Remember the browser for the limits of the next sign-in."""
        response: HttpResponse = super().post_login(request, user, **options)
        devices.remember(request, response, user.email)
        return response

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return what rate limits count by.

        It is the browser for an account that signed in there before, otherwise the client's address
        behind TRUSTED_PROXIES proxies.
        """
        if device := devices.known_device(request, request.POST.get(_LOGIN, "")):
            return f"device-{device}"
        try:
            return str(super().get_client_ip(request))
        except ImproperlyConfigured:
            logger.warning("X-Forwarded-For names fewer proxies than TRUSTED_PROXIES says")
        except PermissionDenied:
            pass  # A Unix socket without a proxy that is trusted has no address.
        return request.META.get("REMOTE_ADDR", "") or "unknown"

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Return the key by which failed sign-ins are counted: address or browser, and account.

        With the account alone, anyone could lock a user out; with the address alone, a colleague
        behind the same proxy could. Who signed in before in this browser is counted apart.
        """
        return f"{get_ip(request)}:{normalized_email(credentials.get('email', ''))}"

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail in the background.

        So neither the response nor its duration shows whether the address has an account, or
        whether the mail server works.
        """
        request = allauth_context.request
        site = get_current_site(request)
        context = {"request": request, "email": email, "current_site": site, **context}
        _MAIL.submit(_send, self.render_mail(template_prefix, email, context))


def _send(message: EmailMessage) -> None:
    try:
        message.send()
    except OSError:  # smtplib's errors are of this kind too
        logger.exception("A mail could not be sent; check EMAIL_HOST and its companions")


# One thread; pending mails are sent before the process stops.
_MAIL = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mail")


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Single sign-on to the account of a verified address.

    It creates an account only for an invited address, in the browser that opened the invitation.
    """

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Return False: a lead has to add the person first."""
        return False

    def authenticate_by_email(self, sociallogin: Any) -> tuple[User, str] | None:
        """Return the user with one of the addresses that the provider verified."""
        for email in _verified(sociallogin):
            if user := User.objects.find_by_email(email):
                return user, user.email
        if secret := self.request.session.get(INVITATION):
            verified = _verified(sociallogin)
            if user := invitations.create_invited_user(secret=secret, emails=verified):
                return user, user.email
        return None

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Reject a user without an account; disable a password that another person may know.

        Raises:
            ImmediateHttpResponse: there is no account; it shows the cause.
        """
        if sociallogin.state.get("process") == AuthProcess.CONNECT:
            return
        name = sociallogin.provider.name
        if not sociallogin.is_existing:
            verified = _verified(sociallogin)
            notice = no_such_account(name, verified[0]) if verified else address_not_verified(name)
            raise ImmediateHttpResponse(notice_page(request, notice))
        user = sociallogin.user
        if not user.is_active:
            return
        _accept_invitation(request, user)
        had_own = user.has_usable_password() and not user.must_change_password
        changed = people.accept_single_sign_on(user=user, is_first=sociallogin.account.pk is None)
        if changed is not None:
            user.password, user.must_change_password = changed.password, False
            if had_own:
                messages.info(request, FIRST_SINGLE_SIGN_ON % {"provider": name})

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: Any = None,
    ) -> None:
        """Show the cause on a page; the details are in the log.

        Raises:
            ImmediateHttpResponse: always, with the page.
        """
        if error == AuthError.CANCELLED or request.GET.get("error") == "access_denied":
            raise ImmediateHttpResponse(notice_page(request, sign_in_cancelled(provider.name)))
        logger.error("Single sign-on failed (%s)", error, exc_info=exception)
        raise ImmediateHttpResponse(notice_page(request, sign_in_failed(provider.name)))


def _accept_invitation(request: HttpRequest, user: User) -> None:
    """Accept the invitation whose link was opened before the sign-in, if it is for this user."""
    secret = request.session.pop(INVITATION, "")
    found = invitations.find_invitation(secret) if secret else None
    if found is not None and found.email == user.email:
        invitations.accept(secret=secret, user=user)


def _verified(sociallogin: Any) -> list[str]:
    """Return the addresses that the provider verified; some providers send "true" as a text."""
    return [
        address.email
        for address in sociallogin.email_addresses
        if address.verified in {True, "true"}
    ]


class SignInForm(LoginForm):
    """Email and password, with help for a forgotten password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Name the way to a new password that works in this installation."""
        super().__init__(*args, **kwargs)
        _add_forgotten_password_help(self.fields["password"])


class ConfirmForm(ReauthenticateForm):
    """Asks for the password again before a critical action."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Name the way to a new password that works in this installation."""
        super().__init__(*args, **kwargs)
        _add_forgotten_password_help(self.fields["password"])


class OwnPasswordForm(ChangePasswordForm):
    """Replaces the user's password, or a one-time password by their own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Explain the form to a user with a one-time password."""
        super().__init__(*args, **kwargs)
        old = self.fields["oldpassword"]
        _add_forgotten_password_help(old)
        if self.user.must_change_password:
            old.label = gettext("One-time password")
            old.help_text = gettext(
                "The one that you were given. Choose your own below, which nobody else knows."
            )

    def clean_password1(self) -> str:
        """Reject the old password, because another person may know a one-time password."""
        chosen: str = self.cleaned_data["password1"]
        if self.user.check_password(chosen):
            raise ValidationError(gettext("This is your present password. Choose another one."))
        return chosen


def _add_forgotten_password_help(password: Field) -> None:
    if not settings.EMAIL_HOST:
        password.help_text = gettext("Forgot it? Ask your administrator for a new one.")
