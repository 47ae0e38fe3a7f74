"""What the intake remembers of a folder: its files by keyed digests, and the zone that its times were read in."""

import json
from zoneinfo import ZoneInfo

import pytest

from hushkeep.channels.folders import Found
from hushkeep.channels.formats.times import time_of
from hushkeep.cli.intake_journal import Journal
from hushkeep.cli.intake_report import Report, as_json, as_words

ZONES = ("UTC", "Asia/Shanghai")


@pytest.fixture
def folder(tmp_path):
    """A folder of two files, and its journal."""
    source = tmp_path / "13812345678"
    source.mkdir()
    for name in ("a.csv", "b.csv"):
        (source / name).write_text("x")
    files = [Found(source / name, name, 1, "table") for name in ("a.csv", "b.csv")]
    return files, Journal(tmp_path / "kept", source, "secret")


def test_a_folder_that_is_new_or_the_same_has_neither_changes_nor_another_zone(folder):
    files, journal = folder
    assert (journal.compare(files), journal.other_zone("UTC")) == (([], 0), "")
    journal.write(files, "UTC")
    assert (journal.compare(files), journal.other_zone("UTC")) == (([], 0), "")


def test_what_changed_what_went_and_another_zone_are_noticed(folder):
    files, journal = folder
    journal.write(files, "UTC")
    files[0].path.write_text("yy")
    assert journal.compare([Found(files[0].path, "a.csv", 2, "table")]) == (["a.csv"], 1)
    assert journal.other_zone("Asia/Shanghai") == "UTC"


def test_a_journal_from_before_zones_were_kept_says_nothing_of_them(folder):
    files, journal = folder
    journal.write(files, "UTC")
    kept = json.loads(journal._file.read_text())
    journal._file.write_text(json.dumps({digest: state for digest, state in kept.items() if digest != "zone"}))
    assert (journal.compare(files), journal.other_zone("Asia/Shanghai")) == (([], 0), "")


def test_no_name_stands_in_the_journal(folder):
    files, journal = folder
    journal.write(files, "UTC")
    assert not any(name in journal._file.read_text() for name in ("13812345678", "a.csv"))


@pytest.mark.parametrize(("said", "same"), [("2026-03-04 10:00:00+08:00", True), ("2026-03-04 10:00:00", False)])
def test_the_zone_matters_for_times_that_name_none_alone(said, same):
    one, other = (time_of(said, ZoneInfo(zone)) for zone in ZONES)
    assert (one == other) is same


def _said(monkeypatch, language="C", **what):
    monkeypatch.setenv("LC_ALL", language)
    return as_words(Report(center="demo", zone="Asia/Shanghai", zone_before="UTC", **what))


def test_conversations_that_another_zone_replaced_are_told_as_such(monkeypatch):
    told = "2 conversations replaced: other times, since the zone changed from UTC to Asia/Shanghai."
    assert told in _said(monkeypatch, changed=2)
    assert "1 conversation replaced: other times" in _said(monkeypatch, changed=1)
    assert "替换会话 2 段：时区由 UTC 改为 Asia/Shanghai" in _said(monkeypatch, "zh_CN.UTF-8", changed=2)


def test_where_files_changed_too_no_count_is_claimed_for_the_zone(monkeypatch):
    said = _said(monkeypatch, changed=2, sources_changed=["a.csv"])
    assert "read as of Asia/Shanghai now, of UTC before" in said
    assert "since the zone changed" not in said


def test_a_zone_that_changed_nothing_is_not_told(monkeypatch):
    assert "Asia/Shanghai" not in _said(monkeypatch)
    told = as_json(Report(center="demo", zone="UTC", zone_before="Asia/Shanghai"))
    assert (told["zone"], told["zone_before"]) == ("UTC", "Asia/Shanghai")
