"""Places of requests: networks, and countries that only a proxy of the site's own may name."""

import pytest

from hushkeep.identity.places import Place, client_of, counted_as, place_of

PROXIES = frozenset({"192.0.2.1"})


def place(address, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return place_of(address, named, proxies=PROXIES, country_header="X-Country")


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("198.51.100.7", "198.51.100.0/24"),
        ("198.51.100.250", "198.51.100.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("::ffff:198.51.100.7", "198.51.100.0/24"),
        ("", ""),
        ("unix:", ""),
    ],
)
def test_the_network_of_an_address(address, network):
    assert place(address) == Place(network)


def test_a_proxy_of_ours_says_who_asked_and_from_which_country():
    sent = {"X_Forwarded_For": "10.9.9.9, 203.0.113.9", "X_Country": "de"}
    assert place("192.0.2.1", **sent) == Place("203.0.113.0/24", "DE")


def test_nobody_else_is_believed():
    sent = {"X_Forwarded_For": "203.0.113.9", "X_Country": "DE"}
    assert place("192.0.2.2", **sent) == Place("192.0.2.0/24")


CHAIN = frozenset({"192.0.2.1", "2001:db8::1"})


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("198.51.100.7", None, "198.51.100.7"),
        ("198.51.100.7", "203.0.113.9", "198.51.100.7"),  # no proxy of ours: what it sends counts for nothing
        ("192.0.2.1", "203.0.113.9", "203.0.113.9"),
        ("::ffff:192.0.2.1", "203.0.113.9", "203.0.113.9"),
        ("192.0.2.1", "10.9.9.9, 203.0.113.9", "203.0.113.9"),  # what the client wrote itself stands before
        ("192.0.2.1", "203.0.113.9, 2001:DB8:0::1", "203.0.113.9"),  # through two of ours
        ("192.0.2.1", "192.0.2.1, 2001:db8::1", ""),
        ("192.0.2.1", "203.0.113.9, nobody", ""),  # never further back than what can be read
        ("192.0.2.1", "203.0.113.9,", ""),
        ("192.0.2.1", None, ""),
        ("", "203.0.113.9", ""),
    ],
)
def test_whose_address_counts(peer, forwarded, client):
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    assert client_of(peer, headers, proxies=CHAIN) == client


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("2001:db8:9:8:7:6:5:4", "2001:db8:9:8::"),
        ("2001:db8:9:8:ffff::1", "2001:db8:9:8::"),
        ("2001:db8:9:9::1", "2001:db8:9:9::"),
        ("", ""),
    ],
)
def test_who_may_choose_among_many_addresses_is_counted_once(address, counted):
    assert counted_as(address) == counted


@pytest.mark.parametrize("country", ["", "D", "DEU", "1A", "d\u00e9"])
def test_a_country_that_is_no_code_is_not_known(country):
    assert place("192.0.2.1", X_Forwarded_For="203.0.113.9", X_Country=country).country == ""


@pytest.mark.parametrize(
    ("before", "now", "moved"),
    [
        (Place("192.0.2.0/24", "CN"), Place("192.0.2.0/24", "CN"), ""),
        (Place("192.0.2.0/24", "CN"), Place("203.0.113.0/24", "CN"), "network"),
        (Place("192.0.2.0/24", "CN"), Place("203.0.113.0/24", "DE"), "country"),
        (Place("192.0.2.0/24", "CN"), Place("192.0.2.0/24", "DE"), "country"),
        (Place("192.0.2.0/24", "CN"), Place("192.0.2.0/24", ""), ""),
        (Place(), Place("203.0.113.0/24"), ""),
    ],
)
def test_what_differs(before, now, moved):
    assert now.moved_from(before) == moved
