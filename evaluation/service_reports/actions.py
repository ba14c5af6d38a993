"""Setting the limits for models in service, and storing what service measured."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from evaluation.registry.models import ModelEvent, ModelVersion
from evaluation.service_reports.judging import Limits
from evaluation.service_reports.models import ServiceLimits, ServiceReport
from evaluation.service_reports.reading import limits_of
from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import message
from reviewapp.people.models import Project, ProjectEvent, User
from reviewapp.people.permissions import require_lead


@dataclass(frozen=True)
class ReportedPeriod:
    """What service measured of a model from `starts` until `ends`; None was not measured.

    Attributes:
        p95_ms: 95th percentile of the time to an answer, in milliseconds.
        usd: cost of all answers.
        refusals: answers that refuse.
        ratings, satisfied: ratings by customers, and how many of them were satisfied.
    """

    starts: datetime
    ends: datetime
    answers: int
    p95_ms: int | None = None
    usd: Decimal | None = None
    refusals: int | None = None
    ratings: int | None = None
    satisfied: int | None = None


@transaction.atomic
def set_limits(
    *,
    project: Project,
    max_p95_ms: int | None,
    max_usd: Decimal | None,
    max_refusal_share: float | None,
    min_csat_share: float | None,
    actor: User | None,
) -> Limits:
    """Change the limits of a project; None is no limit.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidInput: a limit is out of range.
    """
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    require_lead(actor, project)
    _require_share("max_refusal_share", max_refusal_share)
    _require_share("min_csat_share", min_csat_share)
    limits = Limits(max_p95_ms, max_usd, max_refusal_share, min_csat_share)
    before = limits_of(project)
    if before == limits:
        return limits
    values = {
        "max_p95_ms": max_p95_ms,
        "max_usd": max_usd,
        "max_refusal_share": max_refusal_share,
        "min_csat_share": min_csat_share,
    }
    ServiceLimits.objects.update_or_create(project=project, defaults=values)
    ProjectEvent.objects.create(
        project=project,
        actor=actor,
        action="set_service_limits",
        detail={"before": before.as_json(), "after": limits.as_json()},
    )
    return limits


def _require_share(name: str, share: float | None) -> None:
    if share is not None and not 0 <= share <= 1:
        raise InvalidInput(message("service.share"), field=name)


@transaction.atomic
def report_period(
    *, model: ModelVersion, period: ReportedPeriod, actor: User | None
) -> ServiceReport:
    """Store what service measured of a model in a period.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidInput: the period is none or not over, the counts contradict each other, or nothing
            was measured.
    """
    require_lead(actor, model.project)
    _require_sound(period)
    report = ServiceReport.objects.create(model_version=model, reported_by=actor, **vars(period))
    ModelEvent.objects.create(
        project=model.project,
        model_version=model,
        actor=actor,
        action="report_service",
        detail={"report": report.pk, "from": str(period.starts), "until": str(period.ends)},
    )
    return report


def _require_sound(period: ReportedPeriod) -> None:
    if period.ends <= period.starts:
        raise InvalidInput(message("service.no_period"), field="ends")
    if period.ends > timezone.now():
        raise InvalidInput(message("service.not_over"), field="ends")
    if period.answers < 1:
        raise InvalidInput(message("service.no_answers"), field="answers")
    if period.refusals is not None and period.refusals > period.answers:
        raise InvalidInput(message("service.more_refusals"), field="refusals")
    if (period.ratings is None) != (period.satisfied is None):
        raise InvalidInput(message("service.both_counts"), field="ratings")
    if period.ratings is not None and period.satisfied is not None:
        _require_ratings(period.ratings, period.satisfied)
    measured = (period.p95_ms, period.usd, period.refusals, period.ratings)
    if all(figure is None for figure in measured):
        raise InvalidInput(message("service.nothing_measured"))


def _require_ratings(ratings: int, satisfied: int) -> None:
    if ratings < 1:
        raise InvalidInput(message("service.no_ratings"), field="ratings")
    if satisfied > ratings:
        raise InvalidInput(message("service.more_satisfied"), field="satisfied")
