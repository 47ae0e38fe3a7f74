"""The generated page and the shared rules."""

import json
import re
from pathlib import Path

import pytest

from hushkeep.detect import ENTITIES
from hushkeep.detect.checks import VALIDATORS
from hushkeep.detect.reference import page
from hushkeep.detect.shapes import SHAPES

ROOT = Path(__file__).parents[2]


def test_the_entity_page_is_the_one_the_tables_give():
    assert (ROOT / "docs/reference/entities.md").read_text("utf-8") == page()


@pytest.mark.parametrize("shape", SHAPES, ids=lambda s: s.id)
def test_a_shape_keeps_to_the_subset_that_ecmascript_reads_alike(shape):
    source = shape.watched.pattern.pattern
    assert not re.search(r"\\[dwbDWB]|\(\?P|\.\*|\.\+|\(\?i", source)
    assert shape.entity in ENTITIES
    assert not shape.validate or shape.validate in VALIDATORS


def test_the_vectors_hold_for_every_validator():
    vectors = json.loads((ROOT / "tests/vectors/detect_vectors.json").read_text("utf-8"))["validators"]
    assert set(vectors) == set(VALIDATORS)
    for name, cases in vectors.items():
        for value, expected in cases:
            assert VALIDATORS[name](value) is expected, name
