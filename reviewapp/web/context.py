"""The context of every page's frame: the project, its navigation, the user's other projects."""

from functools import partial
from typing import Any, Final, TypedDict

from django.conf import settings
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reviewapp.core.db.compiled import CompiledQuery
from reviewapp.core.db.prepared import Row
from reviewapp.notifications.models import Notification
from reviewapp.people.actions.projects import may_create_projects
from reviewapp.people.models import Project, User
from reviewapp.people.permissions import Permission
from reviewapp.web.help.topics import topic_of


class NavItem(TypedDict):
    """One entry of the navigation bar."""

    label: str | Promise
    url: str
    current: bool
    count: int | None


# Label, URL name, and the permission without which the entry is not shown.
NAVIGATION: list[tuple[str | Promise, str, Permission]] = [
    (_("Home"), "project_home", Permission.VIEW),
    (_("Examples"), "datasets:queue", Permission.VIEW),
    (_("Versions"), "datasets:versions", Permission.VIEW),
    (_("Vote"), "evaluation:voting", Permission.VOTE),
    (_("Models"), "evaluation:models", Permission.LEAD),
    (_("Runs"), "evaluation:runs", Permission.LEAD),
    (_("Promotions"), "evaluation:promotions", Permission.LEAD),
    (_("Settings"), "project_settings", Permission.LEAD),
    (_("Audit"), "audit", Permission.LEAD),
]


# Sections without an entry of their own, and the section of the entry they belong to.
PARENTS = {
    "bulk": "examples",
    "findings": "examples",
    "duplicates": "examples",
    "coverage": "examples",
    "voice": "examples",
    "webhooks": "settings",
    "import": "examples",
    "mentions": "examples",
    "policies": "examples",
    "languages": "vote",
    "aliases": "promotions",
    "members": "settings",
    "reviewers": "vote",
    "gold-checks": "runs",
    "rubric": "runs",
    "trainings": "models",
    "pipeline": "models",
    "preferences": "models",
    "shadow": "models",
}


def navigation(
    request: HttpRequest, project: Project, permissions: frozenset[Permission]
) -> list[NavItem]:
    """Return the entries that the user may open; that of the page is marked, or else home."""
    start = reverse("project_home", args=[project.slug])
    section = request.path.removeprefix(start).partition("/")[0]
    entries: list[NavItem] = []
    for label, name, permission in NAVIGATION:
        if permission not in permissions:
            continue
        url = reverse(name, args=[project.slug])
        own_section = url.removeprefix(start).partition("/")[0]
        current = own_section == PARENTS.get(section, section)
        entries.append({"label": label, "url": url, "current": current, "count": None})
    if entries and not any(entry["current"] for entry in entries):
        entries[0]["current"] = True
    return entries


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return the frame's context; without a project and its navigation for a non-member."""
    project: Project | None = getattr(request, "project", None)
    permissions: frozenset[Permission] = getattr(request, "permissions", frozenset())
    user = getattr(request, "user", None)
    signed_in = isinstance(user, User)
    is_part = bool(request.headers.get("HX-Request"))
    shown = _projects_of(user) if isinstance(user, User) and not is_part else []
    return {
        "project": project,
        "permissions": permissions,
        "nav": navigation(request, project, permissions) if project else [],
        "help_url": reverse("help_topic", args=[topic_of(request.resolver_match)])
        if signed_in
        else "",
        "memberships": [
            {
                "slug": slug,
                "name": name,
                "url": reverse("project_home", args=[slug]),
            }
            for slug, name, _unread in shown
        ],
        "unread_notifications": sum(unread for _slug, _name, unread in shown),
        # A callable, so that a fragment without the menu does not ask the database.
        "may_create_projects": partial(_may_create_projects, user),
        "demo": settings.DEMO,
        "demo_people": _demo_people() if settings.DEMO and not signed_in else [],
    }


def _projects_of(user: User) -> list[Row]:
    """Return the user's projects, with slug, name and number of unread notifications."""
    return _PROJECTS[user.is_superuser].rows(user=user.pk)


def _projects(user: int, *, is_superuser: bool) -> "QuerySet[Project, Any]":
    unread = Notification.objects.unread().filter(user=user, project=OuterRef("pk")).order_by()
    counted = unread.values("project").annotate(n=Count("pk")).values("n")
    visible = Project.objects.visible_to(User(pk=user, is_superuser=is_superuser))
    return visible.values_list("slug", "name", Coalesce(Subquery(counted), 0))


_PROJECTS: Final = {
    is_superuser: CompiledQuery(partial(_projects, is_superuser=is_superuser), "user")
    for is_superuser in (False, True)
}


def _may_create_projects(user: Any) -> bool:
    return isinstance(user, User) and may_create_projects(user)


def _demo_people() -> list[dict[str, str]]:
    """Return the demo's users with their roles, for the sign-in page."""
    people = User.objects.filter(is_demo=True, is_active=True).order_by("pk")
    return [
        {
            "email": person.email,
            "name": person.name,
            "roles": ", ".join(
                sorted({member.get_role_display() for member in person.memberships.all()})
            ),
        }
        for person in people.prefetch_related("memberships")
    ]
