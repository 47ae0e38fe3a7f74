"""What stands against replays is not forgotten early, nor kept for ever."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import connection

from hushkeep.access import services as access_services
from hushkeep.access.four_eyes import LONGEST
from hushkeep.access.models import Reveal
from hushkeep.identity import services
from hushkeep.runtime import clock

pytestmark = pytest.mark.server


def test_a_used_code_is_still_used_after_a_thousand_other_entries(database):
    first = f"used:{uuid4()}"
    assert cache.add(first, 1, timeout=600)
    for _ in range(1000):
        cache.add(f"other:{uuid4()}", 1, timeout=600)
    assert not cache.add(first, 1, timeout=600)


def test_what_has_expired_is_removed_and_the_rest_stays(tenant):
    gone, kept = f"gone:{uuid4()}", f"kept:{uuid4()}"
    cache.add(gone, 1, timeout=600)
    cache.add(kept, 1, timeout=600)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE identity_cache SET expires = now() - interval '1 s' WHERE cache_key LIKE %s", [f"%{gone}"]
        )
        assert services.forget(tenant) >= 1
        cursor.execute("SELECT cache_key FROM identity_cache WHERE cache_key LIKE ANY (%s)", [[f"%{gone}", f"%{kept}"]])
        [[left]] = cursor.fetchall()
    assert left.endswith(kept)
    assert cache.get(kept) == 1


def test_counts_of_reveals_stay_while_a_leave_could_count_them(tenant, inside):
    with inside(tenant):
        for age in (timedelta(0), timedelta(days=2), LONGEST + timedelta(minutes=1)):
            Reveal(tenant=tenant, actor=uuid4(), decision=uuid4(), at=clock.now() - age).save(force_insert=True)
    assert access_services.forget(tenant) == 1
    with inside(tenant):
        assert Reveal.objects.count() == 2
