"""Writes about people: projects, members, tokens. Each records its event with the change."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from reviewapp.core.errors import InvalidInput, PermissionDeniedError
from reviewapp.core.lengths import check_max_lengths
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
    """A person who is a member; `password` only when the account is new, shown once.

    `has_new_role` is False where they had the role already.
    """

    user: User
    password: str | None
    has_new_role: bool = True


@dataclass(frozen=True)
class NewToken:
    """A token and its secret, which is shown once and not kept."""

    token: ApiToken
    secret: str


def token_digest(secret: str) -> str:
    """Return the SHA-256 under which a token is looked up."""
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def create_project(*, slug: str, name: str = "", actor: User | None = None) -> Project:
    """Create a project; `actor` becomes its lead. None is the system (a command).

    Raises:
        InvalidInput: the slug is malformed, too long or taken.
    """
    check_slug(slug)
    check_max_lengths(Project, name=name)
    if Project.objects.filter(slug=slug).exists():
        raise InvalidInput(f"There is a project “{slug}” already. Choose another slug.")
    project = Project.objects.create(slug=slug, name=name or slug.replace("-", " ").capitalize())
    ProjectEvent.objects.create(project=project, actor=actor, action="create_project", after=slug)
    if actor is not None:
        Membership.objects.create(project=project, user=actor, role=Role.LEAD)
    return project


def check_slug(slug: str) -> None:
    """Look at what is to be a project's slug.

    Raises:
        InvalidInput: it cannot be one.
    """
    if slug != slugify(slug) or not slug:
        raise InvalidInput(
            f"“{slug}” cannot be a project's slug. Use lower-case letters, digits and hyphens."
        )
    check_max_lengths(Project, slug=slug)


def find_or_create_project(*, slug: str) -> Project:
    """Return the project with this slug, made by the system if there is none.

    Raises:
        InvalidInput: there is none and the slug is malformed.
    """
    return Project.objects.filter(slug=slug).first() or create_project(slug=slug)


@transaction.atomic
def add_member(
    *, project: Project, email: str, role: str, name: str = "", actor: User | None = None
) -> NewMember:
    """Give a person a role in a project; make the account if there is none.

    `actor` None is the system (a command). Giving a role twice is the same as once.

    Raises:
        PermissionDeniedError: the actor is not a lead.
        InvalidInput: the role is unknown, or the address or the name cannot be one.
    """
    require_permission(actor, project, Permission.LEAD)
    if role not in Role.values:
        raise InvalidInput(f"“{role}” is not a role. Use one of {', '.join(Role.values)}.")
    email, name = normalized_email(email), normalized_name(name)
    check_max_lengths(User, email=email, name=name)
    _check_person(email, name)
    user, password = User.objects.find_by_email(email), None
    if user is None:
        password = secrets.token_urlsafe(ONE_TIME_PASSWORD_BYTES)
        user = User.objects.create_user(
            email=email, password=password, name=name, must_change_password=True
        )
    _, created = Membership.objects.get_or_create(project=project, user=user, role=role)
    if created:
        known = {PASSWORD_KNOWN_TO: actor.pk if actor else None} if password else {}
        ProjectEvent.objects.create(
            project=project,
            actor=actor,
            subject=user,
            action="add_member",
            after=role,
            detail=known,
        )
    return NewMember(user, password, has_new_role=created)


def _check_person(email: str, name: str) -> None:
    try:
        validate_email(email)
    except ValidationError as error:
        raise InvalidInput(f"“{email}” is not an email address.") from error
    if problem := invalid_name_reason(name):
        raise InvalidInput(problem)


def find_person(email: str) -> User:
    """Return the active person with this address, however it is written.

    Raises:
        InvalidInput: there is none.
    """
    user = User.objects.find_by_email(email)
    if user is None or not user.is_active:
        raise InvalidInput(f"There is no person “{email.strip()}”. Add them with adduser first.")
    return user


@transaction.atomic
def give_one_time_password(*, user: User) -> str:
    """Give a person a new one-time password and return it; the old one and all tokens end."""
    password = secrets.token_urlsafe(ONE_TIME_PASSWORD_BYTES)
    set_password(user=user, password=password, is_one_time=True)
    _record_new_password(user, actor=None, action="give_one_time_password")
    return password


def _record_new_password(user: User, *, actor: User | None, action: str) -> None:
    """Record in each project of a person that no lead knows a password of theirs any more."""
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
    """Replace a person's password and revoke every API token made before it.

    Their other sessions end with it, because a session is checked against the password. With
    `is_one_time` the person has to choose another one after signing in. `actor` None is the system.
    """
    locked = User.objects.select_for_update().get(pk=user.pk)
    locked.set_password(password)
    locked.must_change_password = is_one_time
    locked.save(update_fields=["password", "must_change_password"])
    _revoke_all(locked, actor=actor, reason="The password was changed.")
    return locked


@transaction.atomic
def accept_single_sign_on(*, user: User, is_first: bool) -> User | None:
    """End a password that another person may know, before its owner enters by single sign-on.

    A one-time password always ends. On the first entry (`is_first`) any password ends, and with it
    older sessions and tokens: until then nobody had proved to own the address, so a stranger with
    the one-time password may have chosen it. Returns the person if something ended.
    """
    locked = User.objects.select_for_update().get(pk=user.pk)
    if not locked.must_change_password and not (is_first and locked.has_usable_password()):
        return None
    locked.set_unusable_password()
    locked.must_change_password = False
    locked.save(update_fields=["password", "must_change_password"])
    _revoke_all(locked, actor=locked, reason="First single sign-on of the account.")
    _record_new_password(locked, actor=locked, action="enter_by_single_sign_on")
    return locked


@transaction.atomic
def make_demo_person(*, user: User, encoded_password: str) -> User:
    """Mark an account as one of the demo's, with the password that the demo prints."""
    locked = User.objects.select_for_update().get(pk=user.pk)
    locked.is_demo, locked.must_change_password = True, False
    locked.password = encoded_password
    locked.save(update_fields=["is_demo", "must_change_password", "password"])
    return locked


