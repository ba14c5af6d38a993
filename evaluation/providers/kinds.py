"""The registry of providers by kind. A new kind is a module with a `Provider` and a line below."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from evaluation.providers import openai
from evaluation.providers.base import Provider, ProviderBlocked
from reviewapp.core.messages import Message, message

# The kind of a model whose answers were imported from a file: it cannot be called.
IMPORTED = "imported"
# The kind of a model that was tuned here and is not served yet.
UNSERVED = "unserved"
WITHOUT_ENDPOINT = (IMPORTED, UNSERVED)

_providers: dict[str, Provider] = {}


def register_provider(provider: Provider) -> None:
    """Make a kind known to forms, constraints and workers."""
    _providers[provider.kind] = provider


register_provider(openai.COMPATIBLE)
register_provider(openai.OPENAI)

DEFAULT = openai.COMPATIBLE.kind


def provider_of(kind: str) -> Provider:
    """Return the provider of a kind.

    Raises:
        ProviderBlocked: no provider is registered for it.
    """
    if kind not in _providers:
        reason = message("providers.unknown_kind", kind=kind)
        raise ProviderBlocked("unknown_provider", reason, is_endpoint_wide=False)
    return _providers[kind]


def provider_choices() -> list[tuple[str, str | Promise]]:
    """Return kind and label of every registered provider."""
    return [(kind, provider.label) for kind, provider in _providers.items()]


def model_choices() -> list[tuple[str, str | Promise]]:
    """Return kind and label of every provider, and of models without an endpoint."""
    return [
        *provider_choices(),
        (IMPORTED, _("Answers imported from a file")),
        (UNSERVED, _("Tuned here, not served yet")),
    ]


def not_askable(kind: str, name: str) -> Message:
    """Return why a model without an endpoint cannot be asked."""
    code = "registry.not_served" if kind == UNSERVED else "registry.not_askable"
    return message(code, name=name)
