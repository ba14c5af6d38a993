"""The assignment of one example, on its page."""

from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from datasets.assignments import actions
from datasets.assignments.display import assignment_context
from datasets.assignments.forms import AssignmentForm
from datasets.curation.views.lookup import example_or_404
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission


@require_POST
@project_view(Permission.CURATE)
def assign(request: ProjectRequest, example_id: int) -> HttpResponse:
    """Assign an example to a member or to nobody; show its assignment again."""
    example = example_or_404(request, example_id)
    form = AssignmentForm(request.POST, project=request.project, user=request.user)
    # The assignment that is returned is None where nobody has it now.
    form.perform(partial(actions.assign, example_id=example.pk, actor=request.user))
    error = next((str(found[0]) for found in form.errors.values()), "")
    if request.htmx:
        context = {
            **assignment_context(request, example, error=error),
            "example": example,
            "slug": request.project.slug,
        }
        status = form.status if error else 200
        return render(request, "datasets/assignments/_assignment.html", context, status=status)
    if error:
        messages.error(request, error)
    else:
        messages.success(request, gettext("Assigned."))
    return redirect("datasets:example", slug=request.project.slug, example_id=example.pk)
