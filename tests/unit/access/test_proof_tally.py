"""Refused proofs: none goes uncounted, few are events of their own, and what is held back is told with its count."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hushkeep.access.proof_tally import EVENTS_A_MINUTE, HOUR, MINUTE, MOST, Tally, counted

NOW = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
FRESH = Tally(NOW, NOW)


def many(count, reason="proof_wrong", *, tally=FRESH, now=NOW):
    """The tally after ``count`` refusals at once, and how often each was told of."""
    told = []
    for _ in range(count):
        tally, telling = counted(tally, reason, now=now)
        told.append(dict(telling))
    return tally, told


def test_the_first_of_a_minute_are_events_each_and_the_rest_is_held_back():
    tally, told = many(EVENTS_A_MINUTE + 3)
    assert told == [{"proof_wrong": 1}] * EVENTS_A_MINUTE + [{}] * 3
    assert (tally.untold, tally.count) == ({"proof_wrong": 3}, EVENTS_A_MINUTE + 3)


def test_the_next_minute_tells_what_was_held_back_and_begins_anew():
    tally, _ = many(EVENTS_A_MINUTE + 3)
    tally, telling = counted(tally, "proof_stale", now=NOW + MINUTE)
    assert telling == {"proof_wrong": 3, "proof_stale": 1}
    assert (tally.told, tally.untold) == (1, {})


def test_a_minute_is_not_over_before_its_end():
    tally, _ = many(EVENTS_A_MINUTE)
    _, telling = counted(tally, "proof_wrong", now=NOW + MINUTE - timedelta(microseconds=1))
    assert telling == {}


def test_the_one_that_fills_the_measure_tells_everything():
    tally, told = many(MOST)
    assert told[-1] == {"proof_wrong": MOST - EVENTS_A_MINUTE}
    assert (tally.count, tally.untold) == (MOST, {})


@pytest.mark.parametrize(("later", "count"), [(HOUR - timedelta(microseconds=1), MOST), (HOUR, 1)])
def test_the_measure_is_an_hours(later, count):
    tally, _ = many(MOST - 1)
    assert counted(tally, "proof_wrong", now=NOW + later)[0].count == count


@given(st.lists(st.tuples(st.sampled_from(["proof_wrong", "proof_stale"]), st.integers(0, 90)), max_size=80))
def test_told_and_held_back_are_all_that_was_refused(refusals):
    tally, now, told, events = FRESH, NOW, Counter(), 0
    for reason, seconds in refusals:
        now += timedelta(seconds=seconds)
        tally, telling = counted(tally, reason, now=now)
        told.update(telling)
        events += len(telling)
    assert told + Counter(tally.untold) == Counter(reason for reason, _ in refusals)
    minutes = (now - NOW) // MINUTE + 1
    assert events <= minutes * (EVENTS_A_MINUTE + 2) + 2