@transaction.atomic
def remove_member(*, project: Project, user: User, role: str, actor: User, reason: str) -> None:
    """Take a role from a person. The last lead stays.

    Raises:
        PermissionDeniedError: the actor is not a lead, or would leave the project without one.
        InvalidInput: the reason is too long.
    """
    reason = reason.strip()
    if len(reason) > MAX_REASON_LENGTH:
        raise InvalidInput(f"The reason may have {MAX_REASON_LENGTH:,} characters. Shorten it.")
    require_permission(actor, project, Permission.LEAD)
    leads = Membership.objects.select_for_update().filter(project=project, role=Role.LEAD)
    if role == Role.LEAD and [lead.user_id for lead in leads] == [user.pk]:
        raise PermissionDeniedError(
            f"{user} is the last lead of {project.name}. Make someone else lead first."
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


def delete_stored_responses(user: User) -> None:
    """Forget the stored answers to this person's repeatable requests, after they lost a right.

    A request that is repeated with its Idempotency-Key is then checked anew.
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
    """Create an API token for a person. The secret is returned once; only its digest is kept.

    Args:
        user: whose roles it has.
        name: what it is for.
        days: after how many days it expires, 1 to `MAX_TOKEN_DAYS`.
        scopes: what it may be used for; by default everything.

    Raises:
        PermissionDeniedError: the person still has a one-time password, which somebody else may
        know.
        InvalidInput: the name is too long, the days are out of range, or a scope is unknown.
    """
    if User.objects.select_for_update().get(pk=user.pk).must_change_password:
        raise PermissionDeniedError(
            f"{user.email} has a one-time password. Sign in and choose an own password first."
        )
    check_max_lengths(ApiToken, name=name)
    if not 1 <= days <= MAX_TOKEN_DAYS:
        raise InvalidInput(f"A token lasts from 1 to {MAX_TOKEN_DAYS} days. Choose how many.")
    if not scopes or not set(scopes) <= set(Scope.values):
        raise InvalidInput(f"Choose what the token is for: {', '.join(Scope.values)}.")
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
    """Revoke a token. Its owner or a site admin may.

    Raises:
        PermissionDeniedError: it is another person's token.
    """
    token = ApiToken.objects.select_for_update().get(pk=token_id)
    if token.user_id != actor.pk and not actor.is_superuser:
        raise PermissionDeniedError("This token belongs to another person.")
    if token.revoked_at is None:
        _revoke(token, actor=actor)
    return token


def _revoke_all(user: User, *, actor: User | None, reason: str) -> None:
    for token in ApiToken.objects.select_for_update().filter(user=user, revoked_at=None):
        _revoke(token, actor=actor, reason=reason)


def _revoke(token: ApiToken, *, actor: User | None, reason: str = "") -> None:
    token.revoked_at = timezone.now()
    token.save(update_fields=["revoked_at"])
    _record_token(token, actor=actor, action="revoke_token", before=token.prefix, reason=reason)


def _record_token(token: ApiToken, *, actor: User | None, action: str, **words: str) -> None:
    """Record an event in each project that the token opens."""
    memberships = Membership.objects.filter(user=token.user_id).distinct("project")
    for membership in memberships:
        ProjectEvent.objects.create(
            project_id=membership.project_id,
            actor=actor,
            subject_id=token.user_id,
            action=action,
            detail={"scopes": token.scopes, "expires_at": token.expires_at.isoformat()},
            **words,
        )
