"""A demo holds few real customers; a made-up center, and a site with its own system users, as many as come."""

import pytest

from hushkeep.identity import tenants
from hushkeep.kernel import Denied, SubjectId, new_id
from hushkeep.records import _insert, demo_limit
from hushkeep.records.demo_limit import make_room
from hushkeep.runtime.clock import now
from hushkeep.runtime.site import Site, read_site, write_site
from hushkeep.runtime.tenancy import tenant_transaction

pytestmark = pytest.mark.server


@pytest.fixture
def room_for_three(monkeypatch):
    monkeypatch.setattr(demo_limit, "REAL_CUSTOMERS", 3)


@pytest.fixture
def at_level(database):
    """A function that sets the site's level for one test."""
    before = read_site()
    yield lambda level: write_site(Site(level, before.tenants))
    write_site(before)


def _asked(tenant, new):
    with tenant_transaction(tenant):
        make_room(tenant, new)


def test_a_demo_takes_real_customers_up_to_its_limit(tenant, at_level, room_for_three):
    at_level("demo")
    _asked(tenant, 3)
    with pytest.raises(Denied, match="demo_is_full"):
        _asked(tenant, 4)


def test_those_who_are_there_already_count(tenant, at_level, room_for_three):
    at_level("demo")
    with tenant_transaction(tenant):
        _insert.subjects(tenant, [SubjectId(new_id())], now())
    _asked(tenant, 2)
    with pytest.raises(Denied, match="demo_is_full"):
        _asked(tenant, 3)
    _asked(tenant, 0)  # more talk of those who are there is always taken


def test_a_made_up_center_and_a_separated_site_have_no_such_limit(tenant, at_level, room_for_three):
    made_up = tenants.create("Made up", demo=True, now=now()).id
    at_level("demo")
    _asked(made_up, 1000)
    at_level("separated")
    _asked(tenant, 1000)
