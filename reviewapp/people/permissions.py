"""Who may do what, each answer with its reason.

A role gives permissions (docs/roles.md); what depends on the row is a function that the action and
the page both ask, so that a page can say why a button is off.
"""

from collections.abc import Iterable
from enum import StrEnum

from reviewapp.core.errors import PermissionDeniedError
from reviewapp.people.models import Membership, Project, Role, User


class Permission(StrEnum):
    """What a role lets a person do in a project."""

    VIEW = "view"  # see examples, versions, policies
    CURATE = "curate"  # import, edit, submit
    REVIEW = "review"  # approve or send back what others wrote
    VOTE = "vote"  # vote in runs they are rater of
    LEAD = "lead"  # freeze, models, runs, figures, promotion, members, audit


ROLE_PERMISSIONS: dict[str, frozenset[Permission]] = {
    Role.ANNOTATOR: frozenset({Permission.VIEW, Permission.CURATE}),
    Role.REVIEWER: frozenset({Permission.VIEW, Permission.REVIEW, Permission.VOTE}),
    Role.LEAD: frozenset(Permission),
}

PERMISSION_HOLDERS: dict[Permission, str] = {
    Permission.VIEW: "a member of this project",
    Permission.CURATE: "an annotator or a lead",
    Permission.REVIEW: "a reviewer or a lead",
    Permission.VOTE: "a reviewer or a lead",
    Permission.LEAD: "a lead",
}


def permissions_of(user: User, project: Project) -> frozenset[Permission]:
    """Return the person's permissions in the project; empty if they are not a member."""
    if not user.is_active:
        return frozenset()
    if user.is_superuser:
        return frozenset(Permission)
    roles = Membership.objects.filter(project=project, user=user).values_list("role", flat=True)
    return _permissions_of_roles(roles)


def project_and_permissions(user: User, slug: str) -> tuple[Project | None, frozenset[Permission]]:
    """Return the project with this slug and the person's permissions in it, by one statement.

    The project is None if there is none or if the person is not a member.
    """
    if not user.is_active:
        return None, frozenset()
    if user.is_superuser:
        return Project.objects.filter(slug=slug).first(), frozenset(Permission)
    memberships = [
        *Membership.objects.filter(user=user, project__slug=slug).select_related("project")
    ]
    project = memberships[0].project if memberships else None
    return project, _permissions_of_roles(membership.role for membership in memberships)


def _permissions_of_roles(roles: Iterable[str]) -> frozenset[Permission]:
    return frozenset().union(*(ROLE_PERMISSIONS[role] for role in roles))


def permission_denied_reason(
    permissions: frozenset[Permission], permission: Permission, project: Project
) -> str:
    """Return who has this permission in the project; empty if it is among `permissions`."""
    if permission in permissions:
        return ""
    return (
        f"Only {PERMISSION_HOLDERS[permission]} can do this. "
        f"Ask a lead of {project.name} to give you the role."
    )


def require_permission(actor: User | None, project: Project, permission: Permission) -> None:
    """Check that a person has a permission in a project; `actor` None is the system (a command).

    Raises:
        PermissionDeniedError: the person does not have it.
    """
    if actor is None:
        return
    reason = permission_denied_reason(permissions_of(actor, project), permission, project)
    if reason:
        raise PermissionDeniedError(reason)


def require_lead(actor: User | None, project: Project) -> None:
    """Check that a person is a lead of the project; `actor` None is the system (a command).

    Raises:
        PermissionDeniedError: the person is no lead.
    """
    require_permission(actor, project, Permission.LEAD)
