"""Which addresses a webhook may have in this installation."""

from urllib.parse import urlsplit

from django.conf import settings

from reviewapp.core.messages import Message, message
from reviewapp.core.outbound.addresses import (
    AddressRule,
    as_address,
    forbidden_address,
    host_and_port,
    hostname_is_valid,
    is_listed,
    private_address,
)


def address_rule(url: str) -> AddressRule:
    """Return the rule for the network addresses of a valid URL: public ones, or listed hosts."""
    is_private_allowed = is_listed(url, settings.WEBHOOK_PRIVATE_HOSTS)
    return forbidden_address if is_private_allowed else private_address


def url_error(url: str) -> Message | None:
    """Return why a webhook cannot have this address; None if it can."""
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        return message("webhooks.url_invalid")
    rest = f"{parts.path}?{parts.query}"
    is_plain = rest.isascii() and url.isprintable() and " " not in url
    is_web = parts.scheme in {"http", "https"} and port != 0 and hostname_is_valid(host)
    if not (is_plain and is_web):
        return message("webhooks.url_invalid")
    if "@" in parts.netloc:
        return message("webhooks.url_with_password")
    is_local = is_listed(url, settings.WEBHOOK_PRIVATE_HOSTS)
    literal, (name, _port) = as_address(host), host_and_port(url)
    is_denied = address_rule(url)(literal) if literal else name == "localhost" and not is_local
    if is_denied:
        return message("webhooks.host_refused", host=name)
    if parts.scheme == "http" and not is_local:
        return message("webhooks.url_not_encrypted")
    return None
