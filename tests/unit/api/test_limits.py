"""A bucket empties by use, fills by time and is each actor's own."""

from hushkeep.api.limits import Buckets, Limit

LIMIT = Limit(burst=3, per_second=0.5)


def test_the_burst_is_free_and_the_next_one_waits():
    buckets = Buckets()
    assert [buckets.take("a", LIMIT, now=0.0) for _ in range(4)] == [0, 0, 0, 2]


def test_time_fills_the_bucket_again_and_not_above_its_brim():
    buckets = Buckets()
    for _ in range(3):
        buckets.take("a", LIMIT, now=0.0)
    assert buckets.take("a", LIMIT, now=1.0) > 0
    assert buckets.take("a", LIMIT, now=2.0) == 0
    assert [buckets.take("a", LIMIT, now=1e6) for _ in range(4)] == [0, 0, 0, 2]


def test_one_actors_flood_is_not_anothers():
    buckets = Buckets()
    for _ in range(9):
        buckets.take("a", LIMIT, now=0.0)
    assert buckets.take("b", LIMIT, now=0.0) == 0
