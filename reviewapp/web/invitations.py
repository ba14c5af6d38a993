"""The page behind an invitation link, open to everyone who has the link."""

from typing import Any

from allauth.core.internal import ratelimit
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, password_validation
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from reviewapp.core.forms import ActionForm
from reviewapp.people.actions import invitations
from reviewapp.people.models import Invitation, User
from reviewapp.people.names import invalid_name_reason, normalized_name
from reviewapp.web.adapters import INVITATION
from reviewapp.web.notices import INVITATION_INVALID, notice_page
from reviewapp.web.sign_in import with_provider_button

# Secrets cannot be guessed; this keeps a program from trying, and from hashing passwords for free.
LIMITS = {"invitation": "30/m/ip", "accept": "10/m/ip"}


class JoinForm(ActionForm):
    """Name and password of a new account."""

    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text=_("Other members see it."),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 10 characters."),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        """Compare the password with the invited address."""
        super().__init__(*args, **kwargs)
        self._email = email

    def clean_name(self) -> str:
        """Return the name as it is stored; reject invisible and look-alike characters."""
        name = normalized_name(self.cleaned_data["name"])
        if reason := invalid_name_reason(name):
            raise forms.ValidationError(reason)
        return name

    def clean_password(self) -> str:
        """Reject a weak password."""
        password: str = self.cleaned_data["password"]
        owner = User(email=self._email, name=self.cleaned_data.get("name", ""))
        password_validation.validate_password(password, owner)
        return password


@with_provider_button
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """Show what the link is for; accept it as the signed-in user or with a new account."""
    if not _is_within_limits(request):
        limited: HttpResponse = ratelimit.respond_429(request)
        return limited
    found = invitations.find_invitation(secret)
    if found is None:
        return notice_page(request, INVITATION_INVALID)
    if isinstance(request.user, User):
        return _as_member(request, request.user, found, secret)
    request.session[INVITATION] = secret
    return _as_newcomer(request, found, secret)


def _is_within_limits(request: HttpRequest) -> bool:
    action = "accept" if request.method == "POST" else "invitation"
    usage = ratelimit.consume(
        request, app="touchstone", action=action, config=LIMITS, limit_get=True
    )
    return usage is not None


def _as_member(request: HttpRequest, user: User, found: Invitation, secret: str) -> HttpResponse:
    if request.method == "POST":
        invitations.accept(secret=secret, user=user)
        return _joined(request, found)
    context = {"invitation": found, "is_other": user.email != found.email}
    return render(request, "reviewapp/web/invitation.html", context)


def _as_newcomer(request: HttpRequest, found: Invitation, secret: str) -> HttpResponse:
    form = JoinForm(request.POST or None, email=found.email)
    if request.method == "POST":
        user = form.perform(_accepting(secret))
        if user is not None:
            login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
            return _joined(request, found)
    context = {"invitation": found, "form": form}
    return render(request, "reviewapp/web/invitation.html", context, status=form.status)


def _accepting(secret: str) -> Any:
    def accept(name: str, password: str) -> User:
        return invitations.accept_with_password(secret=secret, name=name, password=password)

    return accept


def _joined(request: HttpRequest, found: Invitation) -> HttpResponse:
    request.session.pop(INVITATION, None)
    messages.success(request, gettext("Welcome to %(project)s.") % {"project": found.project.name})
    return redirect("project_home", slug=found.project.slug)
