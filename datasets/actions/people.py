"""Writes about people: projects, members, tokens. Each records its event with the change."""

import hashlib
import secrets
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from datasets.actions.lengths import refuse_too_long
from datasets.errors import InvalidInput, NotAllowed
from datasets.models import ApiToken, Membership, Project, ProjectEvent, Role, User
from datasets.permissions import Power, power_refusal


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
    refuse_as_slug(slug)
    refuse_too_long(Project, name=name)
    if Project.objects.filter(slug=slug).exists():
        raise InvalidInput(f"There is a project “{slug}” already. Choose another slug.")
    project = Project.objects.create(slug=slug, name=name or slug.replace("-", " ").capitalize())
    ProjectEvent.objects.create(project=project, actor=actor, action="create_project", after=slug)
    if actor is not None:
        Membership.objects.create(project=project, user=actor, role=Role.LEAD)
    return project


def refuse_as_slug(slug: str) -> None:
    """Look at what is to be a project's slug.

    Raises:
        InvalidInput: it cannot be one.
    """
    if slug != slugify(slug) or not slug:
        raise InvalidInput(
            f"“{slug}” cannot be a project's slug. Use lower-case letters, digits and hyphens."
        )
    refuse_too_long(Project, slug=slug)


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
        NotAllowed: the actor is not a lead.
        InvalidInput: the role is unknown or the address is not one.
    """
    if actor is not None and (refusal := power_refusal(actor, project, Power.LEAD)):
        raise NotAllowed(refusal)
    if role not in Role.values:
        raise InvalidInput(f"“{role}” is not a role. Use one of {', '.join(Role.values)}.")
    email = email.strip().lower()
    if email.count("@") != 1 or email.startswith("@") or email.endswith("@"):
        raise InvalidInput(f"“{email}” is not an email address.")
    refuse_too_long(User, email=email, name=name)
    user, password = User.objects.filter(email=email).first(), None
    if user is None:
        password = secrets.token_urlsafe(12)
        user = User.objects.create_user(
            email=email, password=password, name=name, must_change_password=True
        )
    _, created = Membership.objects.get_or_create(project=project, user=user, role=role)
    if created:
        ProjectEvent.objects.create(
            project=project, actor=actor, subject=user, action="add_member", after=role
        )
    return NewMember(user, password, has_new_role=created)


@transaction.atomic
def set_own_password(*, user: User, password: str) -> User:
    """Replace the password by one that the person chose; a one-time password ends here."""
    locked = User.objects.select_for_update().get(pk=user.pk)
    locked.set_password(password)
    locked.must_change_password = False
    locked.save(update_fields=["password", "must_change_password"])
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
        NotAllowed: the actor is not a lead, or would leave the project without one.
    """
    if refusal := power_refusal(actor, project, Power.LEAD):
        raise NotAllowed(refusal)
    leads = Membership.objects.select_for_update().filter(project=project, role=Role.LEAD)
    if role == Role.LEAD and [lead.user_id for lead in leads] == [user.pk]:
        raise NotAllowed(
            f"{user} is the last lead of {project.name}. Make someone else lead first."
        )
    deleted, _ = Membership.objects.filter(project=project, user=user, role=role).delete()
    if deleted:
        ProjectEvent.objects.create(
            project=project,
            actor=actor,
            subject=user,
            action="remove_member",
            before=role,
            reason=reason,
        )


@transaction.atomic
def create_token(*, user: User, name: str = "") -> NewToken:
    """Make an API token for a person. The secret is returned once; only its digest is kept.

    Raises:
        InvalidInput: the name is too long.
    """
    refuse_too_long(ApiToken, name=name)
    secret = f"ts_{secrets.token_urlsafe(32)}"
    token = ApiToken.objects.create(
        user=user, digest=token_digest(secret), prefix=secret[:8], name=name
    )
    for membership in Membership.objects.filter(user=user).distinct("project"):
        ProjectEvent.objects.create(
            project_id=membership.project_id,
            actor=user,
            subject=user,
            action="create_token",
            after=token.prefix,
        )
    return NewToken(token, secret)


@transaction.atomic
def revoke_token(*, token_id: int, actor: User) -> ApiToken:
    """End a token. Its owner or a site admin may.

    Raises:
        NotAllowed: it is somebody else's token.
    """
    token = ApiToken.objects.select_for_update().get(pk=token_id)
    if token.user_id != actor.pk and not actor.is_superuser:
        raise NotAllowed("This token belongs to somebody else.")
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
    return token
