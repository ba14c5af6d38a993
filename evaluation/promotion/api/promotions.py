"""API to promote, sign, decline, roll back and withdraw, for scripts of leads."""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Router, Schema
from pydantic import ConfigDict

from evaluation.promotion import actions
from evaluation.promotion.models import Promotion
from evaluation.promotion.requests import MAX_TEXT_LENGTH, PromotionRequest
from evaluation.registry.models import ModelVersion
from evaluation.runs.models import EvaluationRun
from reviewapp.core.api import Cursor, ObjectId
from reviewapp.core.errors import InvalidInput
from reviewapp.core.paging import newest_first
from reviewapp.people.api import project_for
from reviewapp.people.http import signed_in_user
from reviewapp.people.models import Project
from reviewapp.people.permissions import Permission

router = Router(tags=["promotions"])

RELATED = ("model_version", "previous", "requested_by", "signed_by", "declined_by")
Text = Annotated[str, Field(max_length=MAX_TEXT_LENGTH)]


class PromotionOut(Schema):
    """A change of an alias: pending until a second lead signs, in effect, or declined."""

    id: int
    kind: str
    alias: str
    state: str
    model: str
    previous: str | None
    run: int | None
    note: str
    override_reason: str
    requested_by: str
    requested_at: datetime
    signed_by: str | None
    effective_at: datetime | None
    declined_at: datetime | None


class PromotionsOut(Schema):
    """A page of changes, the newest first; `next` is the cursor of the following page."""

    items: list[PromotionOut]
    next: int | None


class PromoteIn(Schema):
    """The alias, what the promotion is expected to change, and why if the gates do not allow it."""

    model_config = ConfigDict(extra="forbid")

    alias: Annotated[str, Field(max_length=20)]
    note: Text
    override_reason: Text = ""


class SignIn(Schema):
    """What the second lead checked, and why they agree."""

    model_config = ConfigDict(extra="forbid")

    note: Text


class ReasonIn(Schema):
    """A reason, which the history shows."""

    model_config = ConfigDict(extra="forbid")

    reason: Text


class RollBackIn(ReasonIn):
    """Why, and to which model; without one to the latest that may be restored.

    With `promotion`, the number that the alias had, nothing is done if it has moved since.
    """

    to_model: Annotated[str, Field(max_length=120)] | None = None
    promotion: Annotated[int, Field(gt=0, le=2**63 - 1)] | None = None


@router.get(
    "/projects/{slug}/promotions",
    operation_id="evaluation_api_promotions_list",
    response={200: PromotionsOut},
    summary="List promotions, rollbacks and withdrawals",
)
def promotions(request: HttpRequest, slug: str, cursor: Cursor = None) -> dict[str, Any]:
    """Return a page of the changes of all aliases, the newest first."""
    project = project_for(request, slug, Permission.LEAD)
    found = Promotion.objects.filter(project=project).select_related(*RELATED)
    rows, following = newest_first(found, before=cursor)
    return {"items": [_as_json(row) for row in rows], "next": following}


@router.post(
    "/runs/{run_id}/promote",
    operation_id="evaluation_api_promotions_promote",
    response={200: PromotionOut},
    summary="Promote the candidate of a run",
)
def promote(request: HttpRequest, run_id: ObjectId, body: PromoteIn) -> dict[str, Any]:
    """Promote at once if the gates allow it; with an override reason it waits for a second lead."""
    run = get_object_or_404(EvaluationRun.objects.select_related("project"), pk=run_id)
    project_for(request, run.project.slug, Permission.LEAD)
    asked = PromotionRequest(run.pk, body.alias, body.note, body.override_reason)
    return _as_json(actions.promote(request=asked, actor=signed_in_user(request)))


@router.post(
    "/promotions/{promotion_id}/sign",
    operation_id="evaluation_api_promotions_sign",
    response={200: PromotionOut},
    summary="Sign an override as the second lead",
)
def sign(request: HttpRequest, promotion_id: ObjectId, body: SignIn) -> dict[str, Any]:
    """Sign a pending promotion, which takes effect."""
    found, actor = _promotion(request, promotion_id), signed_in_user(request)
    return _as_json(actions.sign(promotion_id=found.pk, actor=actor, note=body.note))


@router.post(
    "/promotions/{promotion_id}/decline",
    operation_id="evaluation_api_promotions_decline",
    response={200: PromotionOut},
    summary="Decline an override, or withdraw one's own",
)
def decline(request: HttpRequest, promotion_id: ObjectId, body: ReasonIn) -> dict[str, Any]:
    """Decline a pending promotion; the alias stays as it is."""
    found, actor = _promotion(request, promotion_id), signed_in_user(request)
    return _as_json(actions.decline(promotion_id=found.pk, actor=actor, reason=body.reason))


@router.post(
    "/aliases/{project}/{alias}/roll-back",
    operation_id="evaluation_api_promotions_roll_back",
    response={200: PromotionOut},
    summary="Restore a model that served before",
)
def roll_back(request: HttpRequest, project: str, alias: str, body: RollBackIn) -> dict[str, Any]:
    """Point an alias back to an earlier model, at once."""
    owner = project_for(request, project, Permission.LEAD)
    made = actions.roll_back(
        project=owner,
        alias=alias,
        reason=body.reason,
        actor=signed_in_user(request),
        to_model_id=_model_id(owner, body.to_model),
        expected_promotion_id=body.promotion,
    )
    return _as_json(made)


def _promotion(request: HttpRequest, promotion_id: int) -> Promotion:
    found = get_object_or_404(Promotion.objects.select_related("project"), pk=promotion_id)
    project_for(request, found.project.slug, Permission.LEAD)
    return found


def _model_id(project: Project, name: str | None) -> int | None:
    if name is None:
        return None
    found = ModelVersion.objects.filter(project=project, name=name).first()
    if found is None:
        raise InvalidInput(f"This project has no model “{name}”.", field="to_model")
    return found.pk


def _as_json(promotion: Promotion) -> dict[str, Any]:
    columns = ("kind", "alias", "note", "override_reason", "requested_at", "effective_at")
    return {
        **{name: getattr(promotion, name) for name in columns},
        "id": promotion.pk,
        "state": _state(promotion),
        "model": promotion.model_version.name,
        "previous": promotion.previous.name if promotion.previous else None,
        "run": promotion.run_id,
        "requested_by": str(promotion.requested_by),
        "signed_by": str(promotion.signed_by) if promotion.signed_by else None,
        "declined_at": promotion.declined_at,
    }


def _state(promotion: Promotion) -> str:
    if promotion.effective_at:
        return "in_effect"
    return "declined" if promotion.declined_at else "pending"
