"""The registry of providers of trainings. A new kind is a module and a line below."""

from django.utils.functional import Promise

from evaluation.training.local.provider import LocalTraining
from evaluation.training.providers.azure import AzureTraining
from evaluation.training.providers.base import TrainingProvider
from evaluation.training.providers.bundle import BundleTraining
from evaluation.training.providers.fireworks import FireworksTraining
from evaluation.training.providers.openai import OpenAITraining
from evaluation.training.providers.together import TogetherTraining

_providers: dict[str, TrainingProvider] = {
    provider.kind: provider
    for provider in (
        OpenAITraining(),
        AzureTraining(),
        BundleTraining(),
        TogetherTraining(),
        FireworksTraining(),
        LocalTraining(),
    )
}
DEFAULT = OpenAITraining.kind


def training_provider(kind: str) -> TrainingProvider | None:
    """Return the provider of a kind; None if there is none."""
    return _providers.get(kind)


def provider_choices() -> list[tuple[str, str | Promise]]:
    """Return kind and label of every provider."""
    return [(kind, provider.label) for kind, provider in _providers.items()]
