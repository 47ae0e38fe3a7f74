"""Slots: each opens the one root key by itself, and recovery really recovers."""

import json
import os
import subprocess
from itertools import combinations
from pathlib import Path
from uuid import uuid4

import pytest

from hushkeep import vault
from hushkeep.kernel import Conflict, Denied, IntegrityError, InvalidInput, NotFound, Unavailable
from hushkeep.keys import protocol as p
from hushkeep.keys import site, slot_tests, slots
from hushkeep.keys.ways import provider_of

WORDS = "correct horse battery staple forever"
SOFTHSM = Path("/usr/lib/softhsm/libsofthsm2.so")


def _shares(house):
    return [(house.folder / "recovery" / f"share-{number}.txt").read_text() for number in range(1, 6)]


def _key_file(house):
    return slots.KeyFile(house.folder / "root.key")


def test_any_three_shares_recover_the_root_key_and_two_do_not(house):
    _, root = slots.open_root(house.keys_dir, _key_file(house))
    shares = _shares(house)
    for three in combinations(shares, 3):
        assert slots.open_root(house.keys_dir, slots.Recovery.of_shares(three))[1].id == root.id
    for wrong in (shares[:2], [], [shares[0]] * 3, [*shares[:2], "abbey " * 33], [*shares[:2], "not a share"]):
        with pytest.raises(Denied):
            slots.Recovery.of_shares(wrong)


def test_a_site_whose_key_file_is_lost_comes_back_by_its_shares(house):
    subject = house.new_subject()
    wrap = house.wrap(subject)
    old = _shares(house)
    house.close()
    (house.folder / "root.key").unlink()
    with pytest.raises(Unavailable):
        house.open()
    site.recover(house.keys_dir, old[1:4], key_file=house.folder / "root.key", recovery_dir=house.folder / "recovery")
    house.open()
    assert house.ask(p.Unwrap(house.sample(subject), uuid4(), [wrap])) == [b"s" * 32]
    assert _shares(house) != old
    with pytest.raises(IntegrityError):
        slots.open_root(house.keys_dir, slots.Recovery.of_shares(old[:3]))
    assert slots.open_root(house.keys_dir, slots.Recovery.of_shares(_shares(house)[:3]))


def test_shares_of_another_site_open_nothing(house, tmp_path):
    site.init_site(tmp_path / "other", key_file=tmp_path / "other.key", recovery_dir=tmp_path / "other-recovery")
    shares = [(tmp_path / "other-recovery" / f"share-{number}.txt").read_text() for number in (1, 2, 3)]
    with pytest.raises(IntegrityError):
        slots.open_root(house.keys_dir, slots.Recovery.of_shares(shares))
    with pytest.raises(IntegrityError):
        slots.open_root(house.keys_dir, slots.KeyFile(tmp_path / "other.key"))


def test_a_passphrase_opens_and_a_wrong_one_does_not(house):
    slots.put_slot(house.keys_dir, _key_file(house), slots.Passphrase(WORDS))
    assert slots.open_root(house.keys_dir, slots.Passphrase(WORDS))[1].id
    with pytest.raises(IntegrityError):
        slots.open_root(house.keys_dir, slots.Passphrase(WORDS + "r"))


def test_a_weak_passphrase_and_weakened_parameters_are_refused(house):
    for weak in ("", "four words are few", "same same same same same"):
        with pytest.raises(InvalidInput):
            slots.put_slot(house.keys_dir, _key_file(house), slots.Passphrase(weak))
    for params in ({}, {"salt": "00" * 16, "memory_kib": "8"}, {"salt": "zz", "memory_kib": "262144"}):
        with pytest.raises(IntegrityError):
            slots.Passphrase(WORDS).kek(params)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_key_file_of_another_size_is_refused(house, size):
    (house.folder / "root.key").write_bytes(bytes(size))
    with pytest.raises(IntegrityError):
        slots.open_root(house.keys_dir, _key_file(house))


class _Second(slots.KeyFile):
    kind = "second"


def test_two_slots_stay_one_of_them_recovery(house):
    with pytest.raises(Conflict):
        slots.remove_slot(house.keys_dir, "key_file")
    slots.put_slot(house.keys_dir, _key_file(house), _Second(house.folder / "root.key"))
    with pytest.raises(Conflict):
        slots.remove_slot(house.keys_dir, "recovery")
    slots.remove_slot(house.keys_dir, "key_file")
    assert [slot.kind for slot in slots.read_slots(house.keys_dir).slots] == ["recovery", "second"]
    with pytest.raises(NotFound):
        slots.remove_slot(house.keys_dir, "key_file")


def test_slots_change_by_two_hands_only(house):
    _, words = slots.put_slot(house.keys_dir, _key_file(house), slots.Passphrase(WORDS)), slots.Passphrase(WORDS)
    slots.require_two(house.keys_dir, _key_file(house), words)
    slots.require_two(house.keys_dir, _key_file(house), slots.Recovery.of_shares(_shares(house)[:3]))
    with pytest.raises(Denied, match="second_slot_missing"):
        slots.require_two(house.keys_dir, _key_file(house), _key_file(house))
    with pytest.raises(IntegrityError):
        slots.require_two(house.keys_dir, _key_file(house), slots.Passphrase(WORDS + " more"))


