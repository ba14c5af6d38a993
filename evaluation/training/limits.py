"""The limits of a base model, which some services tell: asked before the start and the upload."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise

from evaluation.providers.base import ProviderError
from evaluation.training.providers.base import Capability, ModelLimit, Plan, TrainingProvider
from reviewapp.core.messages import Message, message


@dataclass(frozen=True)
class AskedLimits:
    """What the service told of a base model; `failure` is why it told nothing."""

    limits: Sequence[tuple[str | Promise, ModelLimit]] = ()
    errors: Sequence[Message] = ()
    failure: Message | None = None


def ask_limits(provider: TrainingProvider, plan: Plan) -> AskedLimits:
    """Ask the service for the limits of the base model, and compare the plan with them."""
    try:
        limits = _limits(provider, plan)
    except ProviderError as error:
        return AskedLimits(failure=error.message)
    named = [(_label(provider, limit), limit) for limit in limits]
    return AskedLimits(named, list(_errors(plan, limits)))


def limit_errors(provider: TrainingProvider, plan: Plan) -> list[Message]:
    """Return what in a plan is beyond the limits of its base model.

    Raises:
        ProviderError: the service does not tell them.
    """
    return list(_errors(plan, _limits(provider, plan)))


def _limits(provider: TrainingProvider, plan: Plan) -> list[ModelLimit]:
    return provider.limits(plan) if Capability.LIMITS in provider.capabilities else []


def _label(provider: TrainingProvider, limit: ModelLimit) -> str | Promise:
    labels = {parameter.name: parameter.label for parameter in provider.hyperparameters}
    return labels.get(limit.name, limit.name)


def _errors(plan: Plan, limits: Sequence[ModelLimit]) -> Iterator[Message]:
    for limit in limits:
        value, name = plan.number(limit.name), limit.name
        if value is None:
            continue
        if limit.maximum is not None and value > limit.maximum:
            yield message("training.over_model_limit", name=name, limit=limit.maximum)
        if limit.minimum is not None and value < limit.minimum:
            yield message("training.under_model_limit", name=name, limit=limit.minimum)
