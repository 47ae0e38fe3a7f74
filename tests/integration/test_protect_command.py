"""``hushkeep protect`` against a running site: nothing lost, nothing doubled, everything that is not taken named."""

import hashlib
import json
import os
import subprocess
import wave
from collections import Counter
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

import protecting
from hushkeep.channels import sample
from hushkeep.kernel import TenantId
from hushkeep.records.protect import TABLE, original_turns
from hushkeep.runtime.cluster import SUPERUSER
from hushkeep.runtime.key_client import KeyClient
from hushkeep.runtime.roles import DATABASE

pytestmark = pytest.mark.server
SERVED = {"hushkeep.keys", "serve front", "serve worker", "postgres"}


def test_a_folder_of_good_and_bad_files_is_reported_line_by_line(running, tmp_path):
    made = list(sample.records(seed=21, conversations=30))
    protecting.write(tmp_path / "a.jsonl", made[:10])
    protecting.write(tmp_path / "b.jsonl", [*made[10:20], {"id": "x"}, made[0], made[1] | {"agent": "A99"}])
    (tmp_path / "gb.ndjson").write_bytes(
        "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in made[20:25]).encode("gb18030")
    )
    (tmp_path / "wide.jsonl").write_text(
        "\n".join(json.dumps(r, ensure_ascii=False) for r in made[25:]), encoding="utf-16"
    )
    (tmp_path / "broken.jsonl").write_bytes(b'{"id": \n\n[]\n"\xff\xfe\n' + b"x" * 5_000_000 + b"\n")
    (tmp_path / "empty.jsonl").touch()
    (tmp_path / "talk.doc").write_text("later")
    (tmp_path / "out.jsonl").symlink_to("/etc/hostname")
    code, report = running.protect(tmp_path)
    assert code == 3
    assert (report["taken"], report["duplicates"], report["messages"]) == (30, 1, sum(len(r["turns"]) for r in made))
    assert sorted((item["file"], item["line"], item["code"]) for item in report["rejects"]) == [
        ("b.jsonl", 11, "missing"),
        ("b.jsonl", 13, "same_id_other_content"),
        ("broken.jsonl", 1, "not_json"),
        ("broken.jsonl", 3, "not_an_object"),
        ("broken.jsonl", 4, "bad_encoding"),
        ("broken.jsonl", 5, "line_too_long"),
    ]
    assert sorted((item["file"], item["code"]) for item in report["left_out"]) == [
        ("out.jsonl", "leads_out_of_the_folder"),
        ("talk.doc", "format_not_taken_yet"),
    ]


def test_the_development_conversations_all_come_in_once(running, shared_data):
    folder = shared_data / "conversations"
    code, first = running.protect(folder)
    assert (code, first["taken"], first["duplicates"], first["rejected"]) == (0, 1_000, 0, 0)
    code, second = running.protect(folder)
    assert (code, second["taken"], second["duplicates"], second["changed"]) == (0, 0, 1_000, 0)


def test_neither_arguments_nor_environments_nor_logs_of_the_processes_carry_a_value(running, tmp_path):
    canary = "13491110007"
    record = {
        "id": canary,
        "channel": "chat",
        "agent": canary,
        "turns": [{"speaker": "customer", "text": f"我的手机号是{canary}"}],
    }
    protecting.write(tmp_path / "one.jsonl", [record, record | {canary: 1}])
    assert running.protect(tmp_path)[0] == 3
    processes = [running.supervisor, *protecting.children(running.supervisor)]
    processes += [pid for parent in processes[1:] for pid in protecting.children(parent)]
    assert {name for name in SERVED if any(name in protecting.command(pid) for pid in processes)} == SERVED
    for pid in processes:
        assert canary not in protecting.command(pid)
        assert canary.encode() not in _environment(pid)
    for log in Path(running.environment["HUSHKEEP_DATA_DIR"], "logs").iterdir():
        assert canary.encode() not in log.read_bytes()


