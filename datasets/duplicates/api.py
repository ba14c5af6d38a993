"""The HTTP API of duplicates: the clusters of a project, and the dismissal of a pair."""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema

from datasets.duplicates import actions
from datasets.duplicates.pairs import clusters_of, readable, unsigned_in
from datasets.similarity.models import SimilarPair
from datasets.similarity.signatures import Kind
from reviewapp.core.api import ObjectId
from reviewapp.people.api import project_for
from reviewapp.people.http import signed_in_user
from reviewapp.people.models import Project
from reviewapp.people.permissions import Permission

router = Router(tags=["examples"])

MAX_CLUSTERS = 200
PAIR = "/projects/{slug}/duplicates/{first}/{second}"


class DuplicatesQuery(Schema):
    """Which clusters: near-duplicates, or one question with two answers."""

    kind: Literal["near_duplicate", "two_answers"] = "near_duplicate"


class PairOut(Schema):
    """Two like examples, with the percents of their questions and answers."""

    first: Annotated[int, Field(validation_alias="first_id")]
    second: Annotated[int, Field(validation_alias="second_id")]
    kind: Literal["near_duplicate", "two_answers"]
    question: int
    answer: int | None
    dismissed_at: datetime | None


class ClusterOut(Schema):
    """The ids of examples that are linked by pairs."""

    examples: list[int]


class DuplicatesOut(Schema):
    """The first 200 clusters, the largest first; `unsigned` examples are still to be compared."""

    total: int
    unsigned: int
    items: list[ClusterOut]


@router.get(
    "/projects/{slug}/duplicates",
    operation_id="datasets_api_duplicates_list",
    response={200: DuplicatesOut},
    summary="List clusters of duplicates",
)
def list_duplicates(
    request: HttpRequest, slug: str, query: Query[DuplicatesQuery]
) -> dict[str, Any]:
    """Return clusters without dismissed pairs, retired examples, and those hidden from you."""
    project = project_for(request, slug, Permission.VIEW)
    found = clusters_of(project, Kind(query.kind), signed_in_user(request))
    return {
        "total": len(found),
        "unsigned": unsigned_in(project),
        "items": [{"examples": members} for members in found[:MAX_CLUSTERS]],
    }


@router.post(
    f"{PAIR}/dismiss",
    operation_id="datasets_api_duplicates_dismiss",
    response={200: PairOut},
    summary="Dismiss a pair of near-duplicates",
)
def dismiss(request: HttpRequest, slug: str, first: ObjectId, second: ObjectId) -> Any:
    """Take a pair out of all lists for as long as the two examples are alike."""
    return actions.dismiss_pair(
        pair=_pair(request, slug, first, second), actor=signed_in_user(request)
    )


@router.post(
    f"{PAIR}/restore",
    operation_id="datasets_api_duplicates_restore",
    response={200: PairOut},
    summary="Take back that two examples are no duplicates",
)
def restore(request: HttpRequest, slug: str, first: ObjectId, second: ObjectId) -> Any:
    """List a dismissed pair again."""
    return actions.restore_pair(
        pair=_pair(request, slug, first, second), actor=signed_in_user(request)
    )


def _pair(request: HttpRequest, slug: str, first: int, second: int) -> SimilarPair:
    project: Project = project_for(request, slug, Permission.VIEW)
    ends = {first, second}
    shown = readable(project, signed_in_user(request), ends)
    pairs = SimilarPair.objects.filter(project=project, first__in=shown, second__in=shown)
    return get_object_or_404(pairs, first=min(ends), second=max(ends))
