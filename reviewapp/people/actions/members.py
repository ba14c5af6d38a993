"""Writes about members, passwords and API tokens. Each records an event."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from reviewapp.core import formats
from reviewapp.core.audit.models import REASON
from reviewapp.core.errors import InvalidInput, PermissionDeniedError
from reviewapp.core.lengths import check_max_lengths
from reviewapp.core.messages import Message, message
from reviewapp.people.leaving import leave
from reviewapp.people.models import (
    DEFAULT_TOKEN_DAYS,
    MAX_TOKEN_DAYS,
    PASSWORD_KNOWN_TO,
    ApiToken,
    IdempotencyKey,
    Membership,
    Project,
    ProjectEvent,
    Role,
    Scope,
    User,
)
from reviewapp.people.names import invalid_name_reason, normalized_email, normalized_name
from reviewapp.people.permissions import Permission, require_permission

ONE_TIME_PASSWORD_BYTES = 12
MAX_REASON_LENGTH = 2000


@dataclass(frozen=True)
class NewMember:
    """The result of `add_member`.

    Attributes:
        user: the member.
        password: the one-time password of a new account, to be shown once; None for an old one.
        has_new_role: False if they had the role already.
    """

    user: User
    password: str | None
    has_new_role: bool = True


@dataclass(frozen=True)
class NewToken:
    """A new token with its secret, which is shown once and not stored."""

    token: ApiToken
    secret: str


def token_digest(secret: str) -> str:
    """Return the SHA-256 under which a token is looked up."""
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def add_member(
    *, project: Project, email: str, role: str, name: str = "", actor: User | None = None
) -> NewMember:
    """Give a person a role in a project; create the account if there is none.

    `actor` None is the system (a command). Giving a role twice changes nothing.

    Raises:
        PermissionDeniedError: the actor is not a lead.
        InvalidInput: the role is unknown, or the address or the name is invalid.
    """
    require_permission(actor, project, Permission.LEAD)
    check_role(role)
    email, name = normalized_email(email), normalized_name(name)
    check_max_lengths(User, email=email, name=name)
    check_person(email, name)
    user, password = User.objects.find_by_email(email), None
    if user is None:
        password = secrets.token_urlsafe(ONE_TIME_PASSWORD_BYTES)
        user = User.objects.create_user(
            email=email, password=password, name=name, must_change_password=True
        )
    known = {PASSWORD_KNOWN_TO: actor.pk if actor else None} if password else {}
    created = give_role(project=project, user=user, role=role, actor=actor, detail=known)
    return NewMember(user, password, has_new_role=created)


def give_role(
    *, project: Project, user: User, role: str, actor: User | None, detail: dict[str, Any]
) -> bool:
    """Give an account a role and record it; return False if it had the role.

    The caller has checked the permission of `actor`.
    """
    _, created = Membership.objects.get_or_create(project=project, user=user, role=role)
    if created:
        ProjectEvent.objects.create(
            project=project,
            actor=actor,
            subject=user,
            action="add_member",
            after=role,
            detail=detail,
        )
    return created


def check_role(role: str) -> None:
    """Validate a role.

    Raises:
        InvalidInput: it is unknown.
    """
    if role not in Role.values:
        raise InvalidInput(
            gettext("“%(role)s” is not a role. Use one of these: %(roles)s.")
            % {"role": role, "roles": ", ".join(Role.values)}
        )


def check_person(email: str, name: str) -> None:
    """Validate the normalised address and name of a person.

    Raises:
        InvalidInput: one of them is invalid.
    """
    try:
        validate_email(email)
    except ValidationError as error:
        raise InvalidInput(
            gettext("“%(email)s” is not an email address.") % {"email": email}, field="email"
        ) from error
    if reason := invalid_name_reason(name):
        raise InvalidInput(reason, field="name")


def find_person(email: str) -> User:
    """Return the active user with this email address, in any spelling.

    Raises:
        InvalidInput: there is none.
    """
    user = User.objects.find_by_email(email)
    if user is None or not user.is_active:
        raise InvalidInput(
            gettext("There is no person “%(email)s”. Add them with adduser first.")
            % {"email": email.strip()}
        )
    return user


@transaction.atomic
def give_one_time_password(*, user: User) -> str:
    """Replace a user's password by a one-time password, which is returned.

    All their sessions and tokens end.
    """
    password = secrets.token_urlsafe(ONE_TIME_PASSWORD_BYTES)
    set_password(user=user, password=password, is_one_time=True)
    _record_new_password(user, actor=None, action="give_one_time_password")
    return password


def _record_new_password(user: User, *, actor: User | None, action: str) -> None:
    """Record in each of the user's projects that no lead knows their password any more."""
    for membership in Membership.objects.filter(user=user).distinct("project"):
        ProjectEvent.objects.create(
            project_id=membership.project_id,
            actor=actor,
            subject=user,
            action=action,
            detail={PASSWORD_KNOWN_TO: None},
        )


