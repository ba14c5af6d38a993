"""The pages of the policy library."""

from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from datasets.curation.actions import library
from datasets.curation.forms.library import ChangedPolicyForm, NewPolicyForm
from datasets.curation.models import Policy
from reviewapp.core.markdown import render_markdown
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission


@require_safe
@project_view(Permission.VIEW)
def policies(request: ProjectRequest) -> HttpResponse:
    """List the policies of the project."""
    context = {
        "policies": Policy.objects.filter(project=request.project),
        "may_curate": Permission.CURATE in request.permissions,
    }
    return render(request, "datasets/curation/policies.html", context)


@require_safe
@project_view(Permission.VIEW)
def policy(request: ProjectRequest, policy_slug: str) -> HttpResponse:
    """Show a policy and the number of examples that refer to it."""
    found = get_object_or_404(Policy, project=request.project, slug=policy_slug)
    context = {
        "policy": found,
        "body": render_markdown(found.body),
        "used": request.project.examples.filter(policies__contains=[found.slug]).count(),
        "may_curate": Permission.CURATE in request.permissions,
    }
    return render(request, "datasets/curation/policy.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.CURATE)
def new_policy(request: ProjectRequest) -> HttpResponse:
    """Add a policy."""
    form = NewPolicyForm(request.POST or None)
    if request.method == "POST":
        create = partial(library.create_policy, project=request.project, actor=request.user)
        if created := form.perform(create):
            messages.success(request, gettext("Policy added."))
            return redirect("datasets:policy", slug=request.project.slug, policy_slug=created.slug)
    context = {"form": form}
    return render(request, "datasets/curation/policy_form.html", context, status=form.status)


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.CURATE)
def edit_policy(request: ProjectRequest, policy_slug: str) -> HttpResponse:
    """Change a policy's title and text."""
    found = get_object_or_404(Policy, project=request.project, slug=policy_slug)
    initial = {"title": found.title, "body": found.body, "seen": found.body}
    form = ChangedPolicyForm(request.POST or None, initial=initial)
    if request.method == "POST":
        edit = partial(library.edit_policy, policy_id=found.pk, actor=request.user)
        if form.perform(edit):
            messages.success(request, gettext("Policy saved."))
            return redirect("datasets:policy", slug=request.project.slug, policy_slug=found.slug)
    context = {"form": form, "policy": found}
    return render(request, "datasets/curation/policy_form.html", context, status=form.status)
