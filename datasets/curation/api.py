"""The HTTP API of golden examples."""

from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from datasets.curation.filters import (
    KNOWN_VALUES,
    MAX_VALUE_LENGTH,
    UNASSIGNED,
    DueFilter,
    ExampleFilter,
    FindingsFilter,
    MineFilter,
    TalkFilter,
)
from datasets.curation.lifecycle import State
from datasets.curation.models import GoldenExample, Revision
from datasets.curation.models.sorting import Order, Place, order_of
from datasets.curation.visibility import readable_by, searched
from reviewapp.core.errors import InvalidInput
from reviewapp.people.api import project_for
from reviewapp.people.http import signed_in_user
from reviewapp.people.models import User
from reviewapp.people.permissions import Permission

router = Router(tags=["examples"])

Word = Annotated[str, Field(max_length=MAX_VALUE_LENGTH)]
Sort = Annotated[
    Literal["", *KNOWN_VALUES["sort"]],  # type: ignore[valid-type]
    Query(description="as on the page, with - for the opposite; empty for by id"),
]
# The `next` of the same order; it may contain the name of an intent.
PlaceText = Annotated[str, Query(max_length=2 * MAX_VALUE_LENGTH)]


class ExampleQuery(Schema):
    """Filters of the list, which are combined."""

    state: Literal["", *map(str, State)] = ""  # type: ignore[valid-type]
    mine: Literal["", *map(str, MineFilter)] = ""  # type: ignore[valid-type]
    findings: Literal["", *map(str, FindingsFilter)] = ""  # type: ignore[valid-type]
    talk: Literal["", *map(str, TalkFilter)] = ""  # type: ignore[valid-type]
    intent: Word = ""
    language: Word = ""
    tag: Word = ""
    policy: Word = ""
    source: Word = ""
    assignee: Word = Field("", description="an email address, or none")
    author: Word = Field("", description="an email address")
    reviewer: Word = Field("", description="an email address")
    due: Literal["", *map(str, DueFilter)] = ""  # type: ignore[valid-type]
    q: Word = ""


class ExampleOut(Schema):
    """A golden example with its latest revision."""

    id: int
    state: str
    revision: int
    messages: list[dict[str, Any]]
    tools: list[dict[str, Any]] | None
    parallel_tool_calls: bool | None
    intent: str
    language: str
    tags: list[str]
    policies: list[str]
    external_id: str
    source: str
    split: str
    metadata: dict[str, Any]
    tokens: int
    assignee: str | None
    due_on: date | None
    open_findings: int
    blocking_findings: int
    content_hash: str


class ExamplePage(Schema):
    """Examples in their order, and the cursor of the next page."""

    items: list[ExampleOut]
    next: str | None


@router.get(
    "/projects/{slug}/examples",
    operation_id="datasets_api_examples_list_examples",
    response={200: ExamplePage},
    summary="List golden examples",
)
def list_examples(
    request: HttpRequest,
    slug: str,
    query: Query[ExampleQuery],
    sort: Sort = "",
    cursor: PlaceText = "",
) -> dict[str, Any]:
    """Return a page of 50 examples with their latest revision, by id or as sorted.

    Examples that you compare blind in an open run are left out until that run is closed.
    """
    project = project_for(request, slug, Permission.VIEW)
    user = signed_in_user(request)
    example_filter = filter_of(query)
    matching = project.examples.matching(example_filter, user=user)
    found = searched(matching, example_filter, user, project)
    found = found.select_related("intent", "assignment__assignee")
    found = found.filter(readable_by(user, project))
    order = order_of(replace(example_filter, sort=sort))
    page = order.page(found, after=_place(order, cursor))
    revisions = Revision.objects.filter(example__in=[example.pk for example in page.rows])
    by_number = {(revision.example_id, revision.number): revision for revision in revisions}
    items = [
        _example(example, by_number[example.pk, example.latest_number]) for example in page.rows
    ]
    return {"items": items, "next": order.place_text(page.after) or None}


def _place(order: Order, cursor: str) -> Place | None:
    """Return where the page begins; None for the first one."""
    place = order.read_place(cursor)
    if cursor and place is None:
        raise InvalidInput(  # not translated: the API is English
            "The cursor is of another order. Leave it out to begin at the first page."
        )
    return place


def filter_of(query: ExampleQuery) -> ExampleFilter:
    """Return the filter of a query, which names people by address."""
    people = {name: _person(getattr(query, name)) for name in ("assignee", "author", "reviewer")}
    return ExampleFilter.from_query({**query.dict(), **people})


def _person(value: str) -> str:
    """Return a person as the filter has it; for an unknown one, an id that nobody has."""
    if value in {"", UNASSIGNED}:
        return value
    user = User.objects.find_by_email(value)
    return str(user.pk if user else 0)


def _example(example: GoldenExample, latest: Revision) -> dict[str, Any]:
    assignment = getattr(example, "assignment", None)
    return {
        "id": example.pk,
        "state": example.state,
        "revision": latest.number,
        "messages": latest.messages,
        "tools": latest.tools,
        "parallel_tool_calls": latest.parallel_tool_calls,
        "intent": example.intent.name if example.intent else "",
        "language": example.language,
        "tags": example.tags,
        "policies": example.policies,
        "external_id": example.external_id,
        "source": example.source,
        "split": example.imported_split,
        "metadata": example.metadata,
        "tokens": example.tokens,
        "assignee": assignment and assignment.assignee.email,
        "due_on": assignment and assignment.due_on,
        "open_findings": example.open_findings,
        "blocking_findings": example.blocking_findings,
        "content_hash": example.content_hash,
    }
