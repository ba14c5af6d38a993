"""The forecast of a training: tokens, dollars at a dated price, seconds by our own history."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from datasets.versions.costs import LISTED_PRICES, training_cost
from evaluation.training.durations import Duration, Took, duration_by
from evaluation.training.models import Stage, TrainingRun, TrainingSettings
from evaluation.training.naming import base_of, without_date
from evaluation.training.providers.base import Estimate
from reviewapp.people.models import Project

HISTORY = 20
RULE_FACTOR = 2.0
"""Of the provider's own rule for the time, such as the speed that was given for a local model."""


@dataclass(frozen=True)
class PriceUsed:
    """A price for a million training tokens, with the day on which it was read."""

    usd_per_million_tokens: Decimal
    as_of: date
    is_listed: bool


@dataclass(frozen=True)
class Forecast:
    """What a training would take.

    Attributes:
        tokens: that the provider charges.
        price: None if no price of the base model is known; `usd` is then None too.
        seconds: by the earlier trainings of the same base model; without any, by the provider's
            rule; None without one.
        time_factor: the time is expected between `seconds` divided by it and times it.
        trainings: earlier ones on which the time is based.
        is_exact: whether the tokens were counted by the tokenizer of the base model.
        is_counting: whether they will be within seconds.
    """

    tokens: int
    epochs: int
    is_epochs_assumed: bool
    price: PriceUsed | None
    usd: Decimal | None
    seconds: int | None
    time_factor: float | None = None
    trainings: int = 0
    is_exact: bool = True
    is_counting: bool = False


def price_of(
    project: Project, base_model: str, *, has_list_prices: bool = True
) -> PriceUsed | None:
    """Return the price of the project that was read last, else the list price; None without one.

    The list prices are those of OpenAI; other services have others. A price for "gpt-4.1-mini" is
    also that of "gpt-4.1-mini-2025-04-14" and of what is tuned on it.
    """
    base = base_of(base_model)
    for name in dict.fromkeys([base, without_date(base)]):
        own = project.training_prices.filter(base_model=name).order_by("-as_of", "-pk").first()
        if own is not None:
            return PriceUsed(own.usd_per_million_tokens, own.as_of, is_listed=False)
        for listed in LISTED_PRICES:
            if has_list_prices and listed.base_model == name:
                return PriceUsed(listed.usd_per_million_tokens, listed.as_of, is_listed=True)
    return None


def usd_of(tokens: int, usd_per_million_tokens: Decimal | None) -> Decimal | None:
    """Return the cost of tokens in US dollars, to the cent; None without a price."""
    if usd_per_million_tokens is None:
        return None
    return training_cost(tokens, epochs=1, usd_per_million_tokens=usd_per_million_tokens)


def forecast_of(
    project: Project,
    base_model: str,
    estimate: Estimate,
    *,
    has_list_prices: bool = True,
    is_free: bool = False,
) -> Forecast:
    """Return the forecast of a training; the time by history, else by the provider's rule."""
    price = price_of(project, base_model, has_list_prices=has_list_prices)
    if is_free:
        price = PriceUsed(Decimal(0), timezone.now().date(), is_listed=False)
    time = _duration(base_model, estimate)
    return Forecast(
        tokens=estimate.tokens,
        epochs=estimate.epochs,
        is_epochs_assumed=estimate.is_epochs_assumed,
        price=price,
        usd=usd_of(estimate.tokens, price.usd_per_million_tokens if price else None),
        seconds=time.seconds if time else None,
        time_factor=time.factor if time else None,
        trainings=time.trainings if time else 0,
        is_exact=estimate.is_exact,
        is_counting=estimate.is_counting,
    )


def _duration(base_model: str, estimate: Estimate) -> Duration | None:
    """Return the time by the last trainings that succeeded on this base model, else by the rule."""
    base = base_of(base_model)
    same = Q(base_model=base) | Q(base_model__startswith=f"ft:{base}:")
    done = TrainingRun.objects.filter(
        same | Q(base_model__startswith=f"{base}.ft-"),
        stage=Stage.SUCCEEDED,
        trained_tokens__gt=0,
        ended_at__isnull=False,
    )
    # Without what it waited for its window.
    began = Coalesce("started_at", "created_at")
    rows = done.order_by("-pk").values_list(began, "ended_at", "trained_tokens")[:HISTORY]
    history = [
        Took(trained, (ended - began).total_seconds()) for began, ended, trained in rows if trained
    ]
    by_history = duration_by(history, estimate.tokens)
    if by_history or estimate.seconds is None:
        return by_history
    return Duration(estimate.seconds, RULE_FACTOR, 0)


def settings_of(project: Project) -> TrainingSettings:
    """Return the settings of a project's trainings; the defaults, unsaved, if it has none."""
    found = TrainingSettings.objects.filter(project=project).first()
    return found or TrainingSettings(project=project)


def spent_this_month(project: Project) -> Decimal:
    """Return the dollars of the month in UTC: costs, and the forecasts of what has no cost yet.

    A training that ended without a job at the provider cost nothing.
    """
    start = timezone.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    found = TrainingRun.objects.filter(project=project, created_at__gte=start).exclude(
        Q(stage__in=[Stage.FAILED, Stage.CANCELLED]) & Q(provider_job_id="")
    )
    total = found.aggregate(usd=Sum(Coalesce(F("cost_usd"), F("expected_usd"))))["usd"]
    return total or Decimal(0)
