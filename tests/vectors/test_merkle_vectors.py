"""RFC 9162 trees and proofs, against the published Certificate Transparency and transparency-dev test cases."""

import base64
import json
from pathlib import Path

import pytest

from hushkeep import ledger
from hushkeep.kernel import IntegrityError

HERE = Path(__file__).parent / "ledger"

INPUTS = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    6: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def cases(kind):
    lines = (HERE / f"{kind}.jsonl").read_text(encoding="utf-8").splitlines()
    return [pytest.param(json.loads(line), id=json.loads(line)["name"]) for line in lines]


def raw(text):
    return base64.b64decode(text or "")


def steps(case):
    return [raw(step) for step in case["proof"] or []]


@pytest.mark.parametrize(("size", "root"), ROOTS.items())
def test_root_matches_the_published_vector(size, root):
    assert ledger.root_of([ledger.leaf_hash(i) for i in INPUTS[:size]]).hex() == root
    tiles = ledger.MemoryTiles.of_entries(INPUTS)
    assert ledger.root_at(tiles, size).hex() == root


@pytest.mark.parametrize("case", cases("inclusion"))
def test_inclusion_is_judged_as_published(case):
    def judge():
        ledger.verify_inclusion(
            raw(case["leafHash"]), case["leafIdx"], case["treeSize"], steps(case), raw(case["root"])
        )

    if case["wantErr"]:
        with pytest.raises(IntegrityError):
            judge()
    else:
        judge()


@pytest.mark.parametrize("case", cases("consistency"))
def test_consistency_is_judged_as_published(case):
    def judge():
        ledger.verify_consistency(case["size1"], case["size2"], steps(case), raw(case["root1"]), raw(case["root2"]))

    if case["wantErr"]:
        with pytest.raises(IntegrityError):
            judge()
    else:
        judge()
