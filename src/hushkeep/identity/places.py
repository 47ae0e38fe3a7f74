"""Where a request comes from: its network, and its country where a proxy in front says so. Pure.

>>> from hushkeep.identity.places import Place, place_of
>>> place_of("192.0.2.44", {}, proxies=frozenset(), country_header=None)
Place(network='192.0.2.0/24', country='')
>>> Place("192.0.2.0/24").moved_from(Place("198.51.100.0/24"))
'network'

What a header says is believed from a proxy that the site names, and from nobody else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

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


def place_of(address: str, headers: Mapping[str, str], *, proxies: frozenset[str], country_header: str | None) -> Place:
    """Return the place of a request that came from ``address`` (text of an IP address).

    From one of the site's own ``proxies`` the last address that it forwards for counts instead, and the country that
    stands in ``country_header``.
    """
    if address not in proxies:
        return Place(_network(address))
    forwarded = headers.get(_FORWARDED_FOR, "").rpartition(",")[2].strip()
    country = headers.get(country_header, "").upper() if country_header else ""
    known = len(country) == 2 and country.isascii() and country.isalpha()
    return Place(_network(forwarded), country if known else "")


def _network(address: str) -> str:
    try:
        read = ip_address(address)
    except ValueError:
        return ""
    plain: IPv4Address | IPv6Address = (read.ipv4_mapped or read) if isinstance(read, IPv6Address) else read
    return str(ip_network(f"{plain}/{_BITS[plain.version]}", strict=False))
