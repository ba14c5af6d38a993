"""Starting a training, within the budget of its project."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.db import transaction

from datasets.versions.models import DatasetVersion
from evaluation.preferences.models import PreferenceSet
from evaluation.providers.addresses import (
    base_url_error,
    host_error,
    key_name_error,
)
from evaluation.providers.keys import key_host_error
from evaluation.registry.models import Endpoint, ModelVersion
from evaluation.training.actions.record import record
from evaluation.training.forecast import (
    Forecast,
    forecast_of,
    settings_of,
    spent_this_month,
)
from evaluation.training.models import TrainingRun, TrainingSettings
from evaluation.training.naming import pattern_error
from evaluation.training.plans import (
    check_terms,
    provider_or_error,
    provider_plan,
    whole_numbers,
)
from evaluation.training.providers.base import Plan, Service
from evaluation.training.sent_files import planned_files, set_of
from evaluation.training.terms import TrainingPlan
from evaluation.training.windows.calendar import opening_for_start
from reviewapp.core.errors import InvalidInput, InvalidTransition
from reviewapp.core.messages import Message, message
from reviewapp.people.models import Project, ProjectEvent, User
from reviewapp.people.permissions import require_lead

MAX_NOTE_LENGTH = 2000


@dataclass(frozen=True)
class Prepared:
    """A training as it would start now."""

    version: DatasetVersion
    plan: Plan
    forecast: Forecast
    preferences: PreferenceSet | None = None


def prepare_training(project: Project, plan: TrainingPlan) -> Prepared:
    """Return a training as it would start now. Writes nothing.

    Raises:
        InvalidInput: the version, an address, a key name or a number cannot be used.
    """
    version = DatasetVersion.objects.filter(pk=plan.version_id, project=project).first()
    if version is None:
        raise InvalidInput(message("training.unknown_version"), field="version_id")
    check_terms(plan)
    plan = addressed(plan)
    _check_service(plan)
    provider, pairs = provider_or_error(plan.provider), set_of(project, plan)
    made = provider_plan(plan, planned_files(version, pairs, provider))
    if errors := provider.check(made):
        raise InvalidInput(errors[0])
    if not any(file.split == "train" for file in made.files):
        raise InvalidInput(message("training.no_examples"), field="version_id")
    forecast = forecast_of(
        project,
        plan.base_model,
        provider.estimate(made),
        has_list_prices=provider.has_list_prices,
        is_free=provider.is_free,
    )
    return Prepared(version, made, forecast, pairs)


@transaction.atomic
def start_training(
    *, project: Project, plan: TrainingPlan, actor: User | None, in_window: bool = False
) -> TrainingRun:
    """Start a training; a worker carries it out, with `in_window` when the next window opens.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidInput: the version, an address, a key name or a number cannot be used; or the
            project has no windows.
        InvalidTransition: it would exceed the budget of the month.
    """
    require_lead(actor, project)
    # Two trainings that start at once are compared with the budget one after the other.
    locked = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    prepared = prepare_training(locked, plan)
    if denied := budget_denied_reason(locked, prepared.forecast):
        raise InvalidTransition(denied)
    opens_at = opening_for_start(locked) if in_window else None
    training = _store(locked, plan, prepared, actor, opens_at)
    forecast = prepared.forecast
    record(
        training,
        "start_training",
        actor,
        reason=training.note,
        detail={
            "base_model": training.base_model,
            "version": prepared.version.number,
            "preferences": prepared.preferences and prepared.preferences.number,
            "expected_tokens": forecast.tokens,
            "expected_usd": None if forecast.usd is None else str(forecast.usd),
            "opens_at": opens_at and opens_at.isoformat(),
        },
    )
    return training


def budget_denied_reason(project: Project, forecast: Forecast) -> Message | None:
    """Return why the project's budget does not allow a training; None if it does."""
    budget = settings_of(project).monthly_budget_usd
    if budget is None:
        return None
    if forecast.usd is None:
        return message("training.budget_needs_price")
    spent = spent_this_month(project)
    if spent + forecast.usd <= budget:
        return None
    return message(
        "training.over_budget", budget=budget, spent=float(spent), usd=float(forecast.usd)
    )


