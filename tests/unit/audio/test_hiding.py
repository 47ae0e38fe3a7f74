"""Hiding: exact silence in the span, every other sample as it was but for the fades."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hushkeep.audio.hiding import Hidden, hide, merged

RATE = 8000


@given(
    st.integers(1, 3000),
    st.integers(1, 3000),
    st.lists(st.integers(1, 900), min_size=1, max_size=9),
)
def test_blocks_hide_the_same_as_the_whole(first, length, sizes):
    sound = np.random.default_rng(0).uniform(0.1, 1, (6000, 2)).astype("float32")
    spans = (Hidden(1, first, min(first + length, 6000), "number"),)
    whole = hide(sound, 0, spans, RATE)
    parts, at = [], 0
    for size in [*sizes, 6000]:
        parts.append(hide(sound[at : at + size], at, spans, RATE))
        at += size
    assert np.array_equal(np.concatenate(parts), whole)


@given(st.integers(0, 5000), st.integers(1, 1000))
def test_a_span_is_zero_and_one_sample_more_on_both_sides(first, length):
    sound = np.ones((6000, 2), "float32")
    quiet = hide(sound, 0, (Hidden(0, first, first + length, "number"),), RATE)
    assert not quiet[max(0, first - 1) : first + length + 1, 0].any()


def test_nothing_changes_outside_span_and_fades_or_in_another_channel():
    sound = np.random.default_rng(0).uniform(-1, 1, (6000, 2)).astype("float32")
    quiet = hide(sound, 0, (Hidden(0, 2000, 3000, "number"),), RATE)
    assert np.array_equal(quiet[:1950, 0], sound[:1950, 0])
    assert np.array_equal(quiet[3050:, 0], sound[3050:, 0])
    assert np.array_equal(quiet[:, 1], sound[:, 1])


def test_the_source_block_stays_as_it_was():
    sound = np.ones((100, 1), "float32")
    hide(sound, 0, (Hidden(0, 10, 20, "number"),), RATE)
    assert sound.all()


def test_joined_spans_carry_the_gravest_name():
    spans = [Hidden(0, 0, 10, "number"), Hidden(0, 8, 30, "cvv"), Hidden(1, 5, 9, "number"), Hidden(0, 90, 99, "phone")]
    assert merged(spans, rank=("cvv", "phone", "number")) == (
        Hidden(0, 0, 30, "cvv"),
        Hidden(0, 90, 99, "phone"),
        Hidden(1, 5, 9, "number"),
    )


@pytest.mark.parametrize(("first", "end"), [(-1, 5), (5, 5), (6, 5)])
def test_an_empty_or_negative_span_is_refused(first, end):
    with pytest.raises(ValueError, match="span"):
        Hidden(0, first, end, "number")
