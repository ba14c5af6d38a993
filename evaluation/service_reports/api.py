"""API of models in service: what systems that serve them measured, and the limits."""

from decimal import Decimal
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from ninja import Field, Router, Schema, Status
from pydantic import AwareDatetime

from evaluation.registry.models import ModelVersion
from evaluation.service_reports.actions import ReportedPeriod, report_period, set_limits
from evaluation.service_reports.judging import MAX_P95_MS
from evaluation.service_reports.reading import limits_of
from reviewapp.people.api import project_for
from reviewapp.people.http import signed_in_user
from reviewapp.people.permissions import Permission

router = Router(tags=["aliases"])
limits_router = Router(tags=["promotions"])
Share = Annotated[float | None, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0, le=2**31 - 1)]


class ServiceReportIn(Schema):
    """What was measured from `starts` until `ends`; what was not is left out.

    `usd` is the cost of all `answers` of the period, `refusals` how many of them refused,
    `satisfied` how many of the `ratings` by customers were good. At least one figure is needed.
    """

    starts: AwareDatetime
    ends: AwareDatetime
    answers: Count
    p95_ms: Count | None = None
    usd: Annotated[Decimal | None, Field(ge=0, max_digits=14, decimal_places=6)] = None
    refusals: Count | None = None
    ratings: Count | None = None
    satisfied: Count | None = None


class ServiceLimitsOut(Schema):
    """The limits of the project; null is none. Cost is that of an answer, shares are 0 to 1."""

    max_p95_ms: int | None
    max_usd: Decimal | None
    max_refusal_share: float | None
    min_csat_share: float | None


class ServiceLimitsIn(Schema):
    """All limits of the project, so that none is removed unseen; null is no limit.

    Cost is that of an answer in US dollars, shares are 0 to 1.
    """

    max_p95_ms: Annotated[int | None, Field(ge=1, le=MAX_P95_MS)]
    max_usd: Annotated[Decimal | None, Field(ge=0, max_digits=10, decimal_places=6)]
    max_refusal_share: Share
    min_csat_share: Share


class ServiceReportOut(ServiceReportIn):
    """A report that was stored, with the limits of the project that its figures are judged by."""

    id: int
    model: str
    limits: ServiceLimitsOut


@router.post(
    "/projects/{slug}/models/{name}/service-reports",
    operation_id="evaluation_api_service_report",
    response={201: ServiceReportOut},
    summary="Report what service measured of a model",
)
def report(request: HttpRequest, slug: str, name: str, body: ServiceReportIn) -> Any:
    """Store the figures of a period; a further report of the same period corrects it."""
    project = project_for(request, slug, Permission.LEAD)
    found = ModelVersion.objects.select_related("project")
    model = found.filter(project=project, name=name).first()
    if model is None:
        raise Http404
    period = ReportedPeriod(**body.dict())
    stored = report_period(model=model, period=period, actor=signed_in_user(request))
    shown: dict[str, Any] = {**body.dict(), "id": stored.pk, "model": model.name}
    return Status(201, {**shown, "limits": vars(limits_of(project))})


@limits_router.get(
    "/projects/{slug}/service-limits",
    operation_id="evaluation_api_service_limits",
    response={200: ServiceLimitsOut},
    summary="The limits for models in service",
)
def show_limits(request: HttpRequest, slug: str) -> dict[str, Any]:
    """Return the limits of the project."""
    return vars(limits_of(project_for(request, slug, Permission.LEAD)))


@limits_router.put(
    "/projects/{slug}/service-limits",
    operation_id="evaluation_api_service_limits_set",
    response={200: ServiceLimitsOut},
    summary="Set the limits for models in service",
)
def change_limits(request: HttpRequest, slug: str, body: ServiceLimitsIn) -> dict[str, Any]:
    """Replace all limits of the project."""
    project = project_for(request, slug, Permission.LEAD)
    return vars(set_limits(project=project, actor=signed_in_user(request), **body.dict()))