def _store(
    project: Project,
    plan: TrainingPlan,
    prepared: Prepared,
    actor: User | None,
    opens_at: datetime | None,
) -> TrainingRun:
    forecast, base_model = prepared.forecast, plan.base_model.strip()
    price = forecast.price
    endpoint = _endpoint(project, prepared.plan.service)
    training = TrainingRun.objects.create(
        project=project,
        version=prepared.version,
        endpoint=endpoint,
        provider=plan.provider,
        base_model=base_model,
        continues=_continued(project, plan, prepared.plan.service),
        method=plan.method,
        preference_set=prepared.preferences,
        hyperparameters=whole_numbers(plan),
        seed=plan.seed,
        suffix=plan.suffix,
        note=plan.note.strip()[:MAX_NOTE_LENGTH],
        expected_tokens=forecast.tokens,
        expected_usd=forecast.usd,
        expected_seconds=forecast.seconds,
        usd_per_million_tokens=price.usd_per_million_tokens if price else None,
        price_as_of=price.as_of if price else None,
        price_is_listed=bool(price and price.is_listed),
        started_by=actor,
        starts_in_window=opens_at is not None,
        run_after=opens_at,
    )
    training.refresh_from_db()
    return training


def _continued(project: Project, plan: TrainingPlan, service: Service) -> ModelVersion | None:
    """Return the registered model that is trained further; None for a base model."""
    found = ModelVersion.objects.filter(
        project=project,
        model_id=plan.base_model.strip(),
        endpoint__base_url=provider_or_error(plan.provider).serving_address(service),
        endpoint__api_key_name=service.api_key_name,
    )
    return found.order_by("-pk").first()


def addressed(plan: TrainingPlan) -> TrainingPlan:
    """Return the plan with the address of the API in the form that its provider calls."""
    provider = provider_or_error(plan.provider)
    if not provider.has_endpoint:
        return replace(plan, base_url="", api_key_name="")
    return replace(plan, base_url=provider.address(plan.base_url))


def _endpoint(project: Project, service: Service) -> Endpoint | None:
    """Return the endpoint of a service; None for a provider without an address."""
    if not service.base_url:
        return None
    endpoint, _made = Endpoint.objects.get_or_create(
        project=project, base_url=service.base_url, api_key_name=service.api_key_name
    )
    return endpoint


def _check_service(plan: TrainingPlan) -> None:
    """Check address and key name, and that the key may go there.

    Raises:
        InvalidInput: one of them may not be used.
    """
    if not provider_or_error(plan.provider).has_endpoint:
        return
    url = plan.base_url
    if reason := base_url_error(url) or host_error(url, settings.PROVIDER_ALLOWED_HOSTS):
        raise InvalidInput(reason, field="base_url")
    name = plan.api_key_name
    if reason := key_name_error(name) or key_host_error(name, url):
        raise InvalidInput(reason, field="api_key_name")


@transaction.atomic
def change_training_settings(
    *, project: Project, monthly_budget_usd: int | None, name_pattern: str, actor: User | None
) -> TrainingSettings:
    """Change the budget and the names of the trainings of a project, and record what differs.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidInput: a negative budget, or a pattern that cannot name models.
    """
    locked = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    require_lead(actor, locked)
    if monthly_budget_usd is not None and monthly_budget_usd < 0:
        raise InvalidInput(message("training.budget_positive"), field="monthly_budget_usd")
    if reason := pattern_error(name_pattern):
        raise InvalidInput(reason, field="name_pattern")
    found = settings_of(locked)
    before = {"budget": found.monthly_budget_usd, "names": found.name_pattern}
    after = {"budget": monthly_budget_usd, "names": name_pattern}
    if before != after:
        found.monthly_budget_usd, found.name_pattern = monthly_budget_usd, name_pattern
        found.save()
        ProjectEvent.objects.create(
            project=locked,
            actor=actor,
            action="change_training_settings",
            detail={"before": before, "after": after},
        )
    return found
