"""The doctor only looks: at what there is, and at what lies where it must not."""

import tempfile
from pathlib import Path

import pytest

from hushkeep.keys.site import write_shares
from hushkeep.runtime.doctor import examine
from hushkeep.runtime.settings import Settings
from hushkeep.runtime.site import site_file


@pytest.fixture
def site():
    """Nothing yet; in a folder of a short name, as sockets need it, which pytest's own may not be."""
    with tempfile.TemporaryDirectory(prefix="hk-") as folder:
        yield Settings(data_dir=Path(folder) / "site")


def found(site, check):
    return next(finding for finding in examine(site) if finding.check == check)


def test_without_a_site_the_doctor_says_so_once_and_makes_nothing(site):
    findings = {finding.check: finding for finding in examine(site)}
    assert list(findings) == ["libraries", "site", "space", "postgres"]
    assert not findings["site"].well
    assert "hushkeep restore" in findings["site"].mend
    assert list(site.data_dir.parent.iterdir()) == []


@pytest.mark.parametrize("where", [".", "backup"])
@pytest.mark.parametrize(
    ("level", "shares", "well"),
    [("separated", 2, True), ("separated", 3, False), ("external", 5, False), ("demo", 5, True)],
)
def test_recovery_shares_that_lie_together_are_named(site, where, level, shares, well):
    site.data_dir.mkdir()
    site_file(site.data_dir).write_text(f'level = "{level}"\n')
    folder = site.recovery_dir / where
    folder.mkdir(parents=True)
    write_shares(folder, ["words of a share"] * shares)
    said = found(site, "shares")
    assert said.well is well
    if not well:
        assert str(folder) in said.words
        assert "another person" in said.mend
