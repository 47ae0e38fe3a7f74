"""Every way of altering the log is found and its entry named: in the tables by fsck, in a pack by both verifiers."""

import json
import shutil
import subprocess
import sys
from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

import psycopg
import pytest
from django.db import connections

from hushkeep import cli
from hushkeep.audit import fsck, log, pack, sequencer, tiles, trail
from hushkeep.audit.log_key import log_key
from hushkeep.kernel import Action, ActorKind, Event, EventId, IntegrityError, Outcome, Permit, new_id
from hushkeep.ledger import (
    COSIGNATURE,
    Checkpoint,
    Cosigned,
    MemoryTiles,
    Note,
    SigningKey,
    Submission,
    consider,
    consistency_proof,
    read_bundle,
    root_at,
    write_bundle,
)
from hushkeep.runtime.clock import now
from hushkeep.runtime.cluster import SUPERUSER
from hushkeep.runtime.database import PASSWORDS, SUPERUSER_KEY
from hushkeep.runtime.roles import DATABASE
from hushkeep.runtime.secret_files import role_passwords
from hushkeep.runtime.tenancy import tenant_transaction

pytestmark = pytest.mark.server

WITNESS = SigningKey.from_seed("witness.example/w1", COSIGNATURE, b"w" * 32)
SIZE = 300


def event(tenant, **changes):
    values = {
        "id": EventId(new_id()),
        "tenant": tenant,
        "at": now(),
        "actor": uuid4(),
        "actor_kind": ActorKind.PERSON,
        "action": Action.CONVERSATION_VIEW,
        "outcome": Outcome.ALLOWED,
        "reason": "all_rules_passed",
    }
    return Event(**(values | changes))


def write(tenant, events, payloads=None):
    with tenant_transaction(tenant):
        log.append_many(events, payloads)
    sequencer.run(tenant)


def cosign(tenant, remembered=None, *, seconds=None):
    """Have the witness cosign the last checkpoint; return what it remembers."""
    with tenant_transaction(tenant):
        signed, note = tiles.checkpoint(tenant)
        last = Checkpoint.parse(Note.parse(remembered).text).size if remembered else 0
        path = consistency_proof(tiles.StoredTiles(tenant, signed.size), last, signed.size)
    at = int(now().timestamp()) if seconds is None else seconds
    answer = consider(Submission(last, path, note), [log_key(tenant).verifier], remembered, WITNESS, seconds=at)
    assert isinstance(answer, Cosigned), answer
    with tenant_transaction(tenant, using="sequencer"), connections["sequencer"].cursor() as cursor:
        cursor.execute(
            "INSERT INTO event_cosignature VALUES (%s, %s, %s, %s, %s)",
            [tenant, signed.size, WITNESS.name, now(), answer.lines],
        )
    return answer.remembered


@pytest.fixture
def whole(tenant, database, tmp_path):
    """A log of 300 events in two batches, one with a payload, the end cosigned; yields (tenant, pack, keys)."""
    events = [event(tenant) for _ in range(SIZE)]
    write(tenant, events[:200], {events[7].id: {"fields": ["phone"]}, events[8].id: {"fields": ["address"]}})
    remembered = cosign(tenant)
    write(tenant, events[200:])
    cosign(tenant, remembered)
    folder = tmp_path / "pack"
    pack.export(tenant, folder, [str(WITNESS.verifier)])
    (tmp_path / "log.keys").write_text("\n".join(pack.keys_of(tenant)))
    (tmp_path / "witness.keys").write_text(str(WITNESS.verifier))
    return tenant, folder, tmp_path


