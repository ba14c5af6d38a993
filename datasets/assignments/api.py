"""API of assignments."""

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Router, Schema

from datasets.assignments.actions import assign
from reviewapp.people.actions.members import find_person
from reviewapp.people.api import project_for
from reviewapp.people.http import signed_in_user
from reviewapp.people.permissions import Permission

router = Router(tags=["examples"])


class AssignmentIn(Schema):
    """The new assignee of an example, by email address; null for nobody."""

    assignee: Annotated[str, Field(max_length=254)] | None
    due_on: date | None = None


class AssignmentOut(AssignmentIn):
    """The assignee of an example."""

    example: int


@router.put(
    "/projects/{slug}/examples/{example_id}/assignment",
    operation_id="datasets_api_assignments_assign",
    response={200: AssignmentOut},
    summary="Assign an example to a member",
)
def assign_example(
    request: HttpRequest, slug: str, example_id: int, body: AssignmentIn
) -> dict[str, Any]:
    """Assign an example to a member who may edit, or to nobody."""
    project = project_for(request, slug, Permission.CURATE)
    example = get_object_or_404(project.examples, pk=example_id)
    assignee = None if body.assignee is None else find_person(body.assignee)
    due_on = body.due_on if assignee else None
    assign(example_id=example.pk, assignee=assignee, due_on=due_on, actor=signed_in_user(request))
    return {"example": example.pk, "assignee": assignee and assignee.email, "due_on": due_on}
