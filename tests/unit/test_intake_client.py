"""The intake program's client: it repeats what may be repeated, under one key, and passes on what was refused."""

import json
import os
import re
import signal
import ssl
from dataclasses import replace
from threading import Event
from uuid import UUID

import click
import pytest

from hushkeep.channels import attached
from hushkeep.channels.folders import Found, LeftOut
from hushkeep.channels.formats.kinds import RECORDING
from hushkeep.channels.formats.shape import Draft, Note
from hushkeep.cli import intake_client, intake_reasons, intake_report, intake_sending, protect
from hushkeep.cli.intake_client import (
    GIVE_UP_SECONDS,
    START_SECONDS,
    IntakeClient,
    LeftPaused,
    RunCancelled,
    SiteAway,
    Standstill,
)
from hushkeep.cli.intake_report import Report, as_words
from hushkeep.cli.intake_sending import Asked, send_all
from hushkeep.cli.intake_source import Folder
from hushkeep.identity.request_signing import ServiceKey
from hushkeep.kernel import (
    ATTACHMENT_PART_BYTES,
    Channel,
    Conflict,
    Denied,
    IntegrityError,
    InvalidInput,
    NotFound,
    TenantId,
    Unavailable,
    new_id,
)
from hushkeep.runtime.clock import now

RUN = UUID(int=7)
ASKED = Asked(Event(), lambda seconds: None)


class Wire:
    """Stands for the network: answers in order, the last one for ever; keeps what was sent."""

    def __init__(self, *answers):
        self.answers, self.sent, self.waited = list(answers), [], 0.0

    def __call__(self, path, body, again):
        self.sent.append((path, body, again))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def wait(self, seconds):
        self.waited += seconds


@pytest.fixture
def client(monkeypatch):
    """A function that makes a client on a wire."""
    monkeypatch.setattr(ssl, "create_default_context", lambda **_: ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))

    def make(wire):
        key = ServiceKey(TenantId(new_id()), new_id(), bytes(32))
        made = IntakeClient("localhost", 1, key, authority="ca.pem", now=now, wait=wire.wait)
        monkeypatch.setattr(made, "_once", wire)
        return made

    return make


def _problem(code, reason=None):
    return json.dumps({"code": code, "params": {"reason": reason} if reason else {}}).encode()


ANSWER = {"taken": 1, "attachments": {}, "wanted": []}
TAKEN = (200, b'{"taken": 2}')


@pytest.mark.parametrize(
    "trouble",
    [
        (0, b""),
        (503, _problem("unavailable")),
        (429, b""),
        (502, b"<html>"),
        (409, _problem("conflict", "still_running")),
    ],
)
def test_a_batch_is_repeated_under_the_same_key_until_it_is_answered(client, trouble):
    wire = Wire(trouble, trouble, TAKEN)
    assert client(wire).send(RUN, [b"{}", b"[]"]) == {"taken": 2}
    assert len(wire.sent) == 3
    assert len(set(wire.sent)) == 1
    assert wire.sent[0][:2] == (f"/api/v1/intake/batches?run={RUN}", b"{}\n[]")


def test_two_batches_have_two_keys(client):
    wire = Wire(TAKEN)
    sender = client(wire)
    sender.send(RUN, [b"{}"])
    sender.send(RUN, [b"{}"])
    assert len({again for _, _, again in wire.sent}) == 2


@pytest.mark.parametrize(
    ("status", "error"), [(403, Denied), (404, NotFound), (409, Conflict), (422, InvalidInput), (500, Unavailable)]
)
def test_a_refusal_is_passed_on_at_once(client, status, error):
    wire = Wire((status, _problem("code", "run_finished")))
    with pytest.raises(error, match="run_finished"):
        client(wire).send(RUN, [b"{}"])
    assert len(wire.sent) == 1


@pytest.mark.parametrize(("ask", "seconds"), [("open", START_SECONDS), ("send", GIVE_UP_SECONDS)])
def test_a_silent_site_is_given_up_sooner_when_it_never_answered(client, ask, seconds):
    wire = Wire((0, b""))
    silent = client(wire)
    with pytest.raises(Unavailable) as refused:
        silent.open_run() if ask == "open" else silent.send(RUN, [b"{}"])
    assert seconds <= wire.waited < seconds + 6
    assert "hushkeep up" in refused.value.__notes__[0]


