"""Validation of the addresses and key names that models are registered with. Pure."""

import re
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from reviewapp.core.messages import Message, message

KEY_SUFFIX = "_API_KEY"
_KEY_NAME = re.compile(r"[A-Z][A-Z0-9_]*_API_KEY")
_PORTS = {"http": 80, "https": 443}
# Cloud metadata services give the machine's credentials to every process on it. Most clouds use
# link-local addresses for them; these are the others.
_METADATA = {ip_address(literal) for literal in ("100.100.100.200", "168.63.129.16", "192.0.0.192")}
_FORBIDDEN_NETWORKS = [
    ip_network(network) for network in ("0.0.0.0/8", "240.0.0.0/4", "fd00:ec2::/32", "fd20:ce::/32")
]
_NAT64 = ip_network("64:ff9b::/96")
_LOW_32_BITS = 0xFFFFFFFF


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
    if not _ascii_host(host):
        return message("providers.host_invalid")
    literal = _as_address(host)
    return address_error(str(literal)) if literal else None


def host_and_port(url: str) -> tuple[str, int]:
    """Return host (lower case, ASCII, no final dot) and port of a validated base URL."""
    parts = urlsplit(url)
    return _ascii_host(parts.hostname or ""), parts.port or _PORTS[parts.scheme]


def is_listed(url: str, hosts: Iterable[str]) -> bool:
    """Return whether the list contains the host of a base URL.

    An entry is a host (`models.example.com`: any port), a host with a port
    (`models.example.com:8000`), or a suffix that begins with a dot (`.example.com`).
    """
    host, port = host_and_port(url)
    for entry in hosts:
        name, entry_port = _split_entry(entry)
        is_host = host == name or (name.startswith(".") and host.endswith(name))
        if is_host and entry_port in {None, port}:
            return True
    return False


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


def address_error(address: str) -> Message | None:
    """Return why this IP address may not be called; None if it may.

    Forbidden are link-local addresses and those of cloud metadata services, also embedded in an
    IPv6 address, and addresses that name no single host. Loopback and private addresses are
    allowed, because local model servers use them.
    """
    for found in _with_embedded(ip_address(address.partition("%")[0])):
        is_special = found.is_link_local or found.is_multicast or found.is_unspecified
        in_network = any(found in network for network in _FORBIDDEN_NETWORKS)
        if is_special or found in _METADATA or in_network:
            return message("providers.address_forbidden", address=str(found))
    return None


def _with_embedded(address: IPv4Address | IPv6Address) -> Iterator[IPv4Address | IPv6Address]:
    """Yield the address, and the IPv4 addresses that are embedded in an IPv6 address."""
    yield address
    if isinstance(address, IPv4Address):
        return
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    # NAT64, and the obsolete IPv4-compatible form.
    if address in _NAT64 or _LOW_32_BITS >= int(address) > 1:
        yield IPv4Address(int(address) & _LOW_32_BITS)


def _split_entry(entry: str) -> tuple[str, int | None]:
    name, colon, port = entry.strip().lower().rpartition(":")
    if colon and port.isdigit() and (":" not in name or name.endswith("]")):
        return name.strip("[]"), int(port)
    return entry.strip().lower().strip("[]"), None


def _ascii_host(host: str) -> str:
    """Return the host as the resolver gets it; empty if it is not a host name."""
    try:
        return host.rstrip(".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""


def _as_address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        return None
