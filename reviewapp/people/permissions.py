"""Permissions of a project's members, each denial with its reason.

A role gives permissions (docs/roles.md). A permission that also depends on the object is a function
in the object's feature, which both the action and the page call: the page shows why a button is
disabled.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from psycopg import sql

from reviewapp.core.db.prepared import Columns, fetch_all
from reviewapp.core.errors import PermissionDeniedError
from reviewapp.people.models import Membership, Project, Role, User


class Permission(StrEnum):
    """A permission in a project."""

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

DENIED_REASONS: dict[Permission, Promise] = {
    Permission.VIEW: _(
        "Only a member of this project can do this. Ask a lead of %(project)s to give you the role."
    ),
    Permission.CURATE: _(
        "Only an annotator or a lead can do this. Ask a lead of %(project)s to give you the role."
    ),
    Permission.REVIEW: _(
        "Only a reviewer or a lead can do this. Ask a lead of %(project)s to give you the role."
    ),
    Permission.VOTE: _(
        "Only a reviewer or a lead can do this. Ask a lead of %(project)s to give you the role."
    ),
    Permission.LEAD: _("Only a lead can do this. Ask a lead of %(project)s to give you the role."),
}


# Every request asks this, and the ORM takes longer to build it than PostgreSQL to run it: without
# this statement a vote takes 20 % more processor time (docs/benchmarks.md).
_PROJECT: Final = Columns.all_of(Project)
_PROJECT_AND_ROLES: Final = (
    sql.SQL("""
SELECT m.role, {columns}
FROM people_membership m JOIN people_project p ON p.id = m.project_id
WHERE m.user_id = %(user)s AND p.slug = %(slug)s
""")
    .format(columns=_PROJECT.of("p"))
    .as_string()
)


def permissions_of(user: User, project: Project) -> frozenset[Permission]:
    """Return the user's permissions in the project; empty if they are not a member."""
    if not user.is_active:
        return frozenset()
    if user.is_superuser:
        return frozenset(Permission)
    roles = Membership.objects.filter(project=project, user=user).values_list("role", flat=True)
    return _permissions_of_roles(roles)


def project_and_permissions(user: User, slug: str) -> tuple[Project | None, frozenset[Permission]]:
    """Return the project with this slug and the user's permissions in it, with one query.

    The project is None if it does not exist or the user is not a member.
    """
    if not user.is_active:
        return None, frozenset()
    if user.is_superuser:
        return Project.objects.filter(slug=slug).first(), frozenset(Permission)
    rows = fetch_all(_PROJECT_AND_ROLES, {"slug": slug, "user": user.pk})
    project = _PROJECT.instance(rows[0][1:]) if rows else None
    return project, _permissions_of_roles(role for role, *_project in rows)


def _permissions_of_roles(roles: Iterable[str]) -> frozenset[Permission]:
    return frozenset().union(*(ROLE_PERMISSIONS[role] for role in roles))


def permission_denied_reason(
    permissions: frozenset[Permission], permission: Permission, project: Project
) -> str:
    """Return a sentence that names the role to ask for; empty if `permission` is granted."""
    if permission in permissions:
        return ""
    return str(DENIED_REASONS[permission] % {"project": project.name})


def require_permission(actor: User | None, project: Project, permission: Permission) -> None:
    """Check that a user has a permission in a project; `actor` None is the system (a command).

    Raises:
        PermissionDeniedError: they do not have it.
    """
    if actor is None:
        return
    reason = permission_denied_reason(permissions_of(actor, project), permission, project)
    if reason:
        raise PermissionDeniedError(reason)


def require_lead(actor: User | None, project: Project) -> None:
    """Check that a user is a lead of the project; `actor` None is the system (a command).

    Raises:
        PermissionDeniedError: they are not.
    """
    require_permission(actor, project, Permission.LEAD)
