"""The page of one reviewer: how they vote in each run, for leads and for themselves."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evaluation.results.permissions import require_reviewer_page
from evaluation.results.reports.reviewer import reviewer_rows
from evaluation.runs.models import Rater
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.models import User
from reviewapp.people.permissions import Permission


@require_safe
@project_view(Permission.VOTE)
def reviewer(request: ProjectRequest, user_id: int) -> HttpResponse:
    """Show the figures of a member in each run; a reviewer opens only their own page."""
    raters = Rater.objects.filter(run__project=request.project, user=user_id)
    member = request.user
    if user_id != request.user.pk:
        found = User.objects.filter(pk__in=raters.values("user")).first()
        require_reviewer_page(request.user, found or User(pk=user_id), request.project)
        if found is None:
            raise Http404("No such reviewer in this project.")
        member = found
    context = {
        "member": member,
        "is_own": member.pk == request.user.pk,
        "is_lead": Permission.LEAD in request.permissions,
        "rows": reviewer_rows(member=member, project=request.project, reader=request.user),
    }
    return render(request, "evaluation/results/reviewer.html", context)
