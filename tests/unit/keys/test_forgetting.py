"""Rotation touches no wrap outside; shredding is final, certified, and survives backups and crashes."""

import json
import sqlite3
from uuid import UUID, uuid4

import pytest

from hushkeep.kernel import Conflict, Denied, IntegrityError, NotFound
from hushkeep.keys import certificate, serving
from hushkeep.keys import protocol as p
from hushkeep.keys.slots import KeyFile

DAY = 86_400


def _shred(house, subject, classes=()):
    return house.ask(_request(house, subject, uuid4(), [], list(classes)))


def _request(house, subject, event, proofs, classes=()):
    return p.Shred(
        house.tenant,
        subject,
        list(classes),
        uuid4(),
        event,
        "erasure_request",
        holds_checked=True,
        removed={"rows": 3},
        proofs=proofs,
    )


def _body(house, signed):
    keys = certificate.PublicKeys.decode((house.keys_dir / "public-keys.json").read_bytes())
    return certificate.verify(signed, keys)


def _restore(house, source):
    house.close()
    serving.restore_store(house.keys_dir, KeyFile(house.folder / "root.key"), source)
    house.open()


# -- rotation ---------------------------------------------------------------------------------------------------------


def test_after_a_rotation_old_wraps_open_and_the_old_key_is_gone(house):
    subjects = [house.new_subject() for _ in range(3)]
    wraps = [house.wrap(subject) for subject in subjects]
    assert house.ask(p.Rotate(house.tenant, uuid4(), uuid4())) == 2
    fresh = house.new_subject()
    house.work()
    store = sqlite3.connect(house.keys_dir / "store.sqlite")
    assert store.execute("SELECT version, state FROM tenant_key").fetchall() == [(2, "active")]
    store.close()
    house.again()
    for subject, wrap in [*zip(subjects, wraps, strict=True), (fresh, house.wrap(fresh))]:
        assert house.ask(p.Unwrap(house.sample(subject), uuid4(), [wrap])) == [b"s" * 32]


def test_the_service_answers_while_a_rotation_goes_on_and_a_second_one_waits(house):
    subjects = [uuid4() for _ in range(2200)]
    house.ask(p.CreateSubjects(house.tenant, subjects))
    wraps = [house.wrap(subject) for subject in subjects[::800]]
    house.ask(p.Rotate(house.tenant, uuid4(), uuid4()))
    with pytest.raises(Conflict):
        house.ask(p.Rotate(house.tenant, uuid4(), uuid4()))
    slices = 0
    while house.service.busy:
        house.service.work()
        house.service.commit()
        slices += 1
        for subject, wrap in zip(subjects[::800], wraps, strict=True):
            assert house.ask(p.Unwrap(house.sample(subject), uuid4(), [wrap])) == [b"s" * 32]
    assert slices >= 3
    assert house.log()[-1].op != "rotate"
    assert [record.count for record in house.log() if record.op == "rotate" and record.outcome == "done"] == [2200]
    assert house.ask(p.Rotate(house.tenant, uuid4(), uuid4())) == 3


def test_a_rotation_that_was_interrupted_goes_on_after_a_start(house):
    subjects = [uuid4() for _ in range(2200)]
    house.ask(p.CreateSubjects(house.tenant, subjects))
    wrap = house.wrap(subjects[-1])
    house.ask(p.Rotate(house.tenant, uuid4(), uuid4()))
    house.service.work()
    house.service.commit()
    house.again()
    assert house.service.busy
    house.work()
    assert house.ask(p.Unwrap(house.sample(subjects[-1]), uuid4(), [wrap])) == [b"s" * 32]


def test_a_damaged_ring_stops_its_rotation_and_not_the_service(house):
    one, two = house.new_subject(), house.new_subject()
    wrap = house.wrap(two)
    ring = house.service._ground.store.execute("SELECT wrapped FROM ring WHERE subject = ?", (one.bytes,)).fetchone()[0]
    changed = ring[:-1] + bytes([ring[-1] ^ 1])
    house.service._ground.store.execute("UPDATE ring SET wrapped = ? WHERE subject = ?", (changed, one.bytes))
    house.ask(p.Rotate(house.tenant, uuid4(), uuid4()))
    house.work()
    assert ("failed", "integrity") in [(record.outcome, record.reason) for record in house.log()]
    assert house.ask(p.Unwrap(house.sample(two), uuid4(), [wrap])) == [b"s" * 32]
    house.again()
    assert house.ask(p.Unwrap(house.sample(two), uuid4(), [wrap])) == [b"s" * 32]


# -- shredding --------------------------------------------------------------------------------------------------------