@transaction.atomic
def set_password(
    *, user: User, password: str, is_one_time: bool = False, actor: User | None = None
) -> User:
    """Replace a user's password and revoke all their API tokens.

    Their other sessions end too, because a session contains a hash of the password. With
    `is_one_time` they have to choose another password after signing in. `actor` None is the system.
    """
    locked = User.objects.select_for_update().get(pk=user.pk)
    locked.set_password(password)
    locked.must_change_password = is_one_time
    locked.save(update_fields=["password", "must_change_password"])
    _revoke_all(locked, actor=actor, reason=message("people.password_changed"))
    return locked


@transaction.atomic
def accept_single_sign_on(*, user: User, is_first: bool) -> User | None:
    """Disable a password that another person may know, at a single sign-on of the owner.

    A one-time password is always disabled. At the first single sign-on (`is_first`) any password
    is, with older sessions and tokens: before it, nothing had proved who owns the email address, so
    someone else with the one-time password may have chosen the password.

    Returns the user if their password was disabled, else None.
    """
    locked = User.objects.select_for_update().get(pk=user.pk)
    if not locked.must_change_password and not (is_first and locked.has_usable_password()):
        return None
    locked.set_unusable_password()
    locked.must_change_password = False
    locked.save(update_fields=["password", "must_change_password"])
    _revoke_all(locked, actor=locked, reason=message("people.first_single_sign_on"))
    _record_new_password(locked, actor=locked, action="enter_by_single_sign_on")
    return locked


@transaction.atomic
def make_demo_person(*, user: User, encoded_password: str) -> User:
    """Mark an account as a demo account and set the password that the demo prints."""
    locked = User.objects.select_for_update().get(pk=user.pk)
    locked.is_demo, locked.must_change_password = True, False
    locked.password = encoded_password
    locked.save(update_fields=["is_demo", "must_change_password", "password"])
    return locked


@transaction.atomic
def remove_member(*, project: Project, user: User, role: str, actor: User, reason: str) -> None:
    """Remove a member's role. A project keeps at least one lead.

    Raises:
        PermissionDeniedError: the actor is not a lead, or would leave the project without one.
        InvalidInput: the reason is too long.
    """
    reason = reason.strip()
    if len(reason) > MAX_REASON_LENGTH:
        raise InvalidInput(
            gettext("The reason may have %(limit)s characters. Shorten it.")
            % {"limit": formats.count(MAX_REASON_LENGTH)},
            field="reason",
        )
    require_permission(actor, project, Permission.LEAD)
    leads = Membership.objects.select_for_update().filter(project=project, role=Role.LEAD)
    if role == Role.LEAD and [lead.user_id for lead in leads] == [user.pk]:
        raise PermissionDeniedError(
            gettext("%(user)s is the last lead of %(project)s. Make someone else lead first.")
            % {"user": user, "project": project.name}
        )
    deleted, _ = Membership.objects.filter(project=project, user=user, role=role).delete()
    if deleted:
        delete_stored_responses(user)
        ProjectEvent.objects.create(
            project=project,
            actor=actor,
            subject=user,
            action="remove_member",
            before=role,
            reason=reason,
        )
        leave(project, user, actor)