@pytest.mark.parametrize(
    ("answer", "reason", "words"),
    [
        ((503, _problem("unavailable", reason="disk_full")), "disk_full", "make room"),
        ((503, _problem("unavailable", reason="database_away")), "site_away", "hushkeep doctor"),
    ],
)
def test_a_site_that_takes_no_more_says_why(client, answer, reason, words):
    wire = Wire(answer)
    with pytest.raises(SiteAway) as refused:
        client(wire).send(RUN, [b"{}"])
    assert (refused.value.reason, words in refused.value.__notes__[0]) == (reason, True)
    assert wire.waited >= GIVE_UP_SECONDS


def test_the_end_of_a_run_tells_what_the_site_cannot_know_and_no_name(client):
    report = Report("demo", files=3, bytes=30, left_out=[LeftOut("13812345678.exe", "format_not_taken_yet")])
    report.reject("a.csv", 2, "bad_time", {})
    report.add(
        {"taken": 1, "duplicates": 0, "changed": 0, "messages": 1, "secrets_cut": 0, "entities": {}, "channels": {}}
        | {"rejected": [{"line": 1, "code": "missing", "params": {}}], "attachments": {"unread": 2}}
        | {"not_landed": [(1, "attachment_without_bytes")]},
        [("a.jsonl", 7)],
    )
    assert report.attachments == {"unread": 2}
    wire = Wire((200, b"{}"))
    client(wire).finish(RUN, report.seen())
    [(path, body, _)] = wire.sent
    assert path == f"/api/v1/intake/runs/{RUN}/finish"
    reasons = {"attachment_without_bytes": 1, "bad_time": 1, "format_not_taken_yet": 1}
    assert json.loads(body) == {"files": 3, "bytes": 30, "missing": 0, "reasons": reasons}


def test_a_batch_that_is_given_up_hides_nothing_of_the_others():
    heard = []
    asked = Event()

    class Half:
        def send(self, _run, lines):
            if lines == [b"1"]:
                asked.wait(60)
                raise SiteAway("here")
            asked.set()
            return ANSWER

    batches = iter([[("f", 1, b"0", ())], [("f", 2, b"1", ())], [("f", 3, b"2", ())]])
    with pytest.raises(SiteAway):
        send_all(batches, RUN, [Half(), Half()], asked=ASKED, told=lambda answer, batch: heard.append(batch[0][1]))
    assert sorted(heard) == [1, 3]


def test_a_pause_waits_for_what_is_on_its_way_and_then_goes_on(monkeypatch):
    going, stood, rested = set(), [], []
    monkeypatch.setattr(intake_sending.os, "kill", lambda pid, number: stood.append((pid, number, set(going))))
    asked = Asked(Event(), rested.append)

    class Slow:
        def send(self, _run, lines):
            going.add(lines[0])
            Event().wait(0.02)
            going.discard(lines[0])
            return ANSWER

    def batches():
        for number in range(8):
            if number == 4:
                asked.pause.set()
            yield [("f", number, b"%d" % number, ())]

    heard = []
    told = lambda _answer, batch: heard.append(batch[0][1])  # noqa: E731 - one line of a test
    assert send_all(batches(), RUN, [Slow(), Slow()], asked=asked, told=told)
    assert stood == [(os.getpid(), signal.SIGSTOP, set())]
    assert (sorted(heard), len(rested)) == (list(range(8)), 1)


HUNG = [UUID(int=n) for n in range(100, 106)]


def _wanted(*places):
    """The answer to a batch that wants pieces at (line, attachment, part)."""
    names = ("line", "attachment", "part", "id")
    wanted = [dict(zip(names, (*place, str(id_)), strict=True)) for place, id_ in zip(places, HUNG, strict=False)]
    return 200, json.dumps(ANSWER | {"wanted": wanted, "attachments": {"withheld": 1}}).encode()


def _sent_with(client, batch, *answers):
    """(what was sent after the batch, the answer that was told) of ``batch``."""
    wire, heard = Wire(*answers), []
    told = lambda answer, _batch: heard.append(answer)  # noqa: E731 - one line of a test
    assert send_all(iter([batch]), RUN, [client(wire)], asked=ASKED, told=told)
    [answer] = heard
    return [(path, body) for path, body, _ in wire.sent[1:]], answer


