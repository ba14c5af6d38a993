"""Whether a lead who signs is independent of the lead who asks. Read from the audit events.

It keeps one person from passing for two with an account of their own making. It cannot tell two
people who agree beforehand, or one person whom an operator gave two accounts (docs/roles.md).
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from reviewapp.people.models import Project, ProjectEvent, Role, User


@dataclass(frozen=True)
class _Grant:
    """Who gave a role or a membership, and when; `by` None is the system."""

    by: int | None
    at: datetime


def signature_denied_reason(
    signer: User, *, asker: User, asked_at: datetime, project: Project
) -> str:
    """Return why this lead may not sign what another lead asked for; empty if they may."""
    if signer.pk == asker.pk:
        return "You asked for this promotion, so another lead must sign it."
    if signer.password_known_to() == asker.pk:
        return f"{asker} made your account, so another lead must sign this."
    if signer.pk in _sponsors_of(asker, project):
        return f"{asker} has their account or role through you, so another lead must sign this."
    if signer.is_superuser:  # Only an operator makes a site admin.
        return ""
    return _membership_denied_reason(signer, asker=asker, asked_at=asked_at, project=project)


def _membership_denied_reason(
    signer: User, *, asker: User, asked_at: datetime, project: Project
) -> str:
    joined, lead = _membership(signer, project)
    if joined is None or lead is None or lead.at >= asked_at:
        return "You became a lead after this was asked for, so another lead must sign it."
    if asker.pk in {joined.by, lead.by}:
        return f"{asker} added you to this project, so another lead must sign this."
    if asker.pk in _sponsors_of(signer, project):
        return f"You have your account or role through {asker}, so another lead must sign this."
    return ""


def _sponsors_of(user: User, project: Project) -> set[int]:
    """Return the ids of all who made this account or gave its role, directly or through others.

    A chain of accounts, each made by the one before, is still one person's.
    """
    found: set[int] = set()
    waiting = [user]
    while waiting:
        new = _origins(waiting.pop(), project) - found
        found |= new
        waiting += User.objects.filter(pk__in=new)
    return found


def _origins(user: User, project: Project) -> set[int]:
    """Return the ids of those who made this account or gave it its role."""
    joined, lead = _membership(user, project)
    by = {user.password_known_to(), *(grant.by for grant in (joined, lead) if grant)}
    if lead is None:
        # Removed since: whoever once added them stays behind what they did meanwhile.
        added = ProjectEvent.objects.filter(project=project, subject=user, action="add_member")
        by |= set(added.values_list("actor_id", flat=True))
    return {pk for pk in by if pk is not None and pk != user.pk}


def _membership(user: User, project: Project) -> tuple[_Grant | None, _Grant | None]:
    """Return who brought a person into a project, and who made them a lead, if they still are."""
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
