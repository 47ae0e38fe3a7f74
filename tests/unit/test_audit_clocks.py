"""Clocks are compared only as surely as an answer can tell."""

from datetime import UTC, datetime, timedelta

import pytest

from hushkeep.audit.clocks import offset

T = datetime(2026, 3, 4, 8, tzinfo=UTC)


def s(seconds):
    return timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("told", "ahead"),
    [
        ((T, T + s(1)), s(0)),  # within the second that was named
        ((T - s(1), T), s(0)),
        ((T + s(2), T + s(3)), s(1.5)),
        ((T - s(4), T - s(3)), s(-3)),
        ((T + s(0.5), T + s(9)), s(0)),  # as late as the answer: they may agree
    ],
)
def test_an_offset_is_what_no_delay_explains(told, ahead):
    assert offset(T, told, T + s(0.5)) == ahead
