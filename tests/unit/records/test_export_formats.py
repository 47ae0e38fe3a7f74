"""PDF and recordings as they leave: readable, marked on each page and in each file, traced by what is left of them."""

import io
import json
import tarfile
from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import UUID

import numpy as np
import pypdf
import pytest
import soundfile
from click.testing import CliRunner

from hushkeep.cli.export import export as command
from hushkeep.kernel import IntegrityError, InvalidInput
from hushkeep.records._export_lines import Format, lines, words_of
from hushkeep.records._export_recordings import _file, bearing, described
from hushkeep.records.export_marks import Entry, trace

AT = datetime(2026, 3, 4, 8, tzinfo=UTC)
REGISTER = [Entry(UUID(int=n), UUID(int=1000 + n), AT, n.to_bytes(16, "big")) for n in range(1, 101)]
MINE = REGISTER[41]
WORDS = words_of(MINE.export, MINE.person, MINE.at, 40, clear=False)


def rows(count, text="我的手机号是134****8888 and more"):
    for n in range(count):
        yield (UUID(int=n), "chat", "zh", "inbound", AT, None, 1, 3, {"phone": 1}, [["customer", text, AT.isoformat()]])


def pdf(*args):
    return b"".join(lines(rows(*args), Format.PDF, key=MINE.key, words=WORDS))


def text_of(data):
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages]


def test_every_page_bears_the_visible_line_twice_and_chinese_is_read_back():
    pages = text_of(pdf(40))
    assert len(pages) > 1
    assert all(page.count(WORDS) == 2 for page in pages)
    assert "我的手机号是134****8888 and more" in pages[0]


def test_a_pdf_is_traced_by_its_marked_times_when_the_visible_line_is_gone(tmp_path):
    copy, register = tmp_path / "copy.pdf", tmp_path / "register.json"
    writer = pypdf.PdfWriter()
    writer.append(io.BytesIO(pdf(40)), pages=(1, 2))
    writer.write(copy)
    items = [
        {"export": str(e.export), "person": str(e.person), "at": e.at.isoformat(), "key": e.key.hex()} for e in REGISTER
    ]
    register.write_text(json.dumps({"items": items}))
    done = CliRunner().invoke(command, ["trace", str(copy), "--register", str(register)])
    [told] = [json.loads(line) for line in done.stdout.splitlines()]
    assert (told["export"], told["visible"]) == (str(MINE.export), True)
    unmarked = [line.encode() for line in text_of(copy.read_bytes())[0].splitlines() if "hushkeep-export" not in line]
    [found] = trace(unmarked, REGISTER)
    assert (found.export, found.visible) == (MINE.export, False)


def test_a_harmed_pdf_is_bad_input_to_the_tracer(tmp_path):
    copy, register = tmp_path / "copy.pdf", tmp_path / "register.json"
    copy.write_bytes(pdf(3)[:500])
    register.write_text(json.dumps({"items": []}))
    done = CliRunner().invoke(command, ["trace", str(copy), "--register", str(register)])
    assert isinstance(done.exception, InvalidInput)


def test_a_sign_that_the_font_lacks_is_told_and_counted():
    whole = "".join(text_of(pdf(2, "好 \U0001f600 \u0e01")))
    assert whole.count("□") == 4
    assert "4 characters have no sign" in whole
    assert "no sign" not in "".join(text_of(pdf(2)))


def test_a_long_turn_is_broken_into_lines_that_hold_all_of_it():
    whole = "".join(text_of(pdf(1, "长" * 3000 + "end")))
    assert whole.count("长") == 3000
    assert "end" in whole


def flac(seconds=2):
    file = io.BytesIO()
    soundfile.write(file, np.zeros((8000 * seconds, 2), dtype=np.int16), 8000, format="FLAC")
    return file.getvalue()


def test_a_marked_sound_file_plays_as_before_and_names_its_export_by_itself():
    sound = flac()
    marked = bearing(sound, WORDS)
    heard, rate = soundfile.read(io.BytesIO(marked), dtype="int16")
    assert (heard.shape, rate, heard.any()) == ((16000, 2), 8000, False)
    assert marked.endswith(sound[42:])
    [found] = trace(io.BytesIO(marked), REGISTER)
    assert (found.export, found.visible) == (MINE.export, True)


def test_a_stream_whose_first_block_was_its_last_stays_one_with_the_mark():
    sound = flac()
    alone = sound[:4] + bytes([0x80]) + sound[5:42]
    marked = bearing(alone, "words")
    assert (marked[4], marked[42]) == (0, 0x82)


@pytest.mark.parametrize("harmed", [b"", b"RIFF" + bytes(60), flac()[:20], b"fLaC\x04" + bytes(60)])
def test_what_is_no_flac_does_not_leave(harmed):
    with pytest.raises(IntegrityError):
        bearing(harmed.ljust(5, b"\0"), WORDS)


def test_the_words_beside_a_recording_hold_ids_spans_masked_text_and_marked_times():
    row = SimpleNamespace(
        id=UUID(int=5), conversation=None, language="zh", direction="inbound", started_at=AT, landed_at=AT, seconds=2.0,
        channels=2, rate=8000, mode="strict", spans=[[0, 0.5, 1.0, "cvv"]], transcript=[[0, 0.0, 1.0, "***"]],
        agent="somebody",
    )  # fmt: skip
    told = json.loads(described(row, MINE.key, "ab"))
    assert told["hidden"] == [{"channel": 0, "start": 0.5, "end": 1.0, "entity": "cvv"}]
    assert "somebody" not in json.dumps(told)
    [found] = trace([json.dumps(told).encode()], REGISTER)
    assert (found.export, found.visible) == (MINE.export, False)


def test_members_are_a_tar_that_any_tool_reads():
    whole = b"".join([*_file("a.json", b"x" * 700), *_file("b.txt", b""), bytes(1024)])
    with tarfile.open(fileobj=io.BytesIO(whole)) as tar:
        assert [(each.name, each.size) for each in tar] == [("a.json", 700), ("b.txt", 0)]
