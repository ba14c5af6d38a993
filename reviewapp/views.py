"""Pages that belong to no app: home, the home of a project, the audit trail."""

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from datasets.http import ProjectRequest, project_view
from datasets.models import Project, User
from datasets.permissions import Power


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Go to the only project, or offer all of them."""
    projects = Project.objects.visible_to(request.user)
    if len(projects) == 1:
        return redirect("project_home", slug=projects[0].slug)
    return render(request, "home.html", {"projects": projects})


@require_GET
@project_view(Power.VIEW)
def project_home(request: ProjectRequest) -> HttpResponse:
    """Say what waits for this person in this project."""
    return render(request, "project_home.html")


@require_GET
@project_view(Power.LEAD)
def audit(request: ProjectRequest) -> HttpResponse:
    """Show who changed what, when and why."""
    return render(request, "audit.html")


@require_GET
def styleguide(request: HttpRequest) -> HttpResponse:
    """Show every component of the interface on one page."""
    return render(request, "styleguide.html")


@login_not_required
@require_POST
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """Sign a demo person in with one click; exists only where the demo is served."""
    if not settings.DEMO:
        raise Http404
    user = get_object_or_404(User, email=request.POST.get("email", ""), is_demo=True)
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return redirect("home")
