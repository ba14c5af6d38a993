"""Cancelling a batch from the page of its run."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from evaluation.batches.actions.starting import cancel_batch
from evaluation.batches.models import AnswerBatch
from evaluation.batches.tasks import BATCHES
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission


@require_POST
@project_view(Permission.LEAD)
def cancel(request: ProjectRequest, run_id: int, batch_id: int) -> HttpResponse:
    """Ask for a batch to be cancelled, then show the run."""
    batches = AnswerBatch.objects.filter(run=run_id, run__project=request.project)
    batch = get_object_or_404(batches, pk=batch_id)
    cancel_batch(batch_id=batch.pk, actor=request.user)
    BATCHES.send(batch.pk)
    return redirect("evaluation:run_setup", request.project.slug, run_id)
