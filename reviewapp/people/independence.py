"""Checks that the lead who signs is independent of the lead who asks, by the audit events.

The check stops one person from signing their own request with a second account that they created.
It cannot detect two people who agree beforehand, or one person with two accounts from an operator
(docs/roles.md).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext

from reviewapp.people.models import Project, ProjectEvent, Role, User

TOGETHER = timedelta(hours=1)
"""Two accounts that one user added within this time may belong to one person."""


@dataclass(frozen=True)
class _Grant:
    """The event that gave a role or a membership: by whom (None is the system) and when."""

    by: int | None
    at: datetime


def signature_denied_reason(
    signer: User, *, asker: User, asked_at: datetime, project: Project
) -> str:
    """Return why this lead may not sign what another lead asked for; empty if they may."""
    if signer.pk == asker.pk:
        return gettext("You asked for this promotion, so another lead must sign it.")
    if signer.password_known_to() == asker.pk:
        return gettext("%(lead)s created your account, so another lead must sign this.") % {
            "lead": asker
        }
    if signer.pk in _sponsors_of(asker, project):
        return gettext(
            "%(lead)s has their account or role through you, so another lead must sign this."
        ) % {"lead": asker}
    if signer.is_superuser:  # Only an operator makes a site admin.
        return ""
    return _membership_denied_reason(signer, asker=asker, asked_at=asked_at, project=project)


def were_added_together(first: User, second: User, project: Project) -> bool:
    """Return whether the same user, or an operator, added both to the project within an hour.

    That is no proof of anything, so it is shown beside the signatures and denies nothing.
    """
    (joined, _), (joined_second, _) = _membership(first, project), _membership(second, project)
    if joined is None or joined_second is None:
        return False
    return joined.by == joined_second.by and abs(joined.at - joined_second.at) <= TOGETHER


def _membership_denied_reason(
    signer: User, *, asker: User, asked_at: datetime, project: Project
) -> str:
    joined, lead = _membership(signer, project)
    if joined is None or lead is None or lead.at >= asked_at:
        return gettext("You became a lead after this was asked for, so another lead must sign it.")
    if asker.pk in {joined.by, lead.by}:
        return gettext("%(lead)s added you to this project, so another lead must sign this.") % {
            "lead": asker
        }
    if asker.pk in _sponsors_of(signer, project):
        return gettext(
            "You have your account or role through %(lead)s, so another lead must sign this."
        ) % {"lead": asker}
    return ""


def _sponsors_of(user: User, project: Project) -> set[int]:
    """Return the ids of all who created this account or gave its role, directly or through others.

    Indirect sponsors count, because one person can create a chain of accounts.
    """
    sponsors: set[int] = set()
    queue = [user]
    while queue:
        new = _direct_sponsors_of(queue.pop(), project) - sponsors
        sponsors |= new
        queue += User.objects.filter(pk__in=new)
    return sponsors


def _direct_sponsors_of(user: User, project: Project) -> set[int]:
    """Return the ids of those who created this account or gave it its role."""
    joined, lead = _membership(user, project)
    by = {user.password_known_to(), *(grant.by for grant in (joined, lead) if grant)}
    if lead is None:
        # Removed since: those who added them are still responsible for what they did meanwhile.
        added = ProjectEvent.objects.filter(project=project, subject=user, action="add_member")
        by |= set(added.values_list("actor_id", flat=True))
    return {pk for pk in by if pk is not None and pk != user.pk}


def _membership(user: User, project: Project) -> tuple[_Grant | None, _Grant | None]:
    """Return the grants of a user's membership and of their lead role; None for what they lost."""
    of_user = Q(subject=user, action__in=["add_member", "remove_member"])
    founded = Q(actor=user, action="create_project")
    events = ProjectEvent.objects.filter(of_user | founded, project=project).order_by("at", "pk")
    joined: _Grant | None = None
    roles: dict[str, _Grant] = {}
    for event in events:
        grant = _Grant(event.actor_id, event.at)
        if event.action == "remove_member":
            roles.pop(event.before, None)
            continue
        joined = joined if roles else grant
        roles[Role.LEAD if event.action == "create_project" else event.after] = grant
    return (joined, roles.get(Role.LEAD)) if roles else (None, None)