def _environment(pid):
    """Environment of a process; nothing of one that has ended or hides it from everybody but root, as it should."""
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""
    except PermissionError:
        assert any(name in protecting.command(pid) for name in ("hushkeep.keys", "_examiner"))
        return b""


def test_the_report_in_words_is_there_in_both_languages(running, tmp_path):
    protecting.write(tmp_path / "one.jsonl", sample.records(seed=23, conversations=3))
    assert "3 conversations taken in" in running.run("protect", tmp_path, LANG="en_US.UTF-8").stdout
    assert "已存在 3 段" in running.run("protect", tmp_path, LANG="zh_CN.UTF-8").stdout


def test_a_center_without_a_key_is_told_what_to_do(running, tmp_path):
    done = running.run("protect", tmp_path, "--center", "nowhere")
    assert done.returncode == 4
    assert "hushkeep init --center nowhere" in done.stderr


def _lay_out(folder, files):
    for name, made in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(made.data)


def _unframed(texts):
    """Without mails' headings, and without the line that names an attachment."""
    said = [text for text in texts if not text.startswith("From: ")]
    return [text.partition("]\n")[2] if text.startswith("[") else text for text in said]


def _digests(texts):
    return Counter(hashlib.sha256(text.encode()).hexdigest() for text in texts)


def _originals(running, run):
    """The texts of all turns that ``run`` brought, from the sealed originals, opened by the site's key service."""
    data_dir = Path(running.environment["HUSHKEEP_DATA_DIR"])
    password = json.loads((data_dir / "secrets" / "database").read_text())["superuser"]
    query = (
        "SELECT c.tenant, c.subject, c.version, c.sealed, w.wrapped FROM records_conversation c"
        " JOIN records_wrap w ON w.conversation = c.id AND w.subject = c.subject WHERE c.run = %s"
    )
    with psycopg.connect(host=f"{data_dir}/run/pg", user=SUPERUSER, dbname=DATABASE, password=password) as own:
        rows = own.execute(query, [run]).fetchall()
    event, subjects = uuid4(), list({row[1] for row in rows})
    with KeyClient(data_dir / "run" / "keys" / "keys.sock") as client:
        ticket = client.ticket_job(TenantId(rows[0][0]), uuid4(), subjects, ["text"], event)
        opened = client.open_originals(ticket, event, [(bytes(row[4]), TABLE, row[2], bytes(row[3])) for row in rows])
    return [text for clear in opened for text in original_turns(clear)]


def _attached(running, run):
    """The bytes of all attachments of the conversations that ``run`` brought."""
    data_dir = Path(running.environment["HUSHKEEP_DATA_DIR"])
    password = json.loads((data_dir / "secrets" / "database").read_text())["superuser"]
    with psycopg.connect(host=f"{data_dir}/run/pg", user=SUPERUSER, dbname=DATABASE, password=password) as own:
        [[tenant]] = own.execute("SELECT DISTINCT tenant FROM records_conversation WHERE run = %s", [run]).fetchall()
        rows = own.execute(f"{protecting.PIECES} WHERE c.run = %s", [run]).fetchall()
    return protecting.opened_pieces(data_dir, TenantId(tenant), rows)


