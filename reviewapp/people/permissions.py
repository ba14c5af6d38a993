"""Who may do what, each answer with its reason.

A role gives permissions (docs/roles.md); what depends on the row is a function that the action and
the page both ask, so that a page can say why a button is off.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from psycopg import sql

from reviewapp.core.db.prepared import Columns, fetch_one
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
    """Return what this person may do in this project; empty for a stranger."""
    if not user.is_active:
        return frozenset()
    if user.is_superuser:
        return frozenset(Permission)
    roles = Membership.objects.filter(project=project, user=user).values_list("role", flat=True)
    return _permissions_of_roles(roles)


def project_of(user: User, slug: str) -> tuple[Project | None, frozenset[Permission]]:
    """Return the project of this address with the person's permissions in it, by one statement.

    Whether there is no such project or the person is a stranger to it, it is None.
    """
    if not user.is_active:
        return None, frozenset()
    if user.is_superuser:
        return Project.objects.filter(slug=slug).first(), frozenset(Permission)
    row = fetch_one(_PROJECT_AND_ROLES, {"slug": slug, "user": user.pk})
    if row is None:
        return None, frozenset()
    *project, roles = row
    return _PROJECT.instance(project), _permissions_of_roles(roles)


_PROJECT: Final = Columns.all_of(Project)
# Every page begins with this; written out, it takes a fraction of the time.
_PROJECT_AND_ROLES: Final = (
    sql.SQL("""
SELECT {columns}, array_agg(m.role)
FROM people_project p JOIN people_membership m ON m.project_id = p.id
WHERE p.slug = %(slug)s AND m.user_id = %(user)s
GROUP BY p.id
""")
    .format(columns=_PROJECT.of("p"))
    .as_string()
)


def _permissions_of_roles(roles: Iterable[str]) -> frozenset[Permission]:
    return frozenset().union(*(ROLE_PERMISSIONS[role] for role in roles))


def permission_denied_reason(user: User, project: Project, permission: Permission) -> str:
    """Say why this person may not use this permission here; empty if they may."""
    return (
        ""
        if permission in permissions_of(user, project)
        else missing_permission_reason(permission, project)
    )


def missing_permission_reason(permission: Permission, project: Project) -> str:
    """Say to somebody who lacks this permission here who has it."""
    return (
        f"Only {PERMISSION_HOLDERS[permission]} can do this. "
        f"Ask a lead of {project.name} to give you the role."
    )


def require_lead(actor: User | None, project: Project) -> None:
    """Let leads and the system (None) through.

    Raises:
        PermissionDeniedError: anybody else.
    """
    if actor is not None and (refusal := permission_denied_reason(actor, project, Permission.LEAD)):
        raise PermissionDeniedError(refusal)
