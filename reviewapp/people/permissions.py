"""Who may do what, each answer with its reason.

A role gives powers (docs/roles.md); what depends on the row is a function that the action and the
page both ask, so that a page can say why a button is off.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from psycopg import sql

from reviewapp.core.db.prepared import Columns, fetch_one
from reviewapp.core.errors import NotAllowed
from reviewapp.people.models import Membership, Project, Role, User


class Power(StrEnum):
    """What a role lets a person do in a project."""

    VIEW = "view"  # see examples, versions, policies
    CURATE = "curate"  # import, edit, submit
    REVIEW = "review"  # approve or send back what others wrote
    VOTE = "vote"  # vote in runs they are rater of
    LEAD = "lead"  # freeze, models, runs, figures, promotion, members, audit


ROLE_POWERS: dict[str, frozenset[Power]] = {
    Role.ANNOTATOR: frozenset({Power.VIEW, Power.CURATE}),
    Role.REVIEWER: frozenset({Power.VIEW, Power.REVIEW, Power.VOTE}),
    Role.LEAD: frozenset(Power),
}

POWER_NEEDS: dict[Power, str] = {
    Power.VIEW: "a member of this project",
    Power.CURATE: "an annotator or a lead",
    Power.REVIEW: "a reviewer or a lead",
    Power.VOTE: "a reviewer or a lead",
    Power.LEAD: "a lead",
}


def powers_of(user: User, project: Project) -> frozenset[Power]:
    """Return what this person may do in this project; empty for a stranger."""
    if not user.is_active:
        return frozenset()
    if user.is_superuser:
        return frozenset(Power)
    roles = Membership.objects.filter(project=project, user=user).values_list("role", flat=True)
    return _powers_of_roles(roles)


def project_of(user: User, slug: str) -> tuple[Project | None, frozenset[Power]]:
    """Return the project of this address with the person's powers in it, by one statement.

    Whether there is no such project or the person is a stranger to it, it is None.
    """
    if not user.is_active:
        return None, frozenset()
    if user.is_superuser:
        return Project.objects.filter(slug=slug).first(), frozenset(Power)
    row = fetch_one(_PROJECT_AND_ROLES, {"slug": slug, "user": user.pk})
    if row is None:
        return None, frozenset()
    *project, roles = row
    return _PROJECT.instance(project), _powers_of_roles(roles)


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


def _powers_of_roles(roles: Iterable[str]) -> frozenset[Power]:
    return frozenset().union(*(ROLE_POWERS[role] for role in roles))


def power_refusal(user: User, project: Project, power: Power) -> str:
    """Say why this person may not use this power here; empty if they may."""
    return "" if power in powers_of(user, project) else refusal_for_want_of(power, project)


def refusal_for_want_of(power: Power, project: Project) -> str:
    """Say to somebody who lacks this power here who has it."""
    return (
        f"Only {POWER_NEEDS[power]} can do this. Ask a lead of {project.name} to give you the role."
    )


def require_lead(actor: User | None, project: Project) -> None:
    """Let leads and the system (None) through.

    Raises:
        NotAllowed: anybody else.
    """
    if actor is not None and (refusal := power_refusal(actor, project, Power.LEAD)):
        raise NotAllowed(refusal)