def test_what_hangs_on_a_batch_is_sent_where_it_is_wanted_and_named_where_it_cannot_be(client):
    big = bytes(ATTACHMENT_PART_BYTES) + b"end"
    batch = [("f", 1, b"{}", ()), ("f", 2, b"[]", (b"small", big))]
    sent, answer = _sent_with(
        client,
        batch,
        _wanted((1, 0, 0), (2, 1, 0), (2, 1, 1), (2, 2, 0), (2, 0, 0)),
        (200, b'{"states": {}, "duplicate": false}'),
        (200, b'{"sealed": 2, "states": {"unread": 2}, "duplicates": 0}'),
    )
    assert sent == [
        (f"/api/v1/intake/attachments/{HUNG[1]}?run={RUN}", big[:ATTACHMENT_PART_BYTES]),
        (f"/api/v1/intake/attachments?run={RUN}", attached.join([(HUNG[2], b"end"), (HUNG[4], b"small")])),
    ]
    assert answer["attachments"] == {"withheld": 1, "unread": 2}
    without = "attachment_without_bytes"
    assert answer["not_landed"] == [(1, without), (2, without)]


def test_where_one_of_several_pieces_is_refused_each_is_sent_by_itself_and_the_one_is_named(client):
    batch = [("f", 1, b"{}", (b"one", b"two")), ("f", 2, b"[]", (b"three",))]
    refused = (422, _problem("invalid_input", "attachment_other_content"))
    taken = (200, b'{"states": {"read": 1}, "duplicate": false}')
    sent, answer = _sent_with(
        client, batch, _wanted((1, 0, 0), (1, 1, 0), (2, 0, 0)), refused, taken, refused, (404, _problem("not_found"))
    )
    assert [path.rpartition("/")[2] for path, _ in sent] == [
        f"attachments?run={RUN}",
        *(f"{part}?run={RUN}" for part in HUNG[:3]),
    ]
    assert answer["attachments"] == {"withheld": 1, "read": 1}
    assert answer["not_landed"] == [(1, "attachment_other_content"), (2, "not_found")]


PAUSED = (409, _problem("conflict", "run_paused"))


def test_a_paused_run_is_waited_for_as_long_as_it_takes_and_told_once(client):
    heard, rested = [], []
    wire = Wire(*[PAUSED] * 500, TAKEN)
    sender = client(wire)
    sender.standstill = Standstill(lambda: heard.append("paused"), rested.append, lambda: False)
    assert sender.send(RUN, [b"{}"]) == {"taken": 2}
    assert (heard, len(rested), len(wire.sent)) == (["paused"], 1, 501)
    assert wire.waited > GIVE_UP_SECONDS


def test_an_operator_may_leave_a_paused_run(client):
    sender = client(Wire(PAUSED))
    sender.standstill = Standstill(lambda: None, lambda _: None, lambda: True)
    with pytest.raises(LeftPaused):
        sender.send(RUN, [b"{}"])


def test_a_cancelled_run_is_said_at_once(client):
    wire = Wire((409, _problem("conflict", "run_cancelled")))
    with pytest.raises(RunCancelled) as refused:
        client(wire).send(RUN, [b"{}"])
    assert (refused.value.reason, len(wire.sent)) == ("run_cancelled", 1)
    assert "run the same command again" in refused.value.__notes__[0]


def test_a_broken_seal_is_no_mere_outage(client):
    with pytest.raises(IntegrityError):
        client(Wire((500, _problem("integrity")))).send(RUN, [b"{}"])


def test_only_tls_1_3_is_spoken(client):
    assert client(Wire(TAKEN))._tls.minimum_version is ssl.TLSVersion.TLSv1_3
    assert intake_client.GIVE_UP_SECONDS > intake_client.START_SECONDS


def test_a_full_demo_is_told_with_what_to_do(client):
    wire = Wire((403, _problem("denied", "demo_is_full")))
    with pytest.raises(Denied, match="demo_is_full") as refused:
        client(wire).send(RUN, [b"{}"])
    assert "hushkeep init --level separated" in refused.value.__notes__[0]


class Tables:
    """Stands for the parser: two tables laid out alike, one otherwise, one under other headings, each of two rows."""

    def read(self, file, _kind):
        odd, other = file.name == "odd.csv", file.name == "other.csv"
        yield (
            Note({"text": 1}, "UTC", ("text",))
            if odd
            else Note({"text": 1, "speaker": 2}, "UTC", ("said" if other else "text", "who"))
        )
        yield Draft(2, b"{}")
        yield Draft(3, b"{}")


