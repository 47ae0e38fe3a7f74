"""Where a request comes from: its network, and its country where a proxy in front says so. Pure.

>>> from hushkeep.identity.places import Place, place_of
>>> place_of("192.0.2.44", {}, proxies=frozenset(), country_header=None)
Place(network='192.0.2.0/24', country='')
>>> Place("192.0.2.0/24").moved_from(Place("198.51.100.0/24"))
'network'

What a header says is believed from a proxy that the site names, and from nobody else: places and limits read the
client's address by the same function.

>>> from hushkeep.identity.places import client_of
>>> client_of("192.0.2.1", {"X-Forwarded-For": "10.9.9.9, 203.0.113.9"}, proxies=frozenset({"192.0.2.1"}))
'203.0.113.9'
"""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

_BITS = {4: 24, 6: 48}
"""How much of an address names the network: a home's or an office's line, whatever the single machine has."""

_FORWARDED_FOR = "X-Forwarded-For"


@dataclass(frozen=True, slots=True)
class Place:
    """A network in CIDR form, and a country (ISO 3166-1 alpha-2); either is empty where it is not known."""

    network: str = ""
    country: str = ""

    def moved_from(self, before: "Place") -> str:
        """Return ``country``, ``network`` or an empty text: how this differs from ``before``.

        What is not known on one side does not differ; a country that is known on one side only tells nothing.
        """
        if self.country and before.country and self.country != before.country:
            return "country"
        return "network" if self.network and before.network and self.network != before.network else ""


NOWHERE = Place()
"""Not known."""


def client_of(address: str, headers: Mapping[str, str], *, proxies: frozenset[str]) -> str:
    """Return the IP address of whoever asks: that of the peer, or behind ``proxies`` the one that they forward for.

    Each proxy adds the address that it saw at the end of the header: read from there, the first that is no proxy of
    ours is the client's, and what stands before it is the client's own say. Empty where none can be read.
    """
    ours = frozenset(map(_plain, proxies))
    client = _plain(address)
    forwarded = headers.get(_FORWARDED_FOR, "").split(",")
    while client in ours and forwarded:
        client = _plain(forwarded.pop())
    return "" if client in ours else client


def counted_as(address: str) -> str:
    """Return by which address a client is counted: an IPv6 one stands for its /64, all of which one machine may use."""
    read = _plain(address)
    return str(ip_network(f"{read}/64", strict=False).network_address) if ":" in read else read


def place_of(address: str, headers: Mapping[str, str], *, proxies: frozenset[str], country_header: str | None) -> Place:
    """Return the place of a request that came from ``address`` (text of an IP address).

    From one of the site's own ``proxies`` the client's address counts instead (``client_of``), and the country that
    stands in ``country_header``.
    """
    network = _network(client_of(address, headers, proxies=proxies))
    if not country_header or _plain(address) not in frozenset(map(_plain, proxies)):
        return Place(network)
    country = headers.get(country_header, "").upper()
    known = len(country) == 2 and country.isascii() and country.isalpha()
    return Place(network, country if known else "")


def _network(address: str) -> str:
    return str(ip_network(f"{address}/{_BITS[ip_address(address).version]}", strict=False)) if address else ""


def _plain(address: str) -> str:
    """Return the one way to write an IP address, an IPv4 one within IPv6 as itself; empty for what is none."""
    try:
        read = ip_address(address.strip())
    except ValueError:
        return ""
    return str((read.ipv4_mapped or read) if isinstance(read, IPv6Address) else read)
