"""The download of a bundle."""

from typing import Any

from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from datasets.versions.storage import temporary_file
from evaluation.training.bundle.actions import hand_over, hand_over_denied_reason
from evaluation.training.bundle.archive import write_archive
from evaluation.training.bundle.models import Bundle
from evaluation.training.bundle.reading import contact_state
from evaluation.training.models import TrainingRun
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.models import User
from reviewapp.people.permissions import Permission


@require_POST
@project_view(Permission.LEAD)
def download_bundle(request: ProjectRequest, training_id: int) -> FileResponse:
    """Send the bundle of a training, with a token that is shown nowhere else."""
    found = TrainingRun.objects.select_related("project", "version")
    training = get_object_or_404(found, pk=training_id, project=request.project)
    return bundle_response(request, training, request.user)


def bundle_context(training: TrainingRun) -> dict[str, Any]:
    """Return what the page of a training shows of its bundle; nothing for another kind."""
    bundle = Bundle.objects.filter(training=training).first()
    if bundle is None:
        return {}
    return {
        "bundle_state": contact_state(bundle),
        "last_report": bundle.last_report_at,
        "can_download": not hand_over_denied_reason(training),
    }


def bundle_response(request: HttpRequest, training: TrainingRun, actor: User) -> FileResponse:
    """Return the bundle of a training as a download."""
    token = hand_over(training_id=training.pk, actor=actor)
    path = reverse("api:bundle_events", args=[training.pk])
    url = request.build_absolute_uri(path).removesuffix("/events")
    content = temporary_file()
    write_archive(content, training, url=url, token=token)
    name = f"touchstone-training-{training.pk}.zip"
    response = FileResponse(content, as_attachment=True, filename=name)
    response["Content-Type"] = "application/zip"
    # The file holds a token.
    response["Cache-Control"] = "no-store"
    return response
