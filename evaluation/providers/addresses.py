"""Validation of the addresses and key names that models are registered with. Pure."""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from reviewapp.core.messages import Message, message
from reviewapp.core.outbound.addresses import (
    as_address,
    forbidden_address,
    host_and_port,
    hostname_is_valid,
    is_listed,
)

KEY_SUFFIX = "_API_KEY"
_KEY_NAME = re.compile(r"[A-Z][A-Z0-9_]*_API_KEY")


def key_name_error(name: str) -> Message | None:
    """Return why no environment variable of this name may hold a key; None if it may.

    The required suffix prevents other secrets of the process from being sent to an address that a
    lead entered.
    """
    if not name or _KEY_NAME.fullmatch(name):
        return None
    return message("providers.key_name_wrong", suffix=KEY_SUFFIX)


def clean_base_url(url: str) -> str:
    """Return the address without surrounding white space and trailing slashes."""
    return url.strip().rstrip("/")


def base_url_error(url: str) -> Message | None:
    """Return why this cannot be the base URL of an endpoint; None if it can."""
    not_an_address = message("providers.url_invalid")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return not_an_address
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return message("providers.url_without_host")
    if "@" in parts.netloc:
        return message("providers.url_with_password")
    if parts.query or parts.fragment or "?" in url or "#" in url:
        return message("providers.url_with_query")
    if port == 0 or any(character.isspace() for character in url):
        return not_an_address
    return _hostname_error(parts.hostname)


def _hostname_error(host: str) -> Message | None:
    if not hostname_is_valid(host):
        return message("providers.host_invalid")
    literal = as_address(host)
    forbidden = forbidden_address(literal) if literal else ""
    return message("providers.address_forbidden", address=forbidden) if forbidden else None


def host_error(url: str, allowed: Iterable[str]) -> Message | None:
    """Return why this installation may not call the host; None if it may, or if the list is empty.

    Args:
        url: a base URL.
        allowed: the setting PROVIDER_ALLOWED_HOSTS.
    """
    listed = list(allowed)
    if not listed or is_listed(url, listed):
        return None
    host, _ = host_and_port(url)
    return message("providers.host_not_allowed", host=host)
