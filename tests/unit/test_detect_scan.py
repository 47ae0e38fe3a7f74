"""A compiled database is kept, and what was kept is used only where compiling would give the same."""

import sys
from pathlib import Path

import pytest

from hushkeep.detect import scan

pytestmark = pytest.mark.skipif(not scan.has_vectorscan(), reason="the hyperscan wheel is not installed")

PATTERNS, FLAGS = ["ab[0-9]", "cd$"], [0, 0]
CASELESS = scan.vectorscan().HS_FLAG_CASELESS if scan.has_vectorscan() else 0


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """Where the Scan called "some" is kept."""
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)

    def find():
        [file] = tmp_path.rglob("some.hsdb")
        assert list(file.parent.iterdir()) == [file]
        return file

    return find


@pytest.fixture
def compiled(monkeypatch):
    """A list that grows by one with each database that is compiled."""
    made, compiled = [], scan._compiled

    def counted(*what):
        made.append(what)
        return compiled(*what)

    monkeypatch.setattr(scan, "_compiled", counted)
    return made


def found(patterns=PATTERNS, flags=FLAGS):
    return sorted(scan.Scan("some", patterns, flags).pairs(b"ab1 cd"))


def test_the_second_scan_of_the_same_is_read_and_finds_the_same(kept, compiled):
    assert found() == found() == [(0, 3), (1, 6)]
    assert len(compiled) == 1
    assert kept().stat().st_mode & 0o777 == Path(scan.__file__).stat().st_mode & 0o666


@pytest.mark.parametrize(
    ("patterns", "flags", "wanted"),
    [
        (["b2", "cd$"], FLAGS, [(1, 6)]),
        (PATTERNS[:1], FLAGS[:1], [(0, 3)]),
        (["ab[0-9]", "CD$"], FLAGS, [(0, 3)]),
        (["ab[0-9]", "CD$"], [0, CASELESS], [(0, 3), (1, 6)]),
    ],
)
def test_what_was_made_of_other_patterns_or_flags_is_compiled_anew(kept, compiled, patterns, flags, wanted):
    found()
    found(["ab[0-9]", "CD$"], FLAGS)
    assert found(patterns, flags) == wanted


def test_what_another_version_made_is_compiled_anew(kept, compiled, monkeypatch):
    found()
    monkeypatch.setattr(scan.vectorscan(), "__version__", "another")
    found()
    assert len(compiled) == 2


@pytest.mark.parametrize("damage", [lambda b: b[:-1], lambda b: b[:100] + bytes([b[100] ^ 1]) + b[101:], lambda _: b""])
def test_a_damaged_one_is_compiled_anew_and_mended(kept, compiled, damage):
    found()
    kept().write_bytes(damage(kept().read_bytes()))
    assert found() == found() == [(0, 3), (1, 6)]
    assert len(compiled) == 2


def test_where_nothing_may_be_written_nothing_is_and_it_works_all_the_same(tmp_path, compiled, monkeypatch):
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert found() == [(0, 3), (1, 6)]
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").touch()
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "file"))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    assert found() == [(0, 3), (1, 6)]
    assert len(compiled) == 2
