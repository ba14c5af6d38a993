"""Which model serves now: what a client asks before it calls a model."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import quote_etag
from ninja import Router, Schema

from evaluation.promotion.models import Alias
from evaluation.runs.permissions import model_denied_reason
from reviewapp.core.api import Problem
from reviewapp.core.errors import PermissionDeniedError
from reviewapp.people.api import project_for
from reviewapp.people.http import conditional_response, signed_in_user
from reviewapp.people.permissions import Permission

router = Router(tags=["aliases"])


class ServingModel(Schema):
    """The model version behind an alias, with what a client needs to call it; never a key."""

    name: str
    provider: str
    base_url: str | None
    model_id: str
    base_model: str
    extra_body: dict[str, Any]


class AliasOut(Schema):
    """An alias and what it points at."""

    project: str
    alias: str
    model: ServingModel
    promotion: int
    since: datetime


@router.get(
    "/aliases/{project}/{alias}",
    operation_id="evaluation_api_aliases_serving",
    response={200: AliasOut, 304: None, 401: Problem, 403: Problem, 404: Problem},
    summary="Which model serves now",
)
def serving(request: HttpRequest, response: HttpResponse, project: str, alias: str) -> Any:
    """Return the model version behind an alias. The ETag changes when, and only when, it moves.

    Only for tokens of leads; not while the lead votes in a run of that model.
    """
    owner = project_for(request, project, Permission.LEAD)
    related = ("model_version__endpoint",)
    found = Alias.objects.select_related(*related).filter(project=owner, name=alias).first()
    if found is None:
        raise Http404
    if refusal := model_denied_reason(signed_in_user(request), found.model_version_id):
        raise PermissionDeniedError(refusal)
    etag = quote_etag(f"{owner.slug}-{alias}-{found.promotion_id}")
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if known := conditional_response(request, headers):
        return known
    for name, value in headers.items():
        response[name] = value
    model = found.model_version
    return {
        "project": owner.slug,
        "alias": alias,
        "model": {
            "name": model.name,
            "provider": model.provider,
            "base_url": model.endpoint.base_url if model.endpoint else None,
            "model_id": model.model_id,
            "base_model": model.base_model,
            "extra_body": model.extra_body,
        },
        "promotion": found.promotion_id,
        "since": found.since,
    }
