"""An example as its page opens it: all of which an example has at most one, in one query."""

from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, FilteredRelation, Q
from django.db.models.functions import JSONArray
from django.shortcuts import get_object_or_404

from datasets.curation.filters import ExampleFilter
from datasets.curation.lifecycle import State
from datasets.curation.models import EditDraft, GoldenExample, Revision
from datasets.curation.models.examples import counts_by_state
from datasets.curation.models.sorting import Place, whole_order_of
from datasets.curation.presence import names_of_editors, recent_editors
from datasets.curation.views.places import kept_place
from datasets.curation.visibility import require_readable, with_visibility
from reviewapp.people.http import ProjectRequest
from reviewapp.people.permissions import Permission


@dataclass(frozen=True)
class OpenedExample:
    """An example with what its page shows once.

    Attributes:
        revision: the latest one.
        draft: the user's unsaved changes; None without any, and for members who may not edit.
        editing_now: the names of the others who edit it, for members who may edit.
        place: the one in the queue at which it was opened.
        counts: how many examples of the project are in each state.
    """

    example: GoldenExample
    revision: Revision
    draft: EditDraft | None
    editing_now: str
    place: Place
    counts: dict[State, int]


def opened_or_404(request: ProjectRequest, example_id: int) -> OpenedExample:
    """Return an example of the request's project as its page opens it, or raise 404.

    Raises:
        PermissionDeniedError: its text is hidden from the user at present.
    """
    user, project = request.user, request.project
    may_edit = Permission.CURATE in request.permissions
    order = whole_order_of(ExampleFilter.from_query(request.GET).sort)
    states = project.examples.state_counts()
    latest = Q(revisions__number=F("latest_number"))
    examples = order.with_place(GoldenExample.objects.filter(project=project))
    examples = examples.annotate(
        latest=FilteredRelation("revisions", condition=latest),
        draft=FilteredRelation("drafts", condition=Q(drafts__user=user)),
        editors=ArraySubquery(recent_editors(user)),
        states=ArraySubquery(states.values_list(JSONArray("state", "number"), flat=True)),
    )
    joined = ["intent", "assignment__assignee", "latest__author", "draft"]
    examples = examples.select_related(*joined)
    found: Any = get_object_or_404(with_visibility(examples, user, project), pk=example_id)
    found.project = project
    require_readable(user, found)
    revision: Revision = found.latest
    revision.intent = found.intent
    return OpenedExample(
        example=found,
        revision=revision,
        draft=getattr(found, "draft", None) if may_edit else None,
        editing_now=names_of_editors(found.editors) if may_edit else "",
        place=kept_place(request, found.pk) or order.place_in(found),
        counts=counts_by_state(found.states),
    )
