"""Which addresses and which names of keys a model may be registered with. Pure."""

import re
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

KEY_SUFFIX = "_API_KEY"
_KEY_NAME = re.compile(r"[A-Z][A-Z0-9_]*_API_KEY")
_PORTS = {"http": 80, "https": 443}
# Services that describe a machine, with its credentials, to whatever runs on it. Most clouds use
# link-local addresses for them; these are the others.
_METADATA = {ip_address(one) for one in ("100.100.100.200", "168.63.129.16", "192.0.0.192")}
_FORBIDDEN_NETWORKS = [
    ip_network(one) for one in ("0.0.0.0/8", "240.0.0.0/4", "fd00:ec2::/32", "fd20:ce::/32")
]
_NAT64 = ip_network("64:ff9b::/96")
_LOW_32_BITS = 0xFFFFFFFF


def key_name_error(name: str) -> str:
    """Return why this may not name an environment variable with a key; empty if it may.

    The ending keeps every other secret of the process from being sent to an address that
    a lead typed.
    """
    if not name or _KEY_NAME.fullmatch(name):
        return ""
    return (
        f"The name of the key's environment variable must end in {KEY_SUFFIX} and be in capitals, "
        f"such as OPENAI{KEY_SUFFIX}. Enter the name, never the key itself."
    )


def clean_base_url(url: str) -> str:
    """Return the address without white space and a slash at its end."""
    return url.strip().rstrip("/")


def base_url_error(url: str) -> str:
    """Return why this cannot be the base URL of an endpoint; empty if it can."""
    not_an_address = "This is not an address. It looks like https://models.example.com/v1."
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return not_an_address
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return "The address must begin with https:// or http:// and name a host."
    if "@" in parts.netloc:
        return "Take the name and password out of the address; keys come from the environment."
    if parts.query or parts.fragment or "?" in url or "#" in url:
        return "The address must end with its path, such as /v1, without “?” or “#”."
    if port == 0 or any(character.isspace() for character in url):
        return not_an_address
    return _hostname_error(parts.hostname)


def _hostname_error(host: str) -> str:
    if not _ascii_host(host):
        return "The name of the host is not valid. Check its spelling."
    literal = _as_address(host)
    return address_error(str(literal)) if literal else ""


def host_and_port(url: str) -> tuple[str, int]:
    """Return host (lower case, ASCII, without a final dot) and port of a checked base URL."""
    parts = urlsplit(url)
    return _ascii_host(parts.hostname or ""), parts.port or _PORTS[parts.scheme]


def is_listed(url: str, hosts: Iterable[str]) -> bool:
    """Return whether the list names the host of a base URL.

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


def host_error(url: str, allowed: Iterable[str]) -> str:
    """Return why this installation does not call the host; empty if it may, or if none is listed.

    Args:
        url: a base URL.
        allowed: the setting PROVIDER_ALLOWED_HOSTS.
    """
    listed = list(allowed)
    if not listed or is_listed(url, listed):
        return ""
    host, _ = host_and_port(url)
    return (
        f"This installation calls only the model services that it lists, and {host} is not one. "
        "Ask an administrator to add it to PROVIDER_ALLOWED_HOSTS."
    )


def address_error(address: str) -> str:
    """Return why no model service is called at this IP address; empty if one may be.

    Refused are link-local addresses and those of cloud metadata services, also where an IPv6
    address carries one, and what names no single host. Loopback and private addresses may be
    called: local model servers are there.
    """
    for one in _with_embedded(ip_address(address.partition("%")[0])):
        refused = one.is_link_local or one.is_multicast or one.is_unspecified or one in _METADATA
        if refused or any(one in network for network in _FORBIDDEN_NETWORKS):
            return (
                f"No model service is called at {one}: link-local and metadata addresses are "
                "refused. Correct the base URL."
            )
    return ""


def _with_embedded(address: IPv4Address | IPv6Address) -> Iterator[IPv4Address | IPv6Address]:
    """Yield the address and the IPv4 addresses that an IPv6 address stands for."""
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
    """Return the host as it is looked up; empty if it is not the name of one."""
    try:
        return host.rstrip(".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""


def _as_address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        return None