def test_a_folder_of_every_good_and_bad_kind_is_taken_or_named_whole(running, tmp_path, made_files):
    good, bad = made_files.good(), made_files.bad()
    _lay_out(tmp_path, good | bad)
    looked_code, looked = running.protect(tmp_path, "--dry-run", "--zone", "Asia/Shanghai")
    code, report = running.protect(tmp_path, "--zone", "Asia/Shanghai")
    assert (looked_code, code) == (3, 3)

    def named(said):
        return sorted((item["file"].split("/")[0], item["line"], item["code"]) for item in said["rejects"])

    wanted = sorted((name, place, why) for name, made in bad.items() for place, why in made.rejects)
    assert named(report) == named(looked) == wanted
    assert report["left_out"] == looked["left_out"] == []
    assert (looked["run"], looked["duplicates"], looked["dry_run"]) == ("", 0, True)
    assert {looked[name] == report[name] for name in ("taken", "messages", "channels", "days")} == {True}
    # None lost: every turn of every file lies sealed as it was written, by count and digest.
    made_texts = [text for made in [*good.values(), *bad.values()] for text in made.texts]
    assert _digests(_unframed(_originals(running, report["run"]))) == _digests(made_texts)
    hung = [one for made in [*good.values(), *bad.values()] for one in made.attached]
    assert report["attachments"] == looked["attachments"] == Counter(state for state, _ in hung)
    wanted = Counter(hashlib.sha256(content).digest() for _, content in hung)
    assert Counter(hashlib.sha256(content).digest() for content in _attached(running, report["run"])) == wanted
    again_code, again = running.protect(tmp_path, "--zone", "Asia/Shanghai")
    assert (again_code, again["taken"], again["changed"], again["attachments"]) == (3, 0, 0, {})
    assert again["duplicates"] == report["taken"]
    assert (again["sources_changed"], again["sources_removed"]) == ([], 0)
    (tmp_path / "broken.jsonl").unlink()
    (tmp_path / "talk.txt").write_text("客户：换了\n")
    _, later = running.protect(tmp_path, "--zone", "Asia/Shanghai")
    assert (later["taken"], later["changed"], later["sources_changed"]) == (1, 0, ["talk.txt"])
    assert later["sources_removed"] == 1


def test_a_map_of_columns_says_what_a_table_holds(running, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "odd.csv").write_text("nr;who;said;size\nA1;Rosa;13812345678;44\n")
    told = tmp_path / "map.toml"
    told.write_text(
        'ignore = ["size"]\n[columns]\nconversation = "nr"\nspeaker = 2\ntext = "said"\n[speakers]\nRosa = "agent"\n'
    )
    code, report = running.protect(tmp_path / "in", "--columns", told)
    assert (code, report["taken"], report["entities"]) == (0, 1, {"phone": 1})
    assert report["columns"][0]["columns"] == {"conversation": 1, "speaker": 2, "text": 3}
    told.write_text('[columns]\nshoe = "said"\n')
    assert running.run("protect", tmp_path / "in", "--columns", told).returncode == 2


def test_calls_without_recordings_and_tickets_without_conversations_are_named(running, tmp_path, shared_data):
    recordings = sorted(path.name for path in (shared_data / "recordings-dev").glob("*.flac"))
    calls = tmp_path / "calls.csv"
    calls.write_text("".join(f"{name},x\n" for name in ["recording", *recordings[1:], "gone_1.flac", "gone_2.flac"]))
    code, report = running.protect(shared_data / "recordings-dev", "--calls", calls, "--dry-run")
    assert code == 3
    assert [item["name"] for item in report["missing"]] == ["gone_1.flac", "gone_2.flac"]
    assert report["unlisted_recordings"] == [recordings[0]]
    protecting.write(tmp_path / "in" / "t.jsonl", sample.records(seed=25, conversations=3))
    there = next(iter(sample.records(seed=25, conversations=1)))["id"]
    (tmp_path / "tickets.csv").write_text(f"工单号\n{there}\nT-404\n", encoding="gb18030")
    code, report = running.protect(tmp_path / "in", "--tickets", tmp_path / "tickets.csv")
    assert (code, [(item["line"], item["name"]) for item in report["missing"]]) == (3, [(3, "T-404")])


def _wav(path, seconds=3):
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(os.urandom(16_000 * seconds))


