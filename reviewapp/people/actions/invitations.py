"""Invitations by link: create, revoke, accept. Each records an event.

Events hold the number of the invitation and not the invited address, which is nobody's account yet.
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from reviewapp.core.errors import InvalidInput, InvalidTransition, PermissionDeniedError
from reviewapp.core.lengths import check_max_lengths
from reviewapp.people.actions.members import check_person, check_role, give_role, token_digest
from reviewapp.people.models import (
    DEFAULT_INVITATION_DAYS,
    MAX_INVITATION_DAYS,
    PASSWORD_KNOWN_TO,
    Invitation,
    Project,
    ProjectEvent,
    User,
)
from reviewapp.people.names import normalized_email, normalized_name
from reviewapp.people.permissions import Permission, permissions_of, require_permission

SECRET_BYTES = 32
MAX_PENDING = 500


@dataclass(frozen=True)
class NewInvitation:
    """A new invitation with its secret, which is shown once and not stored."""

    invitation: Invitation
    secret: str


@transaction.atomic
def invite(
    *, project: Project, email: str, role: str, actor: User, days: int = DEFAULT_INVITATION_DAYS
) -> NewInvitation:
    """Create a link by which the owner of an address joins; it replaces an earlier one.

    The result is the same whether or not the address has an account.

    Raises:
        PermissionDeniedError: the actor is not a lead.
        InvalidInput: the role is unknown, the address is invalid, the days are out of range, or
            too many invitations are pending.
    """
    require_permission(actor, project, Permission.LEAD)
    check_role(role)
    email = normalized_email(email)
    check_max_lengths(Invitation, email=email)
    check_person(email, "")
    if not 1 <= days <= MAX_INVITATION_DAYS:
        raise InvalidInput(
            gettext("A link lasts from 1 to %(limit)s days. Choose how many.")
            % {"limit": MAX_INVITATION_DAYS},
            field="days",
        )
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    pending = Invitation.objects.filter(project=project).pending()
    for earlier in pending.filter(email=email, role=role):
        _revoke(earlier, actor)
    if pending.count() >= MAX_PENDING:
        raise InvalidInput(gettext("Too many invitations are open. Revoke some that expired."))
    secret = secrets.token_urlsafe(SECRET_BYTES)
    invitation = Invitation.objects.create(
        project=project,
        email=email,
        role=role,
        digest=token_digest(secret),
        created_by=actor,
        expires_at=timezone.now() + timedelta(days=days),
    )
    _record(invitation, actor, "invite_member", after=role)
    return NewInvitation(invitation, secret)


@transaction.atomic
def revoke_invitation(*, project: Project, invitation_id: int, actor: User) -> bool:
    """Revoke a pending invitation; return False if it was accepted or revoked before.

    Raises:
        PermissionDeniedError: the actor is not a lead.
    """
    require_permission(actor, project, Permission.LEAD)
    pending = Invitation.objects.filter(project=project, pk=invitation_id).pending()
    invitation = pending.select_for_update().first()
    if invitation is None:
        return False
    _revoke(invitation, actor)
    return True


def _revoke(invitation: Invitation, actor: User) -> None:
    invitation.revoked_at = timezone.now()
    invitation.save(update_fields=["revoked_at"])
    _record(invitation, actor, "revoke_invitation", before=invitation.role)


def find_invitation(secret: str) -> Invitation | None:
    """Return the invitation of a link; None if it is unknown, used, revoked or expired.

    A link ends when the person who made it is no longer a lead.
    """
    pending = Invitation.objects.pending().select_related("project", "created_by")
    invitation = pending.filter(digest=token_digest(secret)).first()
    if invitation is None or invitation.has_expired:
        return None
    is_led = Permission.LEAD in permissions_of(invitation.created_by, invitation.project)
    return invitation if is_led else None


@transaction.atomic
def accept(*, secret: str, user: User) -> Invitation:
    """Give the invited user the role, and use the link up.

    Raises:
        InvalidTransition: the link is not valid any more.
        PermissionDeniedError: it is for another address.
    """
    invitation = _locked(secret)
    if user.email != invitation.email or not user.is_active:
        raise PermissionDeniedError(
            gettext("This invitation is for %(email)s. Sign in with that address.")
            % {"email": invitation.email}
        )
    return _use(invitation, user, {})


@transaction.atomic
def accept_with_password(*, secret: str, name: str, password: str) -> User:
    """Create the invited account with a password of its owner's choice, and use the link up.

    The lead who made the link could have done the same, so the password counts as known to them
    (independence.py) until a single sign-on proves who owns the address.

    Raises:
        InvalidTransition: the link is not valid any more.
        InvalidInput: the name is invalid, or the address has an account.
    """
    invitation = _locked(secret)
    name = normalized_name(name)
    check_max_lengths(User, name=name)
    check_person(invitation.email, name)
    if User.objects.find_by_email(invitation.email) is not None:
        raise InvalidInput(gettext("You have an account already. Sign in to accept."))
    user = User.objects.create_user(email=invitation.email, password=password, name=name)
    _use(invitation, user, {PASSWORD_KNOWN_TO: invitation.created_by_id})
    return user


@transaction.atomic
def create_invited_user(*, secret: str, emails: Collection[str]) -> User | None:
    """Create the account of an invited person whom an identity provider has just verified.

    Returns None if the link is not valid or is for none of these addresses. `accept` follows.
    """
    invitation = find_invitation(secret)
    if invitation is None or invitation.email not in map(normalized_email, emails):
        return None
    return User.objects.create_user(email=invitation.email, password=None)


def _locked(secret: str) -> Invitation:
    """Lock the row of a valid link, so that it is used only once."""
    Invitation.objects.select_for_update().filter(digest=token_digest(secret)).first()
    invitation = find_invitation(secret)
    if invitation is None:
        raise InvalidTransition(
            gettext("This invitation is no longer valid. Ask the lead for a new link.")
        )
    return invitation


def _use(invitation: Invitation, user: User, detail: dict[str, int]) -> Invitation:
    invitation.accepted_at, invitation.accepted_by = timezone.now(), user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    give_role(
        project=invitation.project,
        user=user,
        role=invitation.role,
        actor=invitation.created_by,
        detail={"invitation": invitation.pk, **detail},
    )
    return invitation


def _record(invitation: Invitation, actor: User, action: str, **states: str) -> None:
    detail = {"invitation": invitation.pk, "expires_at": invitation.expires_at.isoformat()}
    ProjectEvent.objects.create(
        project=invitation.project, actor=actor, action=action, detail=detail, **states
    )
