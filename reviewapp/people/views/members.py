"""Pages of a project's members and invitations, and of a user's own API tokens."""

from functools import partial

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from reviewapp.core.errors import InvalidInput
from reviewapp.core.formats import listed_languages
from reviewapp.core.forms import ActionForm
from reviewapp.people.actions import invitations
from reviewapp.people.actions import members as people
from reviewapp.people.http import ProjectRequest, project_view, signed_in_user
from reviewapp.people.models import (
    DEFAULT_INVITATION_DAYS,
    DEFAULT_TOKEN_DAYS,
    MAX_INVITATION_DAYS,
    MAX_TOKEN_DAYS,
    ApiToken,
    Invitation,
    Membership,
    Role,
    Scope,
)
from reviewapp.people.names import invalid_name_reason, normalized_email, normalized_name
from reviewapp.people.permissions import Permission
from reviewapp.people.reading import languages_read


class MemberForm(ActionForm):
    """The arguments of `people.add_member`."""

    email = forms.EmailField(label=_("Email address"), max_length=254)
    name = forms.CharField(label=_("Name"), max_length=120, required=False)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)

    def clean_email(self) -> str:
        """Return the address as it is stored."""
        return normalized_email(self.cleaned_data["email"])

    def clean_name(self) -> str:
        """Return the name as it is stored; reject invisible and look-alike characters."""
        name = normalized_name(self.cleaned_data["name"])
        if reason := invalid_name_reason(name):
            raise forms.ValidationError(reason)
        return name


class InvitationForm(ActionForm):
    """The arguments of `invitations.invite`."""

    prefix = "invite"

    email = forms.EmailField(label=_("Email address"), max_length=254)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.REVIEWER)
    days = forms.TypedChoiceField(
        label=_("Expires after"),
        coerce=int,
        choices=[(1, _("1 day")), (7, _("7 days")), (MAX_INVITATION_DAYS, _("30 days"))],
        initial=DEFAULT_INVITATION_DAYS,
    )


class RemovalForm(forms.Form):
    """The reason for the removal of a role."""

    reason = forms.CharField(max_length=people.MAX_REASON_LENGTH, required=False)


@require_safe
@project_view(Permission.LEAD)
def members(request: ProjectRequest) -> HttpResponse:
    """Show the members of the project, with forms to invite and to add one."""
    return _members_page(request)


def _members_page(
    request: ProjectRequest,
    form: MemberForm | None = None,
    invite_form: InvitationForm | None = None,
    **context: object,
) -> HttpResponse:
    memberships = list(
        Membership.objects.filter(project=request.project)
        .select_related("user")
        .order_by("user__email")
    )
    reads = languages_read(request.project.pk, [row.user_id for row in memberships])
    names = {user_id: listed_languages(codes) for user_id, codes in reads.items()}
    rows = [(membership, names.get(membership.user_id, "")) for membership in memberships]
    pending = Invitation.objects.filter(project=request.project).pending()
    context |= {
        "form": form or MemberForm(),
        "invite_form": invite_form or InvitationForm(),
        "rows": rows,
        "invitations": pending.select_related("created_by").order_by("-pk"),
    }
    status = (form or invite_form or MemberForm()).status
    return render(request, "reviewapp/people/members.html", context, status=status)


@require_POST
@project_view(Permission.LEAD)
def invite(request: ProjectRequest) -> HttpResponse:
    """Create an invitation and show its link, once."""
    form = InvitationForm(request.POST)
    create = partial(invitations.invite, project=request.project, actor=request.user)
    invited = form.perform(create)
    if invited is None:
        return _members_page(request, invite_form=form)
    link = request.build_absolute_uri(reverse("invitation", args=[invited.secret]))
    return _members_page(request, invited=invited.invitation, link=link)


@require_POST
@project_view(Permission.LEAD)
def revoke_invitation(request: ProjectRequest, invitation_id: int) -> HttpResponse:
    """Revoke an invitation."""
    if invitations.revoke_invitation(
        project=request.project, invitation_id=invitation_id, actor=request.user
    ):
        messages.success(request, gettext("Revoked the invitation. Its link no longer works."))
    else:
        messages.info(request, gettext("The invitation was accepted or revoked already."))
    return redirect("members", slug=request.project.slug)


@require_POST
@project_view(Permission.LEAD)
def add_member(request: ProjectRequest) -> HttpResponse:
    """Add a member; show the one-time password of a new account, once."""
    form = MemberForm(request.POST)
    add = partial(people.add_member, project=request.project, actor=request.user)
    added = form.perform(add)
    if added is None:
        return _members_page(request, form)
    role = Role(form.cleaned_data["role"]).label
    return _members_page(request, added=added, role=role)


@require_POST
@project_view(Permission.LEAD)
def remove_member(request: ProjectRequest, membership_id: int) -> HttpResponse:
    """Remove a member's role."""
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
    removed = {"user": membership.user, "role": membership.get_role_display()}
    messages.success(request, gettext("Removed the role “%(role)s” of %(user)s.") % removed)
    return redirect("members", slug=request.project.slug)


class TokenForm(ActionForm):
    """The arguments of `people.create_token`."""

    name = forms.CharField(label=_("What it is for"), max_length=80, required=False)
    days = forms.TypedChoiceField(
        label=_("Expires after"),
        coerce=int,
        choices=[
            (7, _("7 days")),
            (30, _("30 days")),
            (90, _("90 days")),
            (MAX_TOKEN_DAYS, _("1 year")),
        ],
        initial=DEFAULT_TOKEN_DAYS,
    )
    scopes = forms.MultipleChoiceField(
        label=_("May be used for"),
        choices=Scope.choices,
        initial=Scope.values,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one.")},
    )


@require_safe
def tokens(request: HttpRequest) -> HttpResponse:
    """Show the user's API tokens."""
    return _tokens_page(request, TokenForm())


def _tokens_page(request: HttpRequest, form: TokenForm, *, created: object = None) -> HttpResponse:
    own_tokens = ApiToken.objects.filter(user=signed_in_user(request))
    context = {
        "form": form,
        "tokens": own_tokens.order_by("-created_at", "-pk"),
        "created": created,
    }
    return render(request, "reviewapp/people/tokens.html", context, status=form.status)


@require_POST
def create_token(request: HttpRequest) -> HttpResponse:
    """Create a token and show its secret, once."""
    form = TokenForm(request.POST)
    created = form.perform(partial(people.create_token, user=signed_in_user(request)))
    return _tokens_page(request, TokenForm() if created else form, created=created)


@require_POST
def revoke_token(request: HttpRequest, token_id: int) -> HttpResponse:
    """Revoke one of the user's own tokens."""
    token = get_object_or_404(ApiToken, pk=token_id, user=signed_in_user(request))
    people.revoke_token(token_id=token.pk, actor=signed_in_user(request))
    messages.success(request, gettext("Revoked the token %(prefix)s….") % {"prefix": token.prefix})
    return redirect("tokens")


@login_not_required
def disabled_page(_request: HttpRequest, rest: str = "") -> HttpResponse:
    """Return 404 for allauth pages that are disabled."""
    raise Http404