def test_a_shredded_subject_opens_nothing_and_others_are_fine(house):
    gone, kept = house.new_subject(), house.new_subject()
    gone_wrap, kept_wrap = house.wrap(gone), house.wrap(kept)
    ticket = house.sample(gone)
    house.ask(p.Unwrap(ticket, uuid4(), [gone_wrap]))
    _shred(house, gone)
    with pytest.raises(NotFound):
        house.ask(p.Unwrap(ticket, uuid4(), [gone_wrap]))
    for asked in (lambda: house.sample(gone), lambda: house.wrap(gone)):
        with pytest.raises(NotFound):
            asked()
    assert house.ask(p.Unwrap(house.sample(kept), uuid4(), [kept_wrap])) == [b"s" * 32]


def test_a_shredded_subject_never_comes_back_under_its_id(house):
    subject = house.new_subject()
    _shred(house, subject)
    with pytest.raises(NotFound, match="destroyed"):
        house.ask(p.CreateSubjects(house.tenant, [subject]))


def test_one_class_can_be_shredded_alone(house):
    subject = house.new_subject()
    voice, text = house.wrap(subject, "voice"), house.wrap(subject, "text")
    body = _body(house, _shred(house, subject, ["voice"]))
    assert body["classes"] == ["voice"]
    house.again()
    ticket = house.sample(subject, ["voice", "text"])
    assert house.ask(p.Unwrap(ticket, uuid4(), [text])) == [b"s" * 32]
    with pytest.raises(NotFound):
        house.ask(p.Unwrap(ticket, uuid4(), [voice]))
    house.ask(p.CreateSubjects(house.tenant, [subject]))
    with pytest.raises(NotFound):
        house.wrap(subject, "voice")
    assert _body(house, _shred(house, subject))["classes"] == ["contact", "identity", "payment", "text", "consent"]


def test_shredding_twice_gives_the_first_certificate(house):
    subject = house.new_subject()
    assert _shred(house, subject) == _shred(house, subject)
    with pytest.raises(NotFound):
        _shred(house, uuid4())


def test_no_file_of_the_store_keeps_the_destroyed_wrap(house):
    subject = house.new_subject()
    store = sqlite3.connect(house.keys_dir / "store.sqlite")
    [(wrapped,)] = store.execute("SELECT wrapped FROM ring WHERE subject = ?", (subject.bytes,)).fetchall()
    store.close()
    assert any(wrapped in path.read_bytes() for path in house.keys_dir.iterdir())
    _shred(house, subject)
    assert not any(wrapped in path.read_bytes() for path in house.keys_dir.iterdir())


def test_the_certificate_names_what_was_destroyed_and_not_whom(house):
    subject = house.new_subject()
    signed = _shred(house, subject)
    body = _body(house, signed)
    assert body["classes"] == list(p.CLASSES)
    assert len(body["key_ids"]) == 6
    assert (body["basis"], body["holds_checked"], body["removed"]) == ("erasure_request", True, {"rows": 3})
    assert body["approval"] == "asserted"
    assert body["could_revive"] == []
    assert body["irrecoverable_after"] == body["shredded_at"]
    assert str(subject) not in signed.decode()


def _flipped(text):
    return text[:-1] + ("1" if text[-1] == "0" else "0")


@pytest.mark.parametrize("part", ["body", "ed25519", "ml_dsa_65", "garbage", "other_site"])
def test_a_certificate_that_was_changed_does_not_verify(house, part):
    signed = _shred(house, house.new_subject())
    keys = certificate.PublicKeys.decode((house.keys_dir / "public-keys.json").read_bytes())
    data = json.loads(signed)
    if part == "body":
        data["body"]["subject_pseudonym"] = "00" * 32
    elif part == "garbage":
        data = ["x"]
    elif part == "other_site":
        keys = certificate.PublicKeys(bytes(32), keys.ml_dsa_65)
    else:
        data["signatures"][part] = _flipped(data["signatures"][part])
    with pytest.raises(IntegrityError):
        certificate.verify(json.dumps(data).encode() + b" " * (part == "garbage"), keys)


def test_under_dual_control_two_people_must_sign_for_a_destruction(strict_house):
    subject = strict_house.new_subject()
    with pytest.raises(Denied, match="second_person_missing"):
        _shred(strict_house, subject)
    assert strict_house.wrap(subject)