@pytest.fixture
def admin(database):
    """The database's superuser with all triggers off: an operator who holds the disk."""
    password = role_passwords(PASSWORDS)[SUPERUSER_KEY]
    with psycopg.connect(database.dsn(SUPERUSER, password, DATABASE), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        yield connection


def judged(folder, keys, *more):
    """Return (exit code, words) of the command, and hold the pack's own verifier to the same answer."""
    given = ["--key", str(keys / "log.keys"), "--witness", str(keys / "witness.keys"), "--quorum", "1", *more]
    alone = subprocess.run(
        [sys.executable, "-I", str(keys / "pack" / "verify.py"), str(folder), *given],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env={},
    )
    code = cli.main(["ledger", "verify", str(folder), *given])
    assert code == alone.returncode, alone.stderr
    return code, alone.stdout + alone.stderr


def test_a_whole_log_holds_in_the_tables_and_in_the_pack(whole):
    tenant, folder, keys = whole
    report = fsck.fsck(tenant)
    assert (report.entries, report.payloads, report.checkpoints, report.waiting) == (SIZE, 2, 2, 1)
    code, words = judged(folder, keys)
    found = json.loads(words)
    assert code == 0
    assert (found["entries"], found["verified"], found["payloads"]) == (SIZE, SIZE, 2)
    assert found["witnesses"] == [WITNESS.name]
    assert found["keys_from_pack"] is False


def test_the_verifier_in_the_pack_is_at_most_300_lines_and_knows_nothing_of_ours(whole):
    source = (whole[1] / "verify.py").read_text()
    assert len(source.splitlines()) <= 300
    assert "hushkeep" not in source


def test_any_file_of_the_pack_changed_by_one_byte_is_found(whole):
    _, folder, keys = whole
    for file in sorted(p for p in folder.rglob("*") if p.is_file()):
        if file.name in {"README.txt", "verify.py", "pack.json", "log.keys", "witness.keys"}:
            continue
        was = file.read_bytes()
        for at in {0, len(was) // 2, len(was) - 2}:
            file.write_bytes(was[:at] + bytes([was[at] ^ 1]) + was[at + 1 :])
            code, words = judged(folder, keys)
            assert code in {2, 10}, (file, at, words)
            file.write_bytes(was)
    assert judged(folder, keys)[0] == 0


def rewritten(folder, change):
    """Change the entries of the pack's second bundle by ``change``."""
    file = folder / "tile/entries/001.p/44"
    file.write_bytes(write_bundle(change(list(read_bundle(file.read_bytes())))))


def swapped(entries, one, other):
    entries[one], entries[other] = entries[other], entries[one]
    return entries


PACK_TAMPERS = {
    "edit": (lambda e: [*e[:4], e[4].replace(b"allowed", b"denied_"), *e[5:]], 260),
    "delete": (lambda e: e[:4] + e[5:], 260),
    "insert": (lambda e: [*e[:4], e[4].replace(b"allowed", b"denied_"), *e[4:]], 260),
    "reorder": (lambda e: swapped(e, 4, 9), 260),
    "truncate": (lambda e: e[:-1], 299),
}


@pytest.mark.parametrize("tamper", PACK_TAMPERS)
def test_a_tampered_entry_of_the_pack_is_named(whole, tamper):
    _, folder, keys = whole
    change, entry = PACK_TAMPERS[tamper]
    rewritten(folder, change)
    code, words = judged(folder, keys)
    assert code == 10
    assert f"entry {entry}:" in words


def forge(tenant, folder, keys, change, *, size=None):
    """Rewrite the pack as an operator who holds the log's key: entries, tiles and checkpoints all anew."""
    entries = [e for p in ("tile/entries/000", "tile/entries/001.p/44") for e in read_bundle((folder / p).read_bytes())]
    entries = change(entries)
    tree = MemoryTiles.of_entries(entries)
    shutil.rmtree(folder / "tile")
    for path, tile in tree.files():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(tile)
    for start in range(0, len(entries), 256):
        part = entries[start : start + 256]
        name = f"tile/entries/{start // 256:03d}" + ("" if len(part) == 256 else f".p/{len(part)}")
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(write_bundle(part))
    key = log_key(tenant)
    note = Checkpoint(key.name, len(entries), root_at(tree, len(entries))).signed(key)
    (folder / "checkpoint").write_text(str(note))
    return note


def seen_by_the_witness(folder, keys):
    """Return the last checkpoint that the witness remembers, kept apart from the pack."""
    file = keys / "seen"
    shutil.copy(folder / "checkpoint", file)
    return "--seen", str(file)


def edit_one(entries):
    return [*entries[:50], entries[50].replace(b"allowed", b"denied_"), *entries[51:]]


OPERATOR_TAMPERS = {
    "edit": (edit_one, "below 200"),
    "reorder": (lambda e: swapped(e, 50, 60), "below 200"),
    "delete": (lambda e: e[:50] + e[51:], "cut off"),
    "truncate": (lambda e: e[:250], "entry 250: is cut off"),
    "fork": (lambda e: e[:220] + edit_one(e[220:]), "entry 200: or one after it, below 300"),
}


@pytest.mark.parametrize("tamper", OPERATOR_TAMPERS)
def test_an_operator_with_the_logs_key_is_found_out_by_what_the_witness_saw(whole, tamper):
    tenant, folder, keys = whole
    change, words_expected = OPERATOR_TAMPERS[tamper]
    seen = seen_by_the_witness(folder, keys)
    forge(tenant, folder, keys, change)
    code, words = judged(folder, keys, "--quorum", "0", *seen)
    assert code == 10
    assert words_expected in words


@pytest.mark.parametrize("tamper", OPERATOR_TAMPERS)
def test_an_operator_with_the_logs_key_gets_no_cosignature_for_another_history(whole, tamper):
    tenant, folder, keys = whole
    remembered = (folder / "checkpoint").read_text()
    note = forge(tenant, folder, keys, OPERATOR_TAMPERS[tamper][0])
    old = Checkpoint.parse(Note.parse(remembered).text).size
    for path in ((), (bytes(32),)):
        answer = consider(Submission(old, path, str(note)), [log_key(tenant).verifier], remembered, WITNESS, seconds=1)
        assert not isinstance(answer, Cosigned)


def test_without_the_witness_a_rewritten_history_would_pass(whole):
    """What the tree alone cannot see: the reason why a pack without a witness proves nothing against its writer."""
    tenant, folder, keys = whole
    shutil.rmtree(folder / "checkpoints")
    forge(tenant, folder, keys, edit_one)
    (folder / "payloads.jsonl").unlink()
    assert judged(folder, keys, "--quorum", "0")[0] == 0
    assert judged(folder, keys)[0] == 10


def test_a_backdated_event_is_named(tenant, tmp_path):
    write(tenant, [event(tenant) for _ in range(10)])
    remembered = cosign(tenant)
    write(tenant, [event(tenant), event(tenant, at=now() - timedelta(hours=2)), event(tenant)])
    cosign(tenant, remembered)
    pack.export(tenant, tmp_path / "pack", [str(WITNESS.verifier)])
    (tmp_path / "log.keys").write_text("\n".join(pack.keys_of(tenant)))
    (tmp_path / "witness.keys").write_text(str(WITNESS.verifier))
    code, words = judged(tmp_path / "pack", tmp_path)
    assert code == 10
    assert any(f"entry {index}: is backdated" in words for index in (10, 11, 12))


def test_a_payload_that_was_swapped_is_named_and_one_that_was_erased_is_not(whole):
    _, folder, keys = whole
    file = folder / "payloads.jsonl"
    one, other = (json.loads(line) for line in file.read_text().splitlines())
    file.write_text("".join(json.dumps(kept) + "\n" for kept in (one | {"body": other["body"]}, other)))
    code, words = judged(folder, keys)
    assert code == 10
    assert "entry 7: its payload is not the one that was logged" in words
    file.write_text(json.dumps(other) + "\n")
    code, words = judged(folder, keys)
    assert code == 0
    assert json.loads(words)["payloads_erased"] == 1


def test_a_pack_under_another_key_is_refused(whole):
    _, folder, keys = whole
    (keys / "log.keys").write_text(str(SigningKey.from_seed("hushkeep.audit/x", 1, bytes(32)).verifier))
    assert judged(folder, keys)[0] == 10


def test_a_folder_that_is_no_pack_is_bad_input(whole, tmp_path):
    (tmp_path / "empty").mkdir()
    assert judged(tmp_path / "empty", whole[2])[0] == 2


TABLE_TAMPERS = {
    "edit": ("UPDATE event_header SET reason = 'x' WHERE id = %(event)s", "entry 50: event"),
    "edit of the time": (
        "UPDATE event_leaf SET times[51] = times[51] + interval '1 us' WHERE tenant = %(tenant)s AND first = 0",
        "entry 50: its row",
    ),
    "edit of the hash": (
        """UPDATE event_leaf SET hashes = set_byte(hashes, 1600, get_byte(hashes, 1600) # 1)
        WHERE tenant = %(tenant)s AND first = 0""",
        "entry 50: event",
    ),
    "delete of the row": ("DELETE FROM event_header WHERE id = %(event)s", "entry 50: its row of event"),
    "delete of both": (
        """DELETE FROM event_header WHERE id = %(event)s;
        UPDATE event_leaf SET events = events[:50] || events[52:], times = times[:50] || times[52:],
            hashes = overlay(hashes placing '' from 1601 for 32) WHERE tenant = %(tenant)s AND first = 0""",
        "entry 199: is missing",
    ),
    "delete of a whole run": ("DELETE FROM event_leaf WHERE tenant = %(tenant)s AND first = 0", "entry 0: is missing"),
    "insert at the end": (
        """UPDATE event_leaf SET events = events || events[1], times = times || times[1],
            hashes = hashes || substr(hashes, 1, 32) WHERE tenant = %(tenant)s AND first = 200""",
        "entry 300: stands beyond",
    ),
    "insert between": (
        """UPDATE event_leaf SET events = events || events[1], times = times || times[1],
            hashes = hashes || substr(hashes, 1, 32) WHERE tenant = %(tenant)s AND first = 0""",
        "entry 20[01]: ",
    ),
    "reorder": (
        """UPDATE event_leaf SET events[51] = events[61], events[61] = events[51],
            times[51] = times[61], times[61] = times[51], hashes = overlay(overlay(hashes
                placing substr(hashes, 1921, 32) from 1601) placing substr(hashes, 1601, 32) from 1921)
        WHERE tenant = %(tenant)s AND first = 0""",
        "checkpoint of 200: is not the root",
    ),
    "truncate": ("DELETE FROM event_leaf WHERE tenant = %(tenant)s AND first = 200", "entry 200: is cut off"),
    "truncate of a run": (
        """UPDATE event_leaf SET events = events[:90], times = times[:90], hashes = substr(hashes, 1, 2880)
        WHERE tenant = %(tenant)s AND first = 200""",
        "entry 290: is cut off",
    ),
    "truncate of the head": (
        "DELETE FROM event_checkpoint WHERE tenant = %(tenant)s AND size > 200",
        "entry 200: stands beyond",
    ),
    "a checkpoint cut out": (
        "DELETE FROM event_checkpoint WHERE tenant = %(tenant)s AND size = 200",
        "entry 0: the checkpoint of its batch is missing",
    ),
    "swap of payloads": (
        "UPDATE event_payload SET body = convert_to('{}', 'UTF8') WHERE tenant = %(tenant)s",
        "entry 7: the payload",
    ),
    "another tile": ("UPDATE event_node SET hash = sha256(hash) WHERE tenant = %(tenant)s", "entry 0: its tile"),
    "another root": (
        "UPDATE event_checkpoint SET root = sha256(root) WHERE tenant = %(tenant)s AND size = 200",
        "checkpoint of 200",
    ),
    "another edge": (
        "UPDATE event_checkpoint SET peaks = set_byte(peaks, 2, get_byte(peaks, 2) # 1) WHERE tenant = %(tenant)s",
        "checkpoint of 200",
    ),
}


@pytest.mark.parametrize("tamper", TABLE_TAMPERS)
def test_an_altered_table_is_found_and_the_entry_named(whole, admin, tamper):
    tenant = whole[0]
    statement, words = TABLE_TAMPERS[tamper]
    chosen = admin.execute("SELECT events[51] FROM event_leaf WHERE tenant = %s AND first = 0", [tenant]).fetchone()[0]
    for part in statement.split(";"):
        assert admin.execute(part, {"tenant": tenant, "event": chosen}).rowcount > 0
    with pytest.raises(IntegrityError, match=words):
        fsck.fsck(tenant)


def test_an_altered_row_shows_as_not_verified_in_the_trail(whole, admin):
    tenant = whole[0]
    admin.execute("UPDATE event_header SET purpose = 'x' WHERE tenant = %s", [tenant])
    permit = Permit(
        decision=new_id(),
        tenant=tenant,
        actor=uuid4(),
        action=Action.AUDIT_READ,
        target=None,
        expires_at=now() + timedelta(seconds=30),
    )
    placed = [row for row in trail.search(permit, trail.Filter(), limit=200).items if row.seq is not None]
    assert placed
    assert not any(row.verified for row in placed)


def test_the_sequencer_builds_on_no_altered_edge(whole, admin):
    tenant = whole[0]
    admin.execute(
        "UPDATE event_checkpoint SET peaks = set_byte(peaks, 2, get_byte(peaks, 2) # 1) WHERE tenant = %s", [tenant]
    )
    with pytest.raises(IntegrityError):
        sequencer.run(tenant)


def test_an_erased_payload_leaves_every_proof_valid(whole, admin):
    tenant, _, keys = whole
    admin.execute("DELETE FROM event_payload WHERE tenant = %s", [tenant])
    report = fsck.fsck(tenant)
    assert (report.entries, report.payloads) == (SIZE, 0)
    pack.export(tenant, keys / "later", [str(WITNESS.verifier)])
    shutil.copytree(keys / "later", keys / "pack", dirs_exist_ok=True)
    assert judged(keys / "pack", keys)[0] == 0


def test_a_restored_older_database_is_told_by_the_witness(whole, admin):
    """The operator goes back to yesterday's copy: the log is whole in itself, and shorter than the witness knows."""
    tenant, folder, _ = whole
    remembered = (folder / "checkpoint").read_text()
    admin.execute("DELETE FROM event_checkpoint WHERE tenant = %s AND size > 200", [tenant])
    admin.execute("DELETE FROM event_cosignature WHERE tenant = %s AND size > 200", [tenant])
    admin.execute(
        "DELETE FROM event_header USING event_leaf l WHERE l.tenant = %s AND first = 200 AND id = ANY(events)",
        [tenant],
    )
    admin.execute("DELETE FROM event_leaf WHERE tenant = %s AND first = 200", [tenant])
    admin.execute("DELETE FROM event_node WHERE tenant = %s", [tenant])
    assert fsck.fsck(tenant).entries == 200
    write(tenant, [event(tenant) for _ in range(150)])
    with tenant_transaction(tenant):
        signed, note = tiles.checkpoint(tenant)
        path = consistency_proof(tiles.StoredTiles(tenant, signed.size), SIZE, signed.size)
    answer = consider(Submission(SIZE, path, note), [log_key(tenant).verifier], remembered, WITNESS, seconds=1)
    assert not isinstance(answer, Cosigned)


def test_the_proof_of_one_event_is_verified_offline_from_its_file(whole, capsys):
    tenant, _, keys = whole
    with tenant_transaction(tenant), connections["default"].cursor() as cursor:
        cursor.execute("SELECT events[124] FROM event_leaf WHERE tenant = %s AND first = 0", [tenant])
        chosen = cursor.fetchone()[0]
    file = keys / "one.tlog-proof"
    file.write_text(str(trail.proof_of(tenant, chosen).file))
    given = ["--key", str(keys / "log.keys"), "--witness", str(keys / "witness.keys"), "--quorum", "1", "--json"]
    assert cli.main(["ledger", "verify", str(file), *given]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["entry"], report["event"], report["entries"]) == (123, str(chosen), 200)
    text = file.read_text()
    entry = text.split("extra ")[1].split("\n")[0]
    middle = len(entry) // 2
    other = "B" if entry[middle] == "A" else "A"
    file.write_text(text.replace(entry, entry[:middle] + other + entry[middle + 1 :]))
    assert cli.main(["ledger", "verify", str(file), *given]) in {2, 10}


def test_the_hash_of_the_tables_is_the_published_one(whole):
    tenant = whole[0]
    with tenant_transaction(tenant):
        ((_, leaf, entry), *_) = pack.entries(tenant, 1)
    assert leaf == sha256(b"\x00" + entry).digest()
