"""No word of the cue table stands in a turn that no gate opens; both engines see it."""

import pytest

from hushkeep.detect import scan
from hushkeep.detect.cues import table
from hushkeep.detect.gate import Gate, flag_of

CUED = ("card_expiry", "dob", "id_card", "passport", "plate", "uscc", "wechat")
SHORT = ("cvv", "id_last", "qq", "secret", "ssn_last")
ENGINES = [False, *([True] if scan.has_vectorscan() else [])]


def plain(entity: str, language: str) -> list[str]:
    """The cues that are words as they stand."""
    return [cue for cue in table()[entity][language] if cue.replace(" ", "").replace("-", "").isalnum()]


@pytest.mark.parametrize("fast", ENGINES)
@pytest.mark.parametrize("entity", [*CUED, *SHORT])
def test_every_cue_opens_its_gate(entity, fast):
    gate = Gate.CUED if entity in CUED else Gate.WORD
    shut = [cue for cue in plain(entity, "en") if not flag_of(f"the {cue} please", fast=fast) & gate]
    shut += [cue for cue in plain(entity, "zh") if not flag_of(f"您的{cue}呢", fast=fast) & gate]
    assert shut == []
