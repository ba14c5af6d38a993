"""The page at the address of a deleted example: who deleted it, and where that can be undone."""

from http import HTTPStatus

from django.http import HttpResponse
from django.shortcuts import render

from datasets.curation.lifecycle import Action
from datasets.curation.models import ExampleEvent, GoldenExample
from reviewapp.people.http import ProjectRequest
from reviewapp.people.permissions import Permission


def deleted_page(request: ProjectRequest, example_id: int) -> HttpResponse | None:
    """Return the page of an example that was deleted; None if there was none with this number.

    It shows no text of the example.
    """
    deleted = GoldenExample.with_deleted.filter(project=request.project).exclude(deleted_at=None)
    if not deleted.filter(pk=example_id).exists():
        return None
    events = ExampleEvent.objects.filter(example=example_id, action=Action.DELETE)
    context = {
        "number": example_id,
        "event": events.select_related("actor").order_by("-pk").first(),
        "may_erase": Permission.LEAD in request.permissions,
    }
    return render(request, "datasets/curation/deleted.html", context, status=HTTPStatus.GONE)
