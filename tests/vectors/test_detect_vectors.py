"""The vectors that an engine in another language is held to as well: findings of whole conversations."""

import json
from pathlib import Path

import pytest

from hushkeep import detect
from hushkeep.kernel import Turn

CASES = json.loads((Path(__file__).parent / "detect_vectors.json").read_text("utf-8"))["conversations"]


@pytest.mark.parametrize("case", CASES, ids=range(len(CASES)))
def test_a_conversation_has_the_published_findings(case):
    turns = [Turn(speaker, text) for speaker, text in case["turns"]]
    found = [[f.turn, f.start, f.end, f.entity] for f in detect.find(turns, names=False)]
    assert found == case["findings"]