def test_each_way_of_reading_tables_is_asked_about_once_and_a_no_takes_nothing_of_it(tmp_path):
    asked = []

    def confirm(file, note):
        asked.append((file, note.headings))
        return "speaker" in note.columns

    files = [Found(tmp_path / name, name, 1, "table") for name in ("a.csv", "b.csv", "odd.csv", "odd.csv", "other.csv")]
    report = Report(center="demo")
    folder = Folder(files, Tables(), report, remember=True, confirm=confirm)
    assert [(name, place) for name, place, *_ in folder.pieces()] == [
        (name, place) for name in ("a.csv", "b.csv", "other.csv") for place in (2, 3)
    ]
    assert asked == [("a.csv", ("text", "who")), ("odd.csv", ("text",)), ("other.csv", ("said", "who"))]
    assert [(item["file"], item["code"]) for item in report.rejects] == [("odd.csv", "columns_not_confirmed")] * 2
    assert folder.taken_whole == {}


@pytest.mark.parametrize(
    ("senders", "lines", "sizes"),
    [
        (1, 535, [400, 135]),
        (2, 535, [268, 134, 100, 33]),
        (2, 90, [90]),
        (2, 2_000, [400, 400, 400, 400, 200, 100, 100]),
        (4, 1_000, [250, 188, 141, 106, 100, 100, 100, 15]),
    ],
)
def test_towards_the_end_batches_are_smaller_so_that_all_senders_end_together(tmp_path, senders, lines, sizes):
    path = tmp_path / "a.jsonl"
    path.write_text("".join(f'{{"id": "{number:06}"}}\n' for number in range(lines)))
    files = [Found(path, "a.jsonl", path.stat().st_size, "records"), Found(path, "a.wav", 10**9, RECORDING)]
    folder = Folder(files, Tables(), Report(center="demo"), senders=senders)
    batches = list(folder.batches())
    assert [len(batch) for batch in batches] == sizes
    assert [place for batch in batches for _, place, *_ in batch] == list(range(1, lines + 1))


def test_a_reject_is_told_with_its_file_its_line_what_is_wrong_what_to_do_and_where(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C")
    report = Report(center="demo")
    report.reject("chat.csv", 3, "wrong_columns", {"expected": 2, "found": 3})
    report.reject("a.eml", 1, "malware", {"rule": "eicar_test_file", "part": 2})
    report.reject("b.csv", 9, "line_too_long", {"limit": 4 * 1024 * 1024})
    report.reject("c.csv", 2, "quote_not_closed", {"lines": 1_200})
    said = as_words(report)
    assert "  b.csv:9 (at most 4 MiB)" in said
    assert "  c.csv:2 (lines left out: 1,200)" in said
    assert "(exit code 3)" in said
    assert "     1  the row has another number of columns than the headings: mend the row, or its quotes\n" in said
    assert "  chat.csv:3 (2 expected, 3 found)\n" in said
    assert "  a.eml:1 (part 2, the rest was taken, rule eicar_test_file)" in said


def test_whoever_stops_at_the_question_about_columns_stops_the_intake(monkeypatch):
    asked = []

    def interrupted(*_args, **_options):
        asked.append(signal.getsignal(signal.SIGINT))
        raise click.Abort

    monkeypatch.setattr(protect.click, "confirm", interrupted)
    with intake_sending.stopping() as stop:
        assert not protect._confirmed("a.csv", Note({"text": 1}, "UTC", ("message",)))
        assert stop.is_set()
    assert asked == [signal.default_int_handler]
    monkeypatch.setattr(protect.click, "confirm", lambda *_args, **_options: True)
    with intake_sending.stopping() as stop:
        ours = signal.getsignal(signal.SIGINT)
        assert protect._confirmed("a.csv", Note({"text": 1}, "UTC", ("message",)))
        assert (signal.getsignal(signal.SIGINT), stop.is_set()) == (ours, False)


def _counted(count):
    """A report in which everything is there so many times."""
    report = Report(center="demo", files=count, bytes=count, taken=count, messages=count, duplicates=count)
    report.changed = report.secrets_cut = report.sources_removed = count
    report.recordings = report.recordings_known = report.recording_bytes = count
    report.attachments.update(read=count)
    report.left_out += [LeftOut(f"{n}.exe", "format_not_taken_yet") for n in range(count)]
    report.missing += [(what, n, "x") for what in ("recording", "conversation") for n in range(count)]
    report.unlisted += ["y"] * count
    report.sources_changed += ["z"] * count
    report.reasons["bad_time"] = report.rejected = count
    return report


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (
            1,
            [
                "1 conversation taken in, 1 message, ",
                "\n1 was there already, 1 had changed and was replaced\n1 code or password removed",
                "\n1 attachment sealed: 1 read\n1 recording sealed (1 byte), 1 known already\n",
                "… 1 more stands in",
                "1 file was not read:",
                "1 call of the list has no recording:",
                "1 ticket of the list has no conversation:",
                "1 recording stands in no list",
                "1 file has changed since",
                "1 file of the last intake is gone",
                "in the clear: 1 file, 1 byte.",
            ],
        ),
        (
            2,
            [
                "2 conversations taken in, 2 messages, ",
                "\n2 were there already, 2 had changed and were replaced\n2 codes and passwords removed",
                "\n2 attachments sealed: 2 read\n2 recordings sealed (2 bytes), 2 known already\n",
                "… 2 more stand in",
                "2 files were not read:",
                "2 calls of the list have no recording:",
                "2 tickets of the list have no conversation:",
                "2 recordings stand in no list",
                "2 files have changed since",
                "2 files of the last intake are gone",
                "in the clear: 2 files, 2 bytes.",
            ],
        ),
    ],
)
def test_one_is_told_as_one_and_more_as_many(monkeypatch, count, told):
    monkeypatch.setenv("LC_ALL", "C")
    said = as_words(_counted(count))
    assert [words for words in told if words not in said] == []
    would = as_words(replace(_counted(count), dry_run=True))
    noun = "message" if count == 1 else "messages"
    assert f"{count} {noun}; read in" in would


