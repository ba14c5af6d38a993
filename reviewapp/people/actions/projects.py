"""Creation of projects."""

from collections.abc import Collection

from django.conf import settings
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext

from reviewapp.core.errors import InvalidInput, PermissionDeniedError
from reviewapp.core.lengths import check_max_lengths
from reviewapp.people.actions.members import check_role
from reviewapp.people.models import Membership, Project, ProjectEvent, Role, User


def may_create_projects(user: User) -> bool:
    """Return whether the user may create projects.

    Site admins may, and with the setting LEADS_CREATE_PROJECTS everyone who leads a project.
    """
    if user.is_superuser or not settings.LEADS_CREATE_PROJECTS:
        return user.is_active and user.is_superuser
    return user.is_active and user.memberships.filter(role=Role.LEAD).exists()


def denied_reason() -> str:
    """Return why a user may not create projects, and whom to ask."""
    if settings.LEADS_CREATE_PROJECTS:
        return gettext("Only leads and site admins may create projects. Ask one of them.")
    return gettext("Only a site admin may create projects here. Ask your administrator.")


@transaction.atomic
def create_project(
    *, slug: str, name: str = "", actor: User | None = None, roles: Collection[str] = ()
) -> Project:
    """Create a project; `actor` becomes its lead. None is the system (a command).

    Args:
        slug: of its addresses, for good.
        name: by default made from the slug.
        actor: the creator.
        roles: roles of the creator beside that of a lead.

    Raises:
        PermissionDeniedError: the actor may not create projects.
        InvalidInput: the slug is invalid, too long or taken, or a role is unknown.
    """
    if actor is not None and not may_create_projects(actor):
        raise PermissionDeniedError(denied_reason())
    check_slug(slug)
    check_max_lengths(Project, name=name)
    for role in roles:
        check_role(role)
    if Project.objects.filter(slug=slug).exists():
        raise InvalidInput(
            gettext("There is a project “%(slug)s” already. Choose another slug.") % {"slug": slug},
            field="slug",
        )
    project = Project.objects.create(slug=slug, name=name or slug.replace("-", " ").capitalize())
    own = [role.value for role in Role if role == Role.LEAD or role in roles]
    ProjectEvent.objects.create(
        project=project,
        actor=actor,
        action="create_project",
        after=slug,
        detail={"roles": own} if actor else {},
    )
    if actor is not None:
        for role in own:
            Membership.objects.create(project=project, user=actor, role=role)
    return project


def check_slug(slug: str) -> None:
    """Validate the slug of a new project.

    Raises:
        InvalidInput: it is empty, too long, or has characters that a slug cannot have.
    """
    if slug != slugify(slug) or not slug:
        raise InvalidInput(
            gettext(
                "“%(slug)s” cannot be a project's slug. Use lower-case letters, digits and hyphens."
            )
            % {"slug": slug},
            field="slug",
        )
    check_max_lengths(Project, slug=slug)


def find_or_create_project(*, slug: str) -> Project:
    """Return the project with this slug; the system creates it if there is none.

    Raises:
        InvalidInput: there is none and the slug is invalid.
    """
    return Project.objects.filter(slug=slug).first() or create_project(slug=slug)
