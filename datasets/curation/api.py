"""The HTTP API of golden examples."""

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from datasets.curation.filters import MAX_VALUE_LENGTH, ExampleFilter
from datasets.curation.models import GoldenExample, Revision
from datasets.curation.visibility import readable_by
from reviewapp.core.api import Cursor, next_cursor
from reviewapp.core.paging import page_by_id
from reviewapp.people.api import project_for
from reviewapp.people.http import signed_in_user
from reviewapp.people.permissions import Permission

router = Router(tags=["examples"])

Word = Annotated[str, Field(max_length=MAX_VALUE_LENGTH)]


class ExampleQuery(Schema):
    """Each parameter narrows the list."""

    state: Literal["", "draft", "in_review", "changes_requested", "approved", "retired"] = ""
    mine: Literal["", "review", "fix"] = ""
    findings: Literal["", "open", "blocking"] = ""
    intent: Word = ""
    language: Word = ""
    tag: Word = ""
    policy: Word = ""
    source: Word = ""
    q: Word = ""


class ExampleOut(Schema):
    """A golden example with its latest wording."""

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
    open_findings: int
    blocking_findings: int
    content_hash: str


class ExamplePage(Schema):
    """Examples by id, and the cursor of the page that follows."""

    items: list[ExampleOut]
    next: str | None


@router.get(
    "/projects/{slug}/examples",
    operation_id="datasets_api_examples_list_examples",
    response={200: ExamplePage},
    summary="List golden examples",
)
def list_examples(
    request: HttpRequest, slug: str, query: Query[ExampleQuery], cursor: Cursor = None
) -> dict[str, Any]:
    """Return a page of 50 examples with their latest wording, by id.

    Examples that you compare blind in an open run are left out until that run is closed.
    """
    project = project_for(request, slug, Permission.VIEW)
    wanted = ExampleFilter.from_query(query.dict())
    found = project.examples.matching(wanted, user=signed_in_user(request)).select_related("intent")
    found = found.filter(readable_by(signed_in_user(request), project))
    page = page_by_id(found, after=cursor)
    said = Revision.objects.filter(example__in=[each.pk for each in page.rows])
    latest = {(each.example_id, each.number): each for each in said}
    items = [_example(each, latest[each.pk, each.latest_number]) for each in page.rows]
    return {"items": items, "next": next_cursor(page)}


def _example(example: GoldenExample, latest: Revision) -> dict[str, Any]:
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
        "open_findings": example.open_findings,
        "blocking_findings": example.blocking_findings,
        "content_hash": example.content_hash,
    }