def test_recordings_land_sealed_with_what_is_told_of_them_and_every_bad_one_is_named(running, tmp_path):
    folder = tmp_path / "in"
    for name in ("a.wav", "b.wav", "deep/c.wav", "d.wav"):
        _wav(folder / name)
    (folder / "a.wav.json").write_text('{"agent": "wang", "pauses": [[1, 2]], "seconds": 3}')
    (folder / "b.json").write_text('{"surprise": 1}')
    (folder / "d.wav.json").write_text('{"agent": "li"}')
    (folder / "not.mp3").write_bytes(b"no sound at all")
    (folder / "empty.wav").write_bytes(b"")
    (folder / "calls.csv").write_text("recording,agent\na,wang\nd.wav,zhang\ngone_1.wav,\ngone_2.wav,\n")
    code, report = running.protect(folder, "--calls", folder / "calls.csv")
    assert (code, report["recordings"], report["recordings_known"], report["left_out"]) == (3, 4, 0, [])
    assert {(item["file"], item["code"]) for item in report["rejects"]} == {
        ("b.wav", "sidecar_unknown_fields"),
        ("d.wav", "metadata_contradicts"),
        ("not.mp3", "not_audio"),
        ("empty.wav", "empty_file"),
    }
    assert [item["name"] for item in report["missing"]] == ["gone_1.wav", "gone_2.wav"]
    assert set(report["unlisted_recordings"]) == {"b.wav", "deep/c.wav", "not.mp3", "empty.wav"}
    objects = Path(running.environment["HUSHKEEP_DATA_DIR"]) / "objects"
    clear = (folder / "a.wav").read_bytes()[500:600]
    assert not any(clear in path.read_bytes() for path in objects.rglob("*") if path.is_file())
    code, again = running.protect(folder, "--calls", folder / "calls.csv")
    assert (code, again["recordings"], again["recordings_known"]) == (3, 0, 4)
    watched = ("recording", "watch", folder, "--calls", folder / "calls.csv", "--once", "--rest", "0")
    done = running.run(*watched)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, sorted(one["state"] for one in told)) == (0, ["known"] * 4 + ["refused"] * 4), done.stderr
    assert running.run("recording", "watch", folder, "--once", "--rest", "900").stdout == ""
    _wav(folder / "a.wav")
    code, other = running.protect(folder)
    assert ("a.wav", "same_id_other_content") in {(item["file"], item["code"]) for item in other["rejects"]}


def test_sources_are_shredded_on_a_terminal_by_typing_it_out_alone(running, tmp_path):
    protecting.write(tmp_path / "whole.jsonl", sample.records(seed=26, conversations=3))
    protecting.write(tmp_path / "torn.jsonl", [*sample.records(seed=27, conversations=2), {"id": "x"}])
    assert running.run("protect", tmp_path, "--shred-source").returncode == 2
    for typed, left in (("yes", {"whole.jsonl", "torn.jsonl"}), ("shred 1 file", {"torn.jsonl"})):
        ours, theirs = os.openpty()
        with running.popen("protect", tmp_path, "--shred-source", stdin=theirs, stdout=theirs, stderr=theirs) as one:
            os.close(theirs)
            said = b""
            while b"Type" not in said and b"to go on" not in said:
                said += os.read(ours, 4096)
            assert b"  whole.jsonl\r\n" in said
            assert b"  torn.jsonl\r\n" not in said
            assert b"1 file stays" in said
            os.write(ours, typed.encode() + b"\n")
            one.wait(timeout=60)
        os.close(ours)
        assert {path.name for path in tmp_path.iterdir()} == left


def test_on_a_terminal_a_table_is_taken_after_its_columns_were_confirmed_alone(running, tmp_path):
    (tmp_path / "chat.csv").write_text("会话ID,角色,消息内容\nask-1,客户,您好\n", encoding="utf-8")
    for typed, taken in (("n", 0), ("y", 1)):
        ours, theirs = os.openpty()
        pipes = {"stdin": theirs, "stdout": subprocess.PIPE, "stderr": theirs}
        with running.popen("protect", tmp_path, "--json", **pipes) as one:
            os.close(theirs)
            said = b""
            while b"[y/N]" not in said:
                said += os.read(ours, 4096)
            os.write(ours, typed.encode() + b"\n")
            report = json.loads(one.stdout.read())
            one.wait(timeout=60)
        os.close(ours)
        for line in ("1  会话ID → conversation", "2  角色 → speaker", "3  消息内容 → text"):
            assert line in said.decode()
        assert (one.returncode, report["taken"]) == (0 if taken else 3, taken)
        assert set(report["reasons"]) == (set() if taken else {"columns_not_confirmed"})
