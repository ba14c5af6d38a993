"""The services that can be asked, by kind. A new kind: a module with a `Provider`, a line below."""

from django.utils.translation import gettext as _

from evaluation.providers import openai
from evaluation.providers.base import Provider, ProviderBlocked

# The kind of a model whose answers came from a file: it cannot be asked.
IMPORTED = "imported"

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
        ProviderBlocked: nothing is registered under it.
    """
    if kind not in _providers:
        message = _("This version of Touchstone cannot ask models of the kind “%(kind)s”.")
        raise ProviderBlocked("unknown_provider", message % {"kind": kind}, is_endpoint_wide=False)
    return _providers[kind]


def provider_choices() -> list[tuple[str, str]]:
    """Return kind and label of every provider that can be asked."""
    return [(kind, provider.label) for kind, provider in _providers.items()]


def model_choices() -> list[tuple[str, str]]:
    """Return kind and label for every model: those of the providers, and imported answers."""
    return [*provider_choices(), (IMPORTED, _("Answers imported from a file"))]