def test_two_signatures_are_verified_and_named(house, device_of):
    subject, event = house.new_subject(), uuid4()
    said = {
        "use": "shred",
        "tenant": house.tenant,
        "conversation": None,
        "subjects": [subject],
        "classes": [],
        "purpose": "erasure_request",
        "event": event,
        "at": house.now,
    }
    one, two = device_of(uuid4()), device_of(uuid4())
    proofs = [one.sign(**said), two.sign(**(said | {"subjects": [uuid4()]}))]
    with pytest.raises(Denied, match="device_signature"):
        house.ask(_request(house, subject, event, proofs))
    proofs = [device.sign(**said) for device in (device_of(uuid4()), device_of(uuid4()))]
    body = _body(house, house.ask(_request(house, subject, event, proofs)))
    assert body["approval"] == "verified"
    assert len(body["approved_by"]) == 2


def test_under_dual_control_two_people_must_sign_for_a_rotation(strict_house, unregistered_device):
    house, event = strict_house, uuid4()
    devices = [unregistered_device(uuid4()) for _ in range(2)]
    for device in devices:
        house.ask(p.RegisterDevice(house.tenant, device.actor, device.id, device.public_key))
    said = {"use": "rotate", "tenant": house.tenant, "conversation": None, "subjects": [], "classes": []}
    said |= {"purpose": "", "event": event, "at": house.now}

    def rotate(*proofs):
        return house.ask(p.Rotate(house.tenant, uuid4(), event, list(proofs)))

    one, two = devices
    for refused in ((), (one.sign(**said),), (one.sign(**said), one.sign(**said))):
        with pytest.raises(Denied, match="second_person_missing"):
            rotate(*refused)
    with pytest.raises(Denied, match="device_signature"):
        rotate(one.sign(**said), two.sign(**(said | {"use": "shred"})))
    house.pass_seconds(1)  # a signature is good once
    said["at"] = house.now
    assert rotate(one.sign(**said), two.sign(**said)) == 2


# -- backups and epochs -----------------------------------------------------------------------------------------------


def test_a_restored_backup_brings_the_living_back_and_not_the_shredded(house):
    gone, kept = house.new_subject(), house.new_subject()
    gone_wrap, kept_wrap = house.wrap(gone), house.wrap(kept)
    house.ask(p.Backup(str(house.folder / "backup")))
    body = _body(house, _shred(house, gone))
    assert [epoch["backups"] for epoch in body["could_revive"]] == [1]
    assert body["irrecoverable_after"] > body["shredded_at"]
    _restore(house, house.folder / "backup")
    assert house.ask(p.Unwrap(house.sample(kept), uuid4(), [kept_wrap])) == [b"s" * 32]
    with pytest.raises(NotFound):
        house.sample(gone)
    ticket = house.sample(kept)
    with pytest.raises((NotFound, Denied)):
        house.ask(p.Unwrap(ticket, uuid4(), [gone_wrap]))


def test_after_the_epochs_end_its_backups_open_for_nobody(house):
    house.new_subject()
    house.ask(p.Backup(str(house.folder / "backup")))
    house.pass_seconds(29 * DAY)
    house.service.work()
    _restore(house, house.folder / "backup")
    house.pass_seconds(2 * DAY)
    house.service.work()
    house.service.commit()
    assert "epochs_destroyed" in [record.op for record in house.log()]
    with pytest.raises(NotFound, match="destroyed"):
        _restore(house, house.folder / "backup")


def test_a_changed_backup_is_refused_and_the_store_stays(house):
    subject = house.new_subject()
    target = house.folder / "backup"
    house.ask(p.Backup(str(target)))
    sealed = bytearray(target.read_bytes())
    sealed[-1] ^= 1
    target.write_bytes(sealed)
    with pytest.raises(IntegrityError):
        _restore(house, target)
    house.open()
    assert house.sample(subject)


def test_a_backup_never_replaces_a_file_and_leaves_no_plain_copy(house):
    target = house.folder / "backup"
    house.ask(p.Backup(str(target)))
    with pytest.raises(Conflict):
        house.ask(p.Backup(str(target)))
    assert not (house.keys_dir / "backup.copy").exists()


def test_a_destruction_that_only_reached_the_log_is_finished_at_the_next_start(house, monkeypatch):
    subject = house.new_subject()
    ground = house.service._ground
    committed = ground.journal.commit

    def crash():
        committed()
        raise KeyboardInterrupt

    monkeypatch.setattr(ground.journal, "commit", crash)
    with pytest.raises(KeyboardInterrupt):
        _shred(house, subject)
    ground.store.rollback()
    monkeypatch.undo()
    house.again()
    with pytest.raises(NotFound):
        house.sample(subject)
    assert _body(house, _shred(house, subject))["approval"] == "replayed"
    assert UUID(_body(house, _shred(house, subject))["event"])