def test_a_slot_that_was_not_seen_to_open_for_a_month_is_named(house):
    assert house.ask(p.Status())["slots_overdue"] != ""  # this clock is years ahead of the slots' making
    house.again()
    assert house.ask(p.Status())["slots_overdue"] == "recovery"
    slot_tests.record(house.keys_dir, "recovery", house.at // 1000)
    assert house.ask(p.Status())["slots_overdue"] == ""
    house.pass_seconds(32 * 86400)
    assert house.ask(p.Status())["slots_overdue"] == "key_file, recovery"
    house.service.work()
    assert house.ask(p.Status())["slots_overdue"] == "recovery", "the service opens its own slot again by itself"
    assert ("slot_test", "done", "key_file") in [(r.op, r.outcome, r.kind) for r in house.log()]


def test_a_slot_that_opens_no_more_is_told_by_the_monthly_test(house):
    (house.folder / "root.key").write_bytes(bytes(32))
    house.pass_seconds(32 * 86400)
    house.service.work()
    house.service.commit()
    assert ("slot_test", "failed", "key_file", "integrity") in [
        (r.op, r.outcome, r.kind, r.reason) for r in house.log()
    ]
    assert "key_file" in house.ask(p.Status())["slots_overdue"]


def _flipped(text):
    return text[:-1] + ("1" if text[-1] == "0" else "0")


@pytest.mark.parametrize("change", ["wrapped", "swapped", "site", "json", "version", "root"])
def test_a_changed_slot_file_is_noticed(house, change):
    path = house.keys_dir / "slots.json"
    data = json.loads(path.read_text())
    if change == "wrapped":
        data["slots"][0]["wrapped"] = _flipped(data["slots"][0]["wrapped"])
    elif change == "swapped":
        data["slots"][0]["wrapped"] = data["slots"][1]["wrapped"]
    elif change == "site":
        data["site"] = str(uuid4())
    elif change == "root":
        data["root"] = "00" * 8
    elif change == "version":
        data["version"] = 2
    path.write_text("{" if change == "json" else json.dumps(data))
    with pytest.raises(IntegrityError):
        slots.open_root(house.keys_dir, _key_file(house))


def test_secrets_are_readable_by_their_owner_only(house):
    for path in [house.folder / "root.key", *house.keys_dir.iterdir(), *(house.folder / "recovery").iterdir()]:
        assert path.stat().st_mode & 0o077 == 0 or path.name == "public-keys.json", path.name


@pytest.mark.parametrize(
    ("way", "kind"),
    [
        ("passphrase", "passphrase"),
        ("bao:https://bao.example:8200#root", "bao"),
        ("aws-kms:eu-west-1:alias/k", "aws_kms"),
    ],
)
def test_a_way_is_named_on_the_command_line(way, kind):
    assert provider_of(way, "one\ntwo").kind == kind


@pytest.mark.parametrize("way", ["", "passphrase:x", "pkcs11:only", "bao:https://x", "aws-kms:eu-west-1", "gcp:x"])
def test_any_other_way_is_refused(way):
    with pytest.raises(InvalidInput):
        provider_of(way, "one")


def test_nothing_of_a_provider_prints():
    for provider in (slots.Passphrase(WORDS), slots.Recovery(b"r" * 32), slots.KeyFile(Path("k"))):
        assert "correct" not in repr(provider)
        assert "rrr" not in repr(provider)


@pytest.fixture
def token(tmp_path, monkeypatch):
    """A fresh SoftHSM2 token; its label."""
    pytest.importorskip("pkcs11", reason="pip install python-pkcs11")
    if not SOFTHSM.exists():
        pytest.skip("no SoftHSM2 here: apt install softhsm2")
    (tmp_path / "tokens").mkdir()
    (tmp_path / "softhsm2.conf").write_text(f"directories.tokendir = {tmp_path / 'tokens'}\nlog.level = ERROR\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(tmp_path / "softhsm2.conf"))
    label = f"test-{os.getpid()}"
    command = ["softhsm2-util", "--init-token", "--free", "--label", label, "--pin", "1234", "--so-pin", "4321"]
    subprocess.run(command, check=True, capture_output=True)
    return label


def test_a_hardware_slot_opens_the_root_key_and_never_shows_its_own(house, token):
    from pkcs11 import Attribute, ObjectClass  # noqa: PLC0415 - optional, the fixture skips without it
    from pkcs11.exceptions import AttributeSensitive  # noqa: PLC0415

    from hushkeep.keys.pkcs11_slot import Pkcs11  # noqa: PLC0415

    _, root = slots.open_root(house.keys_dir, _key_file(house))
    hardware = Pkcs11(SOFTHSM, token, "1234")
    slots.put_slot(house.keys_dir, _key_file(house), hardware)
    listed, opened = slots.open_root(house.keys_dir, hardware)
    assert opened.id == root.id
    with hardware._session() as session:
        key = session.get_key(object_class=ObjectClass.SECRET_KEY, label="hushkeep-root")
        with pytest.raises(AttributeSensitive):
            key[Attribute.VALUE]
    slot = slots.find_slot(listed, "pkcs11")
    for byte in (0, 12, 44, -1):
        wrapped = bytearray(slot.wrapped)
        wrapped[byte] ^= 1
        with pytest.raises(IntegrityError):
            hardware.unwrap(bytes(wrapped), slot.params, slots.context(listed.site, "pkcs11"))
    with pytest.raises(IntegrityError):
        hardware.unwrap(slot.wrapped, slot.params, slots.context(uuid4(), "pkcs11"))
    with pytest.raises(Denied):
        Pkcs11(SOFTHSM, token, "9999").unwrap(slot.wrapped, slot.params, slots.context(listed.site, "pkcs11"))
    with pytest.raises(NotFound):
        Pkcs11(SOFTHSM, "nowhere", "1234").new_params()
    assert isinstance(opened, vault.DataKey)
