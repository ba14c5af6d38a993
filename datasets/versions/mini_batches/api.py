"""API that freezes mini-batches, for scripts of leads."""

from typing import Annotated, Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Router, Schema, Status

from datasets.versions.actions.freezing import MAX_CHANGELOG_LENGTH
from datasets.versions.api import Number
from datasets.versions.mini_batches.actions import freeze_mini_batch
from datasets.versions.mini_batches.plans import DEFAULT_PERCENT, MAX_SEED, plan_mini_batch
from reviewapp.people.api import project_for
from reviewapp.people.http import signed_in_user
from reviewapp.people.permissions import Permission

router = Router(tags=["versions"])


class MiniBatchIn(Schema):
    """A mini-batch to freeze; with `dry_run` its examples are only counted."""

    parent: Number
    percent: Annotated[int, Field(ge=0, le=100)] = DEFAULT_PERCENT
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)] = 0
    changelog: Annotated[str, Field(max_length=MAX_CHANGELOG_LENGTH)] = ""
    dry_run: bool = False


class MiniBatchOut(Schema):
    """What a mini-batch holds; `number` is null where nothing was frozen."""

    number: int | None
    parent: int
    percent: int
    seed: int
    changed: int
    replayed: int
    unchanged: int
    held_out: int


@router.post(
    "/projects/{slug}/mini-batches",
    operation_id="datasets_api_mini_batches_freeze",
    response={200: MiniBatchOut, 201: MiniBatchOut},
    summary="Freeze what changed since a version, with a replay of the rest",
)
def freeze(request: HttpRequest, slug: str, body: MiniBatchIn) -> Any:
    """Freeze a mini-batch as the next version; with `dry_run` only count."""
    project = project_for(request, slug, Permission.LEAD)
    parent = get_object_or_404(project.versions, number=body.parent)
    shown: dict[str, Any] = {"parent": body.parent, "percent": body.percent, "seed": body.seed}
    if body.dry_run:
        batch = plan_mini_batch(parent, percent=body.percent, seed=body.seed)
        return Status(200, {**shown, **batch.provenance(), "number": None})
    made = freeze_mini_batch(
        parent=parent,
        percent=body.percent,
        seed=body.seed,
        changelog=body.changelog,
        actor=signed_in_user(request),
    )
    return Status(201, {**shown, **made.summary["mini_batch"], "number": made.number})
