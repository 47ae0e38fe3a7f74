"""Inserts by the driver's own cursor: what it raises is Django's, as those who answer for a full disk know it."""

from datetime import UTC, datetime

import pytest
from django.db import DataError

from hushkeep.records import _insert
from hushkeep.runtime.tenancy import tenant_transaction

pytestmark = pytest.mark.server


def test_what_the_driver_raises_is_known_as_djangos(tenant):
    with pytest.raises(DataError), tenant_transaction(tenant):
        _insert.subjects(tenant, ["no id"], datetime(2026, 3, 4, tzinfo=UTC))
