"""Any copy of an export names it: by the visible line, or by digits that only this export has."""

import json
import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from click.testing import CliRunner

from hushkeep.cli.export import export as command
from hushkeep.kernel import Conflict, IntegrityError, InvalidInput, NotFound
from hushkeep.records._export_lines import COLUMNS, Format, lines, words_of
from hushkeep.records.export_marks import Entry, marked, trace

BEGAN = datetime(2026, 3, 4, 8, tzinfo=UTC)
REGISTER = [Entry(UUID(int=n), UUID(int=1000 + n), BEGAN, n.to_bytes(16, "big")) for n in range(1, 101)]
MINE = REGISTER[41]


def rows(count):
    for n in range(count):
        at = BEGAN + timedelta(seconds=37 * n, microseconds=n)
        turns = [["agent", "您好", None], ["customer", "手机 138****8000", at.isoformat()]]
        yield (UUID(int=n), "chat", "zh", None, at, at + timedelta(minutes=3), 2, 3, {"phone": 1}, turns)


def copy_of(entry, how=Format.CSV, count=200):
    words = words_of(entry.export, entry.person, entry.at, count, clear=False)
    return list(lines(rows(count), how, key=entry.key, words=words))


def without_visible(copy):
    return [line for line in copy if b"hushkeep-export" not in line]


@pytest.mark.parametrize("how", [Format.CSV, Format.JSON_LINES])
def test_a_whole_copy_names_export_person_and_time(how):
    [found] = trace(copy_of(MINE, how), REGISTER)
    assert (found.export, found.person, found.at, found.visible) == (MINE.export, MINE.person, BEGAN, True)
    assert found.times == found.of > 0


@pytest.mark.parametrize("how", [Format.CSV, Format.JSON_LINES])
@pytest.mark.parametrize("kept", [1, 2, 20])
def test_a_few_rows_without_the_visible_line_still_name_it(how, kept):
    copy = random.Random(7).sample(without_visible(copy_of(MINE, how))[1:], kept)
    [found] = trace(copy, REGISTER)
    assert (found.export, found.visible) == (MINE.export, False)
    assert found.by_chance <= 1e-3


def test_one_column_alone_sorted_and_rewritten_still_names_it():
    times = sorted(line.split(b",")[4].replace(b"T", b" ").strip(b"Z") for line in without_visible(copy_of(MINE))[1:])
    [found] = trace(times[:50], REGISTER)
    assert found.export == MINE.export


def test_a_copy_put_together_from_two_exports_names_both():
    copy = without_visible(copy_of(MINE))[:60] + without_visible(copy_of(REGISTER[7]))[100:160]
    assert {found.export for found in trace(copy, REGISTER)} == {MINE.export, REGISTER[7].export}


def test_what_never_was_an_export_names_nobody():
    genuine = [f"{BEGAN + timedelta(seconds=n, microseconds=n * 7919)!s}".encode() for n in range(20_000)]
    assert trace(genuine, REGISTER) == []
    assert trace(copy_of(Entry(UUID(int=999), UUID(int=1), BEGAN, b"x" * 16))[1:-1], REGISTER) == []


def test_times_cut_to_the_second_name_nobody_and_that_is_said():
    cut = [line.replace(b".", b" ") for line in without_visible(copy_of(MINE))]
    assert trace(cut, REGISTER) == []


def test_a_visible_line_that_nobody_registered_is_told_as_unproven():
    stranger = Entry(UUID(int=999), UUID(int=1), BEGAN, b"x" * 16)
    [found] = trace(copy_of(stranger), REGISTER)
    assert (found.export, found.person, found.by_chance) == (stranger.export, None, 1.0)


def test_times_stay_true_to_the_second():
    at = datetime(2026, 3, 4, 8, 5, 6, 123456, tzinfo=UTC)
    assert datetime.fromisoformat(marked(MINE.key, at)).replace(microsecond=0) == at.replace(microsecond=0)


def test_no_cell_is_a_formula():
    at = BEGAN
    turns = [["=cmd|' /C calc'!A0", "x", None]]
    row = (UUID(int=1), "chat", "-1+1", "@x", at, None, 1, 1, {}, turns)
    _, _, line, _ = lines([row], Format.CSV, key=MINE.key, words="w")
    cells = line.decode().strip().split(",")
    assert (cells[2], cells[3], cells[-1]) == ("'-1+1", "'@x", "'=cmd|' /C calc'!A0: x")


def test_every_column_that_leaves_is_named():
    _, head, *_ = copy_of(MINE)
    assert head.decode().strip().split(",") == list(COLUMNS)
    assert json.loads(copy_of(MINE, Format.JSON_LINES)[1]).keys() == set(COLUMNS)


def run(*words):
    return CliRunner().invoke(command, [str(word) for word in words], catch_exceptions=False)


def test_the_command_names_the_person_offline(tmp_path):
    register = tmp_path / "register.json"
    items = [
        {"export": str(e.export), "person": str(e.person), "at": BEGAN.isoformat(), "key": e.key.hex()}
        for e in REGISTER
    ]
    register.write_text(json.dumps({"items": items}))
    copy = tmp_path / "leaked.txt"
    copy.write_bytes(b"".join(without_visible(copy_of(MINE))[5:9]))
    told = json.loads(run("trace", copy, "--register", register).stdout)
    assert (told["export"], told["person"], told["hidden"]["times"]) == (str(MINE.export), str(MINE.person), 8)
    copy.write_bytes(b"nothing here")
    with pytest.raises(NotFound):
        run("trace", copy, "--register", register)
    register.write_text("[]")
    with pytest.raises(InvalidInput):
        run("trace", copy, "--register", register)


def test_a_recipients_key_is_made_once_and_opens_nothing_of_others(tmp_path):
    key = tmp_path / "key"
    assert len(bytes.fromhex(run("recipient", key).stdout.strip())) == 32
    assert key.stat().st_mode & 0o777 == 0o600
    with pytest.raises(Conflict):
        run("recipient", key)
    (tmp_path / "no").write_bytes(b"HKEX\x01no")
    with pytest.raises(IntegrityError):
        run("open", tmp_path / "no", tmp_path / "out", "--key-file", key)
    assert not (tmp_path / "out").exists()
    with pytest.raises(InvalidInput):
        run("open", tmp_path / "no", tmp_path / "out")
