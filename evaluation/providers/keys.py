"""Keys of providers, read from the environment by name when a call is made.

A name must end in _API_KEY, so that no other secret of the process can be sent to an address that
a lead entered. Each key is bound to hosts: `NAME_HOSTS` lists them; well-known names have the hosts
of their service as default. `NAME_FILE` may name a file with the key instead. No value is stored
or logged.
"""

import os
from pathlib import Path

from evaluation.providers.addresses import key_name_error
from evaluation.providers.base import ProviderBlocked
from reviewapp.core.messages import Message, message
from reviewapp.core.outbound.addresses import host_and_port, is_listed

# The environment variable that the documentation of a service names -> the hosts of the service.
WELL_KNOWN_HOSTS = {
    "ANTHROPIC_API_KEY": ["api.anthropic.com"],
    "AZURE_OPENAI_API_KEY": [
        ".openai.azure.com",
        ".cognitiveservices.azure.com",
        ".services.ai.azure.com",
    ],
    "CEREBRAS_API_KEY": ["api.cerebras.ai"],
    "COHERE_API_KEY": ["api.cohere.com", "api.cohere.ai"],
    "DEEPSEEK_API_KEY": ["api.deepseek.com"],
    "FIREWORKS_API_KEY": ["api.fireworks.ai"],
    "GEMINI_API_KEY": ["generativelanguage.googleapis.com"],
    "GROQ_API_KEY": ["api.groq.com"],
    "MISTRAL_API_KEY": ["api.mistral.ai"],
    "NVIDIA_API_KEY": ["integrate.api.nvidia.com"],
    "OPENAI_API_KEY": ["api.openai.com", ".api.openai.com"],
    "OPENROUTER_API_KEY": ["openrouter.ai"],
    "PERPLEXITY_API_KEY": ["api.perplexity.ai"],
    "TOGETHER_API_KEY": ["api.together.xyz", "api.together.ai"],
    "XAI_API_KEY": ["api.x.ai"],
}


def is_set(name: str) -> bool:
    """Return whether this process can read the key."""
    try:
        _read(name)
    except ProviderBlocked:
        return False
    return True


def read_key(name: str, *, base_url: str) -> str:
    """Return the key for a call to `base_url`; an empty text for a service without keys.

    Raises:
        ProviderBlocked: the name is invalid, the key may not be sent to this host, or the
            environment has no key of this name, or two.
    """
    if reason := key_name_error(name) or key_host_error(name, base_url):
        raise ProviderBlocked("key_host_not_allowed", reason)
    return _read(name)


def allowed_hosts(name: str) -> list[str]:
    """Return the hosts to which the key of this name may go, as the administrator lists them."""
    entries = os.environ.get(f"{name}_HOSTS", "").split(",")
    listed = [entry.strip() for entry in entries if entry.strip()]
    return listed or WELL_KNOWN_HOSTS.get(name, [])


def key_notes(name: str, base_url: str) -> list[Message]:
    """Return whether this process has the key, and where it may go; never anything of its value.

    Args:
        name: of the environment variable.
        base_url: of the endpoint; empty where it is not entered yet.
    """
    if reason := key_name_error(name):
        return [reason]
    hosts = allowed_hosts(name)
    notes = [message("providers.key_set" if is_set(name) else "providers.key_unset", name=name)]
    if base_url and (error := key_host_error(name, base_url)):
        return [*notes, error]
    if hosts:
        return [*notes, message("providers.key_hosts", name=name, hosts=hosts)]
    return [*notes, message("providers.key_no_hosts", name=name)]


def key_host_error(name: str, base_url: str) -> Message | None:
    """Return why the key of this name may not be sent to the address; None if it may.

    A default host gets the key only over TLS; for a listed host the administrator decides.
    """
    if not name:
        return None
    is_default = not os.environ.get(f"{name}_HOSTS", "").strip(" ,")
    is_allowed = is_listed(base_url, allowed_hosts(name))
    if is_allowed and (not is_default or base_url.startswith("https://")):
        return None
    host, _ = host_and_port(base_url)
    return message("providers.key_not_for_host", name=name, host=host)


def _read(name: str) -> str:
    if not name:
        return ""
    if reason := key_name_error(name):
        raise ProviderBlocked("key_name_not_allowed", reason)
    if os.environ.get(name, "").strip() and os.environ.get(f"{name}_FILE", "").strip():
        raise ProviderBlocked("key_twice", message("providers.key_twice", name=name))
    key = os.environ.get(name, "").strip() or _from_file(name)
    if not key:
        raise ProviderBlocked("key_missing", message("providers.key_missing", name=name))
    return key


def _from_file(name: str) -> str:
    path = os.environ.get(f"{name}_FILE", "").strip()
    if not path:
        return ""
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return ""
    return lines[0].strip() if lines else ""