def test_chinese_tells_one_and_many_alike(monkeypatch):
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    one, two = as_words(_counted(1)), as_words(_counted(2))
    assert "新接入会话 1 段，发言 1 条，" in one
    assert "新接入会话 2 段，发言 2 条，" in two
    assert not re.search("[a-z]{5}", one.replace("--json", "").replace("--shred-source", "").replace(".exe", ""))


def test_a_reason_is_told_once_with_its_first_places_and_a_dry_run_tells_what_would_be(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C")
    report = Report(center="demo", dry_run=True, files=2)
    report.attachments.update(read=2)
    for line in range(1, 9):
        report.reject("a.csv", line, "bad_time", {})
    said = as_words(report)
    assert said.count("a time cannot be read") == 1
    assert [f"  a.csv:{line}\n" in said for line in range(1, 9)] == [True] * 5 + [False] * 3
    assert "… 3 more stand in the report of --json" in said
    assert "2 attachments would be sealed: 2 read" in said
    assert "were there already" not in said
    assert "no file to read" not in said
    nothing = as_words(Report(center="demo"))
    assert "no file to read" in nothing
    assert "Still in your source" not in nothing


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "C",
            ["phone number (Contact, Personal)", "health (Health, Sensitive)", "  shoe_size (Of your own, Personal)"],
        ),
        (
            "zh_CN.UTF-8",
            ["电话（联系信息，一般）", "健康信息（健康信息，敏感）", "  shoe_size（自定义，一般）", "在线聊天"],
        ),
    ],
)
def test_what_was_found_is_told_by_kind_class_and_level_and_in_the_words_of_the_console(language, told, monkeypatch):
    monkeypatch.setenv("LC_ALL", language)
    report = Report(center="demo")
    report.entities.update(phone=2, health=1, shoe_size=1)
    report.channels.update(chat=2)
    report.sources_changed.append("a.csv")
    said = as_words(report)
    assert [words for words in told if words not in said] == []
    assert "  a.csv\n" in said
    channels = set(intake_report._CHANNELS.values())
    assert (language == "C") == (channels == {intake_report._word(intake_report._CHANNELS, c.value) for c in Channel})


@pytest.mark.parametrize("language", ["C", "zh_CN.UTF-8"])
def test_every_reason_says_what_to_do(language, monkeypatch):
    monkeypatch.setenv("LC_ALL", language)
    said = {code: intake_reasons.reason(code) for code in intake_reasons.REASONS}
    assert (language == "C") == all(words.isascii() for words in said.values())
    ends = {"stored_with_other_content", "run_cancelled"}  # nothing is to be mended, or the sentence says it all
    assert [code for code, words in said.items() if not set(words) & set(":：;；") and code not in ends] == []
