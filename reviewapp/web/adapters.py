"""Sign-in by django-allauth: nobody signs up alone, a lead or `adduser` makes them a member."""

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
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from reviewapp.people.actions import members as people
from reviewapp.people.models import User
from reviewapp.people.names import normalized_email
from reviewapp.web.notices import (
    address_not_verified,
    no_such_account,
    notice_page,
    sign_in_cancelled,
    sign_in_failed,
)

logger = logging.getLogger(__name__)
FIRST_SINGLE_SIGN_ON = gettext_lazy(
    "You signed in with %(provider)s for the first time. "
    "Your earlier password and API tokens no longer work."
)


class AccountAdapter(DefaultAccountAdapter):
    """Email and password; no open registration."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """People are added by a lead or by `manage.py adduser`."""
        return False

    def set_password(self, user: User, password: str) -> None:
        """Store a password that the person chose; older tokens and sessions end."""
        changed = people.set_password(user=user, password=password, actor=user)
        user.password, user.must_change_password = changed.password, False

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Go on to the start page: the form is done."""
        return reverse("home")

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address that limits count by, seen through TRUSTED_PROXIES proxies."""
        try:
            return str(super().get_client_ip(request))
        except ImproperlyConfigured:
            logger.warning("X-Forwarded-For names fewer proxies than TRUSTED_PROXIES says")
        except PermissionDenied:
            pass  # A Unix socket without a proxy that is trusted has no address.
        return request.META.get("REMOTE_ADDR", "") or "unknown"

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count failed sign-ins by address and account.

        By account alone anybody could lock a person out; by address alone colleagues could.
        """
        return f"{get_ip(request)}:{normalized_email(credentials.get('email', ''))}"

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail after the answer.

        So the answer takes equally long, and is the same, whether the address has an account and
        whether the mail server answers.
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


# One at a time; what waits when the process stops is sent first.
_MAIL = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mail")


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Single sign-on opens the account of a verified address, and creates none."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Refuse: a person with a company account still has to be added by a lead."""
        return False

    def authenticate_by_email(self, sociallogin: Any) -> tuple[User, str] | None:
        """Return the person with one of the addresses that the provider verified."""
        for email in _verified(sociallogin):
            if user := User.objects.find_by_email(email):
                return user, user.email
        return None

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Refuse who has no account here; end passwords that another person may know."""
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
        """Answer with a page that names the cause; the log has the details."""
        if error == AuthError.CANCELLED or request.GET.get("error") == "access_denied":
            raise ImmediateHttpResponse(notice_page(request, sign_in_cancelled(provider.name)))
        logger.error("Single sign-on failed (%s)", error, exc_info=exception)
        raise ImmediateHttpResponse(notice_page(request, sign_in_failed(provider.name)))


def _verified(sociallogin: Any) -> list[str]:
    """The addresses that the provider vouches for; some send the word instead of the value."""
    return [each.email for each in sociallogin.email_addresses if each.verified in {True, "true"}]


class SignInForm(LoginForm):
    """Email and password, with a way back in that exists in this installation."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer a link by mail only where mail is sent."""
        super().__init__(*args, **kwargs)
        _name_the_way_back(self.fields["password"])


class ConfirmForm(ReauthenticateForm):
    """The password again, before something that an open browser must not do alone."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer a link by mail only where mail is sent."""
        super().__init__(*args, **kwargs)
        _name_the_way_back(self.fields["password"])


class OwnPasswordForm(ChangePasswordForm):
    """A password of one's own, in place of the last one or of one that somebody made."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Say why a person with a one-time password is here."""
        super().__init__(*args, **kwargs)
        present = self.fields["oldpassword"]
        _name_the_way_back(present)
        if self.user.must_change_password:
            present.label = gettext("One-time password")
            present.help_text = gettext(
                "The one that you were given. Choose one of your own below: nobody else knows it."
            )

    def clean_password1(self) -> str:
        """Refuse the present password, which for a one-time password somebody else knows."""
        chosen: str = self.cleaned_data["password1"]
        if self.user.check_password(chosen):
            raise ValidationError(
                gettext("This is the password that you have now. Choose another one.")
            )
        return chosen


def _name_the_way_back(password: Field) -> None:
    if not settings.EMAIL_HOST:
        password.help_text = gettext("Forgot it? Ask your administrator for a new one.")
