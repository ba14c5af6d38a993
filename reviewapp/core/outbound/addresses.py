"""Which addresses on the network may be called, and the host of a URL. Pure."""

from collections.abc import Callable, Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

AddressRule = Callable[[str], str]
"""Returns the forbidden address in an IP address, or nothing where it may be called."""

_PORTS: Final = {"http": 80, "https": 443}
# Cloud metadata services give the machine's credentials to every process on it. Most clouds use
# link-local addresses for them; these are the others.
_METADATA = {ip_address(literal) for literal in ("100.100.100.200", "168.63.129.16", "192.0.0.192")}
_FORBIDDEN_NETWORKS = [
    ip_network(network) for network in ("0.0.0.0/8", "240.0.0.0/4", "fd00:ec2::/32", "fd20:ce::/32")
]
_NAT64 = ip_network("64:ff9b::/96")
_LOW_32_BITS = 0xFFFFFFFF


def host_and_port(url: str) -> tuple[str, int]:
    """Return host (lower case, ASCII, no final dot) and port of a validated URL."""
    parts = urlsplit(url)
    return _ascii_host(parts.hostname or ""), parts.port or _PORTS[parts.scheme]


def is_listed(url: str, hosts: Iterable[str]) -> bool:
    """Return whether the list contains the host of a URL.

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


def hostname_is_valid(host: str) -> bool:
    """Return whether this can be the name of a host, or an address."""
    return bool(_ascii_host(host))


def as_address(host: str) -> str:
    """Return the IP address that a host is written as; empty for a name."""
    try:
        return str(ip_address(host.partition("%")[0]))
    except ValueError:
        return ""


def forbidden_address(address: str) -> str:
    """Return which address in this IP address may never be called; empty if none.

    Forbidden are link-local addresses and those of cloud metadata services, also embedded in an
    IPv6 address, and addresses that name no single host. Loopback and private addresses are
    allowed, because local model servers use them.
    """
    for found in _with_embedded(ip_address(address.partition("%")[0])):
        is_special = found.is_link_local or found.is_multicast or found.is_unspecified
        in_network = any(found in network for network in _FORBIDDEN_NETWORKS)
        if is_special or found in _METADATA or in_network:
            return str(found)
    return ""


def private_address(address: str) -> str:
    """Return which address in this IP address is not one of the public network; empty if none."""
    for found in _with_embedded(ip_address(address.partition("%")[0])):
        if not found.is_global:
            return str(found)
    return forbidden_address(address)


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
