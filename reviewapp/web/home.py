"""The start pages: the user's projects, and the pending work in one project."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from datasets.curation.filters import ExampleFilter
from datasets.curation.models import GoldenExample
from datasets.curation.texts import STATE_LABELS
from evaluation.promotion.models import Alias
from evaluation.registry.local_model import local_model_note
from evaluation.results.glance import runs_at_a_glance
from reviewapp.people.http import ProjectRequest, project_view, signed_in_user
from reviewapp.people.models import Membership, Project
from reviewapp.people.permissions import Permission
from reviewapp.web.first_steps import first_steps_of
from reviewapp.web.pending_work import pending_work_of, recent_work_of

SAMPLE_SHARES = [
    {"kind": "loss", "x": 0, "width": 24},
    {"kind": "tie_bad", "x": 24, "width": 9},
    {"kind": "tie_good", "x": 33, "width": 18},
    {"kind": "win", "x": 51, "width": 49},
]


@dataclass(frozen=True)
class StateCount:
    """The examples in one state; `percent` is their share, `url` the tab that lists them."""

    label: str
    count: int
    percent: float
    url: str


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Redirect to the user's only project, or list their projects."""
    projects = list(Project.objects.visible_to(signed_in_user(request)))
    if len(projects) == 1:
        return redirect("project_home", slug=projects[0].slug)
    return render(request, "home.html", {"projects": projects})


@require_safe
@project_view(Permission.VIEW)
def project_home(request: ProjectRequest) -> HttpResponse:
    """Show the user's pending and recent work in the project."""
    project, user = request.project, request.user
    is_lead = Permission.LEAD in request.permissions
    roles = Membership.objects.filter(project=project, user=user).order_by("role")
    context = {
        "pending": pending_work_of(user, project, request.permissions),
        "steps": first_steps_of(user, project, request.permissions),
        "local_model": local_model_note(project),
        "recent": recent_work_of(user, project),
        "roles": [role.get_role_display() for role in roles],
        "states": _examples_by_state(project),
        "runs": runs_at_a_glance(user, project) if is_lead else [],
        "aliases": Alias.objects.filter(project=project).select_related("model_version")
        if is_lead
        else [],
        "can_curate": Permission.CURATE in request.permissions,
    }
    return render(request, "project_home.html", context)


def _examples_by_state(project: Project) -> list[StateCount]:
    """Return the number of examples in each state, as the tabs of the queue show them."""
    counts = GoldenExample.objects.filter(project=project).count_by_state()
    total = sum(counts.values())
    queue = reverse("datasets:queue", args=[project.slug])
    return [
        StateCount(
            label=str(STATE_LABELS[state]),
            count=number,
            percent=round(100 * number / total, 2) if total else 0,
            url=f"{queue}?{ExampleFilter(state=state).query}",
        )
        for state, number in counts.items()
    ]


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """Show every component of the interface on one page."""
    return render(request, "styleguide.html", {"shares": SAMPLE_SHARES})
