"""Sign-in by django-allauth: nobody signs up alone, a lead or `adduser` makes them a member."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import ChangePasswordForm, LoginForm, ReauthenticateForm
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms import Field
from django.http import HttpRequest
from django.urls import reverse

from datasets.actions import people
from datasets.models import User


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


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Single sign-on opens the account of a known email address and makes no new one."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """A stranger with a company account is still a stranger here."""
        return False


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
            present.label = "One-time password"
            present.help_text = (
                "The one that you were given. Choose one of your own below: nobody else knows it."
            )

    def clean_password1(self) -> str:
        """Refuse the present password, which for a one-time password somebody else knows."""
        chosen: str = self.cleaned_data["password1"]
        if self.user.check_password(chosen):
            raise ValidationError("This is the password that you have now. Choose another one.")
        return chosen


def _name_the_way_back(password: Field) -> None:
    if not settings.EMAIL_HOST:
        password.help_text = "Forgotten? Who runs this installation can give you a new one."
