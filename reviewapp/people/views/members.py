"""Members of a project, and a person's own API tokens."""

from functools import partial

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from reviewapp.core.errors import InvalidInput
from reviewapp.core.forms import ActionForm
from reviewapp.people.actions import members as people
from reviewapp.people.http import ProjectRequest, project_view, signed_in_user
from reviewapp.people.models import (
    DEFAULT_TOKEN_DAYS,
    MAX_TOKEN_DAYS,
    ApiToken,
    Membership,
    Role,
    Scope,
)
from reviewapp.people.names import invalid_name_reason, normalized_email, normalized_name
from reviewapp.people.permissions import Permission


class MemberForm(ActionForm):
    """A person to add: the arguments of `people.add_member`."""

    email = forms.EmailField(label="Email address", max_length=254)
    name = forms.CharField(label="Name", max_length=120, required=False)
    role = forms.ChoiceField(label="Role", choices=Role.choices)

    def clean_email(self) -> str:
        """Return the address as it is stored."""
        return normalized_email(self.cleaned_data["email"])

    def clean_name(self) -> str:
        """Return the name as it is stored; refuse invisible and look-alike characters."""
        name = normalized_name(self.cleaned_data["name"])
        if problem := invalid_name_reason(name):
            raise forms.ValidationError(problem)
        return name


class RemovalForm(forms.Form):
    """Why a role is taken from a person."""

    reason = forms.CharField(max_length=people.MAX_REASON_LENGTH, required=False)


@require_safe
@project_view(Permission.LEAD)
def members(request: ProjectRequest) -> HttpResponse:
    """Show who works in the project, with a form to add somebody."""
    return _members_page(request, MemberForm())


def _members_page(
    request: ProjectRequest, form: MemberForm, *, made: object = None
) -> HttpResponse:
    memberships = Membership.objects.filter(project=request.project).select_related("user")
    context = {"form": form, "memberships_here": memberships.order_by("user__email"), "made": made}
    return render(request, "reviewapp/people/members.html", context, status=form.status)


@require_POST
@project_view(Permission.LEAD)
def add_member(request: ProjectRequest) -> HttpResponse:
    """Add a member; the page then shows a new account's one-time password, once."""
    form = MemberForm(request.POST)
    add = partial(people.add_member, project=request.project, actor=request.user)
    made = form.perform(add)
    return _members_page(request, MemberForm() if made else form, made=made)


@require_POST
@project_view(Permission.LEAD)
def remove_member(request: ProjectRequest, membership_id: int) -> HttpResponse:
    """Take a role from a person."""
    membership = get_object_or_404(Membership, pk=membership_id, project=request.project)
    form = RemovalForm(request.POST)
    if not form.is_valid():
        raise InvalidInput(" ".join(map(str, form.errors["reason"])))
    people.remove_member(
        project=request.project,
        user=membership.user,
        role=membership.role,
        actor=request.user,
        **form.cleaned_data,
    )
    messages.success(request, f"{membership.user} is no longer {membership.role} here.")
    return redirect("members", slug=request.project.slug)


class TokenForm(ActionForm):
    """A token to create: the arguments of `people.create_token`."""

    name = forms.CharField(label="What it is for", max_length=80, required=False)
    days = forms.TypedChoiceField(
        label="Expires after",
        coerce=int,
        choices=[(7, "7 days"), (30, "30 days"), (90, "90 days"), (MAX_TOKEN_DAYS, "1 year")],
        initial=DEFAULT_TOKEN_DAYS,
    )
    scopes = forms.MultipleChoiceField(
        label="May be used for",
        choices=Scope.choices,
        initial=Scope.values,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one."},
    )


@require_safe
def tokens(request: HttpRequest) -> HttpResponse:
    """Show a person their API tokens."""
    return _tokens_page(request, TokenForm())


def _tokens_page(request: HttpRequest, form: TokenForm, *, made: object = None) -> HttpResponse:
    found = ApiToken.objects.filter(user=signed_in_user(request)).order_by("-created_at", "-pk")
    context = {"form": form, "tokens": found, "made": made}
    return render(request, "reviewapp/people/tokens.html", context, status=form.status)


@require_POST
def create_token(request: HttpRequest) -> HttpResponse:
    """Create a token and show its secret, this once."""
    form = TokenForm(request.POST)
    made = form.perform(partial(people.create_token, user=signed_in_user(request)))
    return _tokens_page(request, TokenForm() if made else form, made=made)


@require_POST
def revoke_token(request: HttpRequest, token_id: int) -> HttpResponse:
    """Revoke one of a person's own tokens."""
    token = get_object_or_404(ApiToken, pk=token_id, user=signed_in_user(request))
    people.revoke_token(token_id=token.pk, actor=signed_in_user(request))
    messages.success(request, f"The token {token.prefix}… no longer opens anything.")
    return redirect("tokens")


@login_not_required
def disabled_page(_request: HttpRequest, rest: str = "") -> HttpResponse:
    """Return 404 for allauth pages that are disabled."""
    raise Http404
