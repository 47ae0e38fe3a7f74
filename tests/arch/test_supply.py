"""What the product is made of: locked by hash, from no named index, above the floor of known fixes, and listed."""

import json
import re
import runpy
from pathlib import Path

import pytest

from hushkeep.runtime import floor

ROOT = Path(__file__).parents[2]
LISTS = ["run.txt", "dev.txt"]
PIN = re.compile(r"^([a-z0-9._-]+)==(\S+)", re.MULTILINE)


def _pins(name):
    return dict(PIN.findall((ROOT / "requirements" / name).read_text()))


@pytest.mark.parametrize("name", LISTS)
def test_every_locked_version_carries_hashes_and_no_index(name):
    text = (ROOT / "requirements" / name).read_text()
    assert not re.search(r"https?://|file://|--index|--find-links|--extra", text)
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(entries) > 20
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_tools_of_the_tests_change_no_version_of_the_product():
    run, dev = _pins("run.txt"), _pins("dev.txt")
    assert {name: dev.get(name) for name in run} == run


def test_locked_versions_stand_above_the_floor():
    run = _pins("run.txt")
    low = [name for name, least in floor.FLOOR.items() if floor._numbers(run[name]) < least]
    assert low == []


def test_installed_versions_stand_above_the_floor():
    assert floor.below_floor() == ()


def test_a_version_below_the_floor_is_named(monkeypatch):
    monkeypatch.setattr(floor, "version", lambda name: "5.2.18" if name == "django" else "999")
    assert floor.below_floor() == ("django 5.2.18 < 5.2.19",)


def test_a_missing_library_is_below_the_floor(monkeypatch):
    def gone(name):
        raise floor.PackageNotFoundError(name)

    monkeypatch.setattr(floor, "version", gone)
    assert len(floor.below_floor()) == len(floor.FLOOR)


def test_the_console_is_locked_without_download_addresses():
    file = ROOT / "console" / "package-lock.json"
    if not file.exists():
        pytest.skip("no console yet")
    packages = json.loads(file.read_text())["packages"]
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert [name for name, entry in packages.items() if name and "integrity" not in entry] == []


def test_the_bill_of_materials_is_that_of_the_locked_lists():
    written = json.loads((ROOT / "sbom.cdx.json").read_text())
    made = runpy.run_path(str(ROOT / "requirements" / "lock.py"))["bill_of_materials"]()
    assert written == made, "run: make lock"
    assert {c["name"] for c in written["components"]} >= set(_pins("run.txt"))
