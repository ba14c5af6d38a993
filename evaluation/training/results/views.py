"""Result files of trainings, for leads."""

import hashlib

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from evaluation.training.models import TrainingResult
from reviewapp.core.errors import DigestMismatch
from reviewapp.core.messages import message
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission


@require_safe
@project_view(Permission.LEAD)
def result_file(request: ProjectRequest, training_id: int, result_id: int) -> HttpResponse:
    """Send a result file as the provider sent it, after comparing it with its digest.

    Raises:
        DigestMismatch: the stored bytes are others.
    """
    results = TrainingResult.objects.filter(training__project=request.project)
    result = get_object_or_404(results, pk=result_id, training=training_id)
    content = bytes(result.content)
    if hashlib.sha256(content).hexdigest() != result.sha256:
        raise DigestMismatch(message("training.result_damaged"))
    response = HttpResponse(content, content_type="application/octet-stream")
    name = f"training-{training_id}-result-{result.pk}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["ETag"] = f'"{result.sha256}"'
    return response
