"""What the frame of every page needs: the project, its navigation, the person's other projects."""

from typing import Any, TypedDict

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from reviewapp.people.models import Project, User
from reviewapp.people.permissions import Power


class NavItem(TypedDict):
    """One entry of the navigation bar."""

    label: str
    url: str
    current: bool
    count: int | None


# Label, URL name, and the power without which the entry is not shown.
NAVIGATION: list[tuple[str, str, Power]] = [
    ("Home", "project_home", Power.VIEW),
    ("Examples", "datasets:queue", Power.VIEW),
    ("Versions", "datasets:versions", Power.VIEW),
    ("Vote", "evaluation:voting", Power.VOTE),
    ("Models", "evaluation:models", Power.LEAD),
    ("Runs", "evaluation:runs", Power.LEAD),
    ("Promotions", "evaluation:promotions", Power.LEAD),
    ("Settings", "project_settings", Power.LEAD),
    ("Audit", "audit", Power.LEAD),
]


def navigation(request: HttpRequest, project: Project, powers: frozenset[Power]) -> list[NavItem]:
    """Return the entries this person may open, the one they are on marked."""
    entries: list[NavItem] = []
    for label, name, power in NAVIGATION:
        if power not in powers:
            continue
        url = reverse(name, args=[project.slug])
        current = request.path == url or (name != "project_home" and request.path.startswith(url))
        entries.append({"label": label, "url": url, "current": current, "count": None})
    return entries


def shell(request: HttpRequest) -> dict[str, Any]:
    """Give templates `project`, `nav`, `memberships` and `demo`; nothing to a stranger."""
    project: Project | None = getattr(request, "project", None)
    powers: frozenset[Power] = getattr(request, "powers", frozenset())
    user = getattr(request, "user", None)
    signed_in = isinstance(user, User)
    projects = Project.objects.visible_to(user) if isinstance(user, User) else []
    return {
        "project": project,
        "powers": powers,
        "nav": navigation(request, project, powers) if project else [],
        "memberships": [
            {"slug": each.slug, "name": each.name, "url": reverse("project_home", args=[each.slug])}
            for each in projects
        ]
        if signed_in and not request.headers.get("HX-Request")
        else [],
        "demo": settings.DEMO,
        "demo_people": _demo_people() if settings.DEMO and not signed_in else [],
    }


def _demo_people() -> list[dict[str, str]]:
    """The people of the demo with their roles, for the sign-in page."""
    people = User.objects.filter(is_demo=True, is_active=True).order_by("pk")
    return [
        {
            "email": person.email,
            "name": person.name,
            "roles": ", ".join(sorted({each.role for each in person.memberships.all()})),
        }
        for person in people.prefetch_related("memberships")
    ]
