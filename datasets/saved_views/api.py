"""The HTTP API of saved views."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from datasets.saved_views.display import visible_views
from reviewapp.people.api import project_for
from reviewapp.people.http import signed_in_user
from reviewapp.people.permissions import Permission

router = Router(tags=["examples"])


class ViewOut(Schema):
    """A saved view; `query` is that of the queue's address."""

    id: int
    name: str
    query: str
    for_project: bool
    is_default: bool


@router.get(
    "/projects/{slug}/views",
    operation_id="datasets_api_saved_views_list",
    response={200: list[ViewOut]},
    summary="List saved views of the queue",
)
def list_views(request: HttpRequest, slug: str) -> list[dict[str, Any]]:
    """Return the views of the project, then those of the user, by name."""
    project = project_for(request, slug, Permission.VIEW)
    return [
        {
            "id": view.pk,
            "name": view.name,
            "query": view.query,
            "for_project": view.owner_id is None,
            "is_default": view.is_default,
        }
        for view in visible_views(signed_in_user(request), project)
    ]
