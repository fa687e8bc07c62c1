"""Where webhooks may go: https to public addresses; whoever runs Casefold may allow others by name or network.

Whoever may name an address could otherwise let our server ask what only it can reach: its own machine, the network
behind it, the metadata service of a cloud. So the name is resolved and looked at when an endpoint is made and again at
each delivery, which then goes to the very address that was looked at.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

LONGEST = 2000
NAT64 = IPv6Network("64:ff9b::/96")
"""Through such an address a gateway reaches the IPv4 address in its last 32 bits."""


class AddressRefused(Exception):
    """A webhook must not go there; the code is one of `api.webhooks.problems`."""

    def __init__(self, code: str, host: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.host = host


@dataclass(frozen=True)
class Target:
    """A place that was looked at."""

    url: str
    scheme: str
    host: str
    port: int
    addresses: tuple[str, ...]
    """What the host's name stood for at that moment."""


@dataclass(frozen=True)
class Allowed:
    """What is allowed besides https to public addresses: names of hosts, addresses and networks."""

    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = field(default=())

    @classmethod
    def parse(cls, text: str) -> Allowed:
        """Read ``127.0.0.1, 10.0.0.0/8, hooks.internal``. Raises ValueError for a network that is none."""
        hosts, networks = set[str](), []
        for word in text.replace(",", " ").split():
            if "/" in word or _as_address(word.strip("[]")) is not None:
                networks.append(ipaddress.ip_network(word.strip("[]")))
            else:
                hosts.add(word.casefold().rstrip("."))
        return cls(frozenset(hosts), tuple(networks))

    def target(self, url: str) -> Target:
        """The place that an address names, resolved and looked at. Raises AddressRefused. Asks the name server."""
        scheme, host, port = split(url)
        addresses = resolved(host, port)
        named = host in self.hosts
        listed = all(self._listed(address) for address in addresses)
        if not named and not listed and not all(is_public(address) for address in addresses):
            raise AddressRefused("webhook_not_public", host)
        if scheme != "https" and not named and not listed:
            raise AddressRefused("webhook_not_https", host)
        return Target(url, scheme, host, port, tuple(map(str, addresses)))

    def _listed(self, address: Address) -> bool:
        return any(inner in network for network in self.networks for inner in _all_of(address))


def split(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of an address. Raises AddressRefused for what cannot be one."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
        host.encode("ascii")
    except ValueError:
        raise AddressRefused("webhook_url_wrong") from None
    plain = url.isprintable() and " " not in url and "\\" not in url and len(url) <= LONGEST
    if not plain or not host or parts.scheme not in ("https", "http") or parts.username is not None or parts.fragment:
        raise AddressRefused("webhook_url_wrong")
    return parts.scheme, host, port or (443 if parts.scheme == "https" else 80)


def resolved(host: str, port: int) -> list[Address]:
    """Every address that a name stands for. Raises AddressRefused when there is none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise AddressRefused("webhook_host_unknown", host) from None
    addresses = [_as_address(str(place[0]).partition("%")[0]) for *_, place in found]
    return list(dict.fromkeys(address for address in addresses if address is not None))


def is_public(address: Address) -> bool:
    """Whether it can be reached by everybody, and so can be no secret of our network."""
    return all(inner.is_global and not inner.is_multicast for inner in _all_of(address))


def _all_of(address: Address) -> Iterable[Address]:
    """The address itself, and what a gateway makes of it."""
    yield address
    if isinstance(address, IPv6Address):
        inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if address in NAT64:
            inner.append(IPv4Address(int(address) & 0xFFFFFFFF))
        yield from (one for one in inner if one is not None)


def _as_address(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
