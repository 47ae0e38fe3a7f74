"""Ranges of a playable copy become whole seconds."""

from hushkeep.records.recordings import playback


def test_ranges_widen_to_seconds_and_stop_after_five():
    ends = [0, 10, 20, 30, 40, 50, 60, 70]
    assert playback.seconds_of(ends, 0, 0) == (0, 1)
    assert playback.seconds_of(ends, 9, 10) == (0, 2)
    assert playback.seconds_of(ends, 10, 19) == (1, 2)
    assert playback.seconds_of(ends, 0, 10**9) == (0, 5)
    assert playback.seconds_of(ends, 65, 10**9) == (6, 7)
