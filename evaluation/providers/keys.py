"""Keys of providers, read from the environment by name at the moment of a call.

A name must end in _API_KEY, so that no other secret of the process can be sent to an address that
a lead typed, and each key is bound to the hosts it may be sent to: `NAME_HOSTS` lists them, and
the names that services themselves use have their service as default. `NAME_FILE` may name a file
with the key instead. No value is stored or logged.
"""

import os
from pathlib import Path

from evaluation.providers.addresses import host_and_port, is_listed, key_name_error
from evaluation.providers.base import ProviderBlocked

# Environment variable as the service's own documentation names it -> the service's hosts.
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
    """Return whether this process could read the key."""
    try:
        _read(name)
    except ProviderBlocked:
        return False
    return True


def read_key(name: str, *, base_url: str) -> str:
    """Return the key for a call to `base_url`; an empty text for a service without keys.

    Raises:
        ProviderBlocked: the name may not name a key, the key may not go to this host, or none is in
            the environment, or two.
    """
    if complaint := key_name_error(name) or key_host_error(name, base_url):
        raise ProviderBlocked("key_host_not_allowed", complaint)
    return _read(name)


def key_host_error(name: str, base_url: str) -> str:
    """Return why the key of this name may not be sent to the address; empty if it may.

    A default host gets the key only over TLS; whoever lists a host decides that themselves.
    """
    if not name:
        return ""
    listed = [one.strip() for one in os.environ.get(f"{name}_HOSTS", "").split(",") if one.strip()]
    known = WELL_KNOWN_HOSTS.get(name, [])
    if listed:
        is_allowed = is_listed(base_url, listed)
    else:
        is_allowed = is_listed(base_url, known) and base_url.startswith("https://")
    if is_allowed:
        return ""
    host, _ = host_and_port(base_url)
    return (
        f"{name} is not sent to {host}. If it belongs there, set {name}_HOSTS={host} where the "
        "web server and the workers run, restart them, then resume."
    )


def _read(name: str) -> str:
    if not name:
        return ""
    if complaint := key_name_error(name):
        raise ProviderBlocked("key_name_not_allowed", complaint)
    if os.environ.get(name, "").strip() and os.environ.get(f"{name}_FILE", "").strip():
        raise ProviderBlocked(
            "key_twice",
            f"Both {name} and {name}_FILE are set where the workers run. Unset one, restart them, "
            "then resume.",
        )
    key = os.environ.get(name, "").strip() or _from_file(name)
    if not key:
        raise ProviderBlocked(
            "key_missing",
            f"{name} is not set where the workers run. Set it (or {name}_FILE) in their "
            "environment, restart them, then resume.",
        )
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
