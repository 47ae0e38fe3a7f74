"""Version 1 of every format, as it was written once: read for ever (docs/crypto-spec.md, section 14)."""

import io
import json
from pathlib import Path
from uuid import UUID

import pytest

from hushkeep import vault
from hushkeep.keys import certificate, evidence, rings
from hushkeep.keys.journal import GENESIS, chain

GOLDEN = json.loads((Path(__file__).parent / "golden" / "formats-v1.json").read_text())
KEY = vault.DataKey.of(bytes.fromhex(GOLDEN["secret"]))
HERE = vault.Context(
    tenant=UUID(int=1), table="customer", klass="contact", row=UUID(int=2), schema_version=3, capsule_version=4
)
FOR = vault.WrapContext(tenant=UUID(int=1), purpose="interaction", klass="text", owner=UUID(int=5))


def _bytes(name):
    return bytes.fromhex(GOLDEN[name])


def test_key_id_and_commitment_follow_from_the_secret():
    assert (KEY.id, KEY.commitment) == (_bytes("key_id"), _bytes("commitment"))


def test_contexts_have_the_written_layout():
    assert HERE.encode() == _bytes("context")
    assert FOR.encode() == _bytes("wrap_context")
    # Written out once by hand: length, value, length, value …
    assert HERE.encode().hex() == (
        "0010" + "00" * 15 + "01" + "0008" + b"customer".hex() + "0007" + b"contact".hex()
    ) + ("0010" + "00" * 15 + "02" + "0004" + "00000003" + "0004" + "00000004")


def test_a_capsule_opens():
    assert vault.open_sealed(KEY, _bytes("capsule"), HERE) == b"13800138000"


def test_a_wrapped_key_opens():
    assert vault.unwrap_secret(KEY, _bytes("wrapped"), FOR) == _bytes("wrapped_secret")
    assert vault.parent_of(_bytes("wrapped")) == (KEY.id, 7)


def test_a_ring_opens():
    row = rings.RingRow(0x0123456789ABCDE0, UUID(int=8), rings.ALL_CLASSES, _bytes("ring"))
    ring = rings.open_ring(KEY, UUID(int=1), row)
    assert ring.key("payment").secret == bytes(range(64, 96))
    assert ring.key("payment").id.hex() == "0123456789abcde3"


@pytest.mark.parametrize(("name", "plain"), [("stream", b"a recording"), ("stream_empty", b"")])
def test_a_file_opens(name, plain):
    out = io.BytesIO()
    vault.open_stream(io.BytesIO(_bytes(name)), out, KEY, object_id=UUID(int=6))
    assert out.getvalue() == plain


def test_a_blind_index_is_what_it_was():
    assert vault.blind_index(KEY, "phone", "+8613800138000") == _bytes("blind_index")


def test_padding_is_what_it_was():
    assert vault.pad(b"abc") == _bytes("padded") == b"abc\x80" + bytes(12)


def test_a_certificate_verifies():
    keys = certificate.PublicKeys.decode(GOLDEN["public_keys"].encode())
    assert certificate.verify(GOLDEN["certificate"].encode(), keys)["basis"] == "erasure_request"


def test_a_device_statement_is_what_browsers_sign():
    said = evidence.statement(
        use="live",
        tenant=UUID(int=1),
        actor=UUID(int=2),
        device=UUID(int=3),
        conversation=UUID(int=4),
        subjects=[UUID(int=6), UUID(int=5)],
        classes=["text", "contact"],
        purpose="complaint",
        event=UUID(int=7),
        at=evidence.datetime.fromisoformat("2026-03-04T08:00:00+00:00"),
    )
    assert said.decode() == (
        '{"actor":"00000000-0000-0000-0000-000000000002","at":"2026-03-04T08:00:00.000000Z",'
        '"classes":["contact","text"],"conversation":"00000000-0000-0000-0000-000000000004",'
        '"device":"00000000-0000-0000-0000-000000000003","event":"00000000-0000-0000-0000-000000000007",'
        '"purpose":"complaint","subjects":["00000000-0000-0000-0000-000000000005",'
        '"00000000-0000-0000-0000-000000000006"],"tenant":"00000000-0000-0000-0000-000000000001","use":"live","v":1}'
    )


def test_the_log_chains_as_written():
    assert chain(GENESIS, b"{}").hex() == "df2fad6a42533aaab95db7d32ba62a1222257cd5908f1f5eb7ce850d55dc0709"