def delete_stored_responses(user: User) -> None:
    """Delete the stored API responses of a user who lost a permission.

    A request that is repeated with its Idempotency-Key is then authorised again.
    """
    IdempotencyKey.objects.filter(user=user, status__isnull=False).delete()


@transaction.atomic
def create_token(
    *,
    user: User,
    name: str = "",
    days: int = DEFAULT_TOKEN_DAYS,
    scopes: Sequence[str] = tuple(Scope),
) -> NewToken:
    """Create an API token. Its secret is returned once; only the digest is stored.

    Args:
        user: the owner, whose roles the token has.
        name: what it is for, in the owner's words.
        days: days until it expires, 1 to `MAX_TOKEN_DAYS`.
        scopes: what it may be used for; everything by default.

    Raises:
        PermissionDeniedError: the owner still has a one-time password, which someone else may know.
        InvalidInput: the name is too long, the days are out of range, or a scope is unknown.
    """
    if User.objects.select_for_update().get(pk=user.pk).must_change_password:
        raise PermissionDeniedError(
            gettext(
                "%(email)s has a one-time password. Sign in and choose your own password first."
            )
            % {"email": user.email}
        )
    check_max_lengths(ApiToken, name=name)
    if not 1 <= days <= MAX_TOKEN_DAYS:
        raise InvalidInput(
            gettext("A token lasts from 1 to %(limit)s days. Choose how many.")
            % {"limit": MAX_TOKEN_DAYS},
            field="days",
        )
    if not scopes or not set(scopes) <= set(Scope.values):
        raise InvalidInput(
            gettext("Choose what the token is for: %(scopes)s.")
            % {"scopes": ", ".join(Scope.values)},
            field="scopes",
        )
    secret = f"ts_{secrets.token_urlsafe(32)}"
    token = ApiToken.objects.create(
        user=user,
        digest=token_digest(secret),
        prefix=secret[:8],
        name=name,
        scopes=[scope.value for scope in Scope if scope in scopes],
        expires_at=timezone.now() + timedelta(days=days),
    )
    _record_token(token, actor=user, action="create_token", after=token.prefix)
    return NewToken(token, secret)


@transaction.atomic
def revoke_token(*, token_id: int, actor: User) -> ApiToken:
    """Revoke a token.

    Raises:
        PermissionDeniedError: the actor is neither its owner nor a site admin.
    """
    token = ApiToken.objects.select_for_update().get(pk=token_id)
    if token.user_id != actor.pk and not actor.is_superuser:
        raise PermissionDeniedError(gettext("This token belongs to another person."))
    if token.revoked_at is None:
        _revoke(token, actor=actor)
    return token


def _revoke_all(user: User, *, actor: User | None, reason: Message) -> None:
    for token in ApiToken.objects.select_for_update().filter(user=user, revoked_at=None):
        _revoke(token, actor=actor, reason=reason)


def _revoke(token: ApiToken, *, actor: User | None, reason: Message | None = None) -> None:
    token.revoked_at = timezone.now()
    token.save(update_fields=["revoked_at"])
    _record_token(token, actor=actor, action="revoke_token", before=token.prefix, reason=reason)


def _record_token(
    token: ApiToken,
    *,
    actor: User | None,
    action: str,
    reason: Message | None = None,
    **states: str,
) -> None:
    """Record an event in each project that the token gives access to."""
    detail: dict[str, Any] = {"scopes": token.scopes, "expires_at": token.expires_at.isoformat()}
    if reason is not None:
        detail[REASON] = reason.as_json()
    memberships = Membership.objects.filter(user=token.user_id).distinct("project")
    for membership in memberships:
        ProjectEvent.objects.create(
            project_id=membership.project_id,
            actor=actor,
            subject_id=token.user_id,
            action=action,
            detail=detail,
            **states,
        )
