"""API of preferences, for scripts of leads: list, freeze, show and download sets."""

from datetime import datetime
from typing import Annotated, Any

from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema
from pydantic import ConfigDict

from datasets.versions.storage import temporary_file
from datasets.versions.views.downloads import JSON_LINES
from evaluation.preferences.actions import freezing
from evaluation.preferences.collecting import MAX_RUNS
from evaluation.preferences.formats import PairFormat
from evaluation.preferences.models import PreferenceSet, Rule
from reviewapp.core.api import Problem
from reviewapp.people.api import project_for
from reviewapp.people.http import signed_in_user
from reviewapp.people.permissions import Permission

router = Router(tags=["preferences"])
Number = Annotated[int, Field(gt=0, le=2**31 - 1)]


PAIRS_RESPONSE = {
    "responses": {
        200: {
            "description": "The pairs that were not erased since, one on each line.",
            "content": {JSON_LINES: {"schema": {"type": "string", "format": "binary"}}},
        }
    }
}


class PreferencesIn(Schema):
    """Closed runs, and the rule by which their votes decide a pair."""

    model_config = ConfigDict(extra="forbid")

    runs: Annotated[list[Number], Field(min_length=1, max_length=MAX_RUNS)]
    rule: Rule = Rule.MAJORITY
    min_votes: Annotated[int, Field(ge=1, le=freezing.MAX_MIN_VOTES)] = 1


class SourceOut(Schema):
    """A run of a set, and how many pairs it gave."""

    run: int
    name: str
    prompts_digest: str
    pairs: int


class PreferencesOut(Schema):
    """A frozen set of preferences; `left_out` counts comparisons by the reason's code."""

    number: int
    rule: str
    min_votes: int
    digest: str
    pairs: int
    tokens: int
    size_bytes: int
    left_out: dict[str, int]
    sources: list[SourceOut]
    created_at: datetime


class PreferenceListOut(Schema):
    """The sets of a project, the newest first."""

    items: list[PreferencesOut]


SETS = "/projects/{slug}/preferences"


@router.get(
    SETS,
    operation_id="evaluation_api_preferences_list",
    response={200: PreferenceListOut},
    summary="List the sets of preferences",
)
def list_preferences(
    request: HttpRequest, slug: str, limit: Annotated[int, Query(gt=0, le=100)] = 50
) -> dict[str, Any]:
    """Return the newest sets of a project."""
    project = project_for(request, slug, Permission.LEAD)
    found = PreferenceSet.objects.filter(project=project).order_by("-number")[:limit]
    return {"items": [_set(stored) for stored in found]}


@router.post(
    SETS,
    operation_id="evaluation_api_preferences_freeze",
    response={200: PreferencesOut},
    summary="Freeze the preferences of closed runs",
)
def freeze(request: HttpRequest, slug: str, body: PreferencesIn) -> dict[str, Any]:
    """Freeze the pairs that the votes decide; 422 with a sentence where a run cannot be used."""
    project = project_for(request, slug, Permission.LEAD)
    stored = freezing.freeze_preferences(
        project=project,
        run_ids=body.runs,
        rule=body.rule,
        min_votes=body.min_votes,
        actor=signed_in_user(request),
    )
    return _set(stored)


@router.get(
    f"{SETS}/{{number}}",
    operation_id="evaluation_api_preferences_show",
    response={200: PreferencesOut},
    summary="One set of preferences",
)
def show(request: HttpRequest, slug: str, number: Number) -> dict[str, Any]:
    """Return a set with its counts and its runs."""
    return _set(_found(request, slug, number))


@router.get(
    f"{SETS}/{{number}}/file",
    operation_id="evaluation_api_preferences_file",
    response={409: Problem},
    summary="The pairs as JSON lines",
    openapi_extra=PAIRS_RESPONSE,
)
def file(
    request: HttpRequest, slug: str, number: Number, format: PairFormat = PairFormat.OPENAI
) -> HttpResponseBase:
    """Return the pairs in one of the formats; erased ones are left out. The export is an event."""
    found, content = _found(request, slug, number), temporary_file()
    freezing.export_preferences(
        found=found, content=content, layout=format, actor=signed_in_user(request)
    )
    return FileResponse(content, content_type=JSON_LINES)


def _found(request: HttpRequest, slug: str, number: int) -> PreferenceSet:
    project = project_for(request, slug, Permission.LEAD)
    sets = PreferenceSet.objects.select_related("project")
    return get_object_or_404(sets, project=project, number=number)


def _set(found: PreferenceSet) -> dict[str, Any]:
    columns = ("number", "rule", "min_votes", "digest", "tokens", "size_bytes")
    return {
        **{name: getattr(found, name) for name in (*columns, "left_out", "sources", "created_at")},
        "pairs": found.pair_count,
    }
