"""Sealed values: what they bind, and that every failure is the same."""

import copy
import pickle
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from hushkeep import vault
from hushkeep.kernel import IntegrityError

KEY = vault.DataKey.random()
HERE = vault.Context(
    tenant=uuid4(), table="customer", klass="contact", row=uuid4(), schema_version=1, capsule_version=1
)
COLUMN = vault.Column(tenant=HERE.tenant, table=HERE.table, klass=HERE.klass)
WRAPPED_FOR = vault.WrapContext(tenant=uuid4(), purpose="interaction", klass="text", owner=uuid4())


def test_a_sealed_value_is_38_bytes_longer_and_opens_at_its_place():
    sealed = vault.seal(KEY, b"13800138000", HERE)
    assert len(sealed) == 11 + vault.OVERHEAD_BYTES == 49
    assert vault.open_sealed(KEY, sealed, HERE) == b"13800138000"


@pytest.mark.parametrize(
    "moved",
    [
        {"tenant": uuid4()},
        {"table": "customers"},
        {"klass": "identity"},
        {"row": uuid4()},
        {"schema_version": 2},
        {"capsule_version": 2},
    ],
    ids=lambda moved: next(iter(moved)),
)
def test_a_value_moved_elsewhere_is_refused(moved):
    with pytest.raises(IntegrityError):
        vault.open_sealed(KEY, vault.seal(KEY, b"13800138000", HERE), replace(HERE, **moved))


def test_text_cannot_flow_from_one_field_of_the_context_to_the_next():
    one = replace(HERE, table="ab", klass="c")
    other = replace(HERE, table="a", klass="bc")
    with pytest.raises(IntegrityError):
        vault.open_sealed(KEY, vault.seal(KEY, b"x", one), other)


def test_another_key_with_the_same_id_is_refused():
    twin = vault.DataKey(KEY.id, vault.DataKey.random().secret)
    with pytest.raises(IntegrityError):
        vault.open_sealed(twin, vault.seal(KEY, b"x", HERE), HERE)


def test_another_key_id_with_the_same_key_is_refused():
    twin = vault.DataKey(bytes(8), KEY.secret)
    with pytest.raises(IntegrityError):
        vault.open_sealed(twin, vault.seal(KEY, b"x", HERE), HERE)


@pytest.mark.parametrize(("byte", "value"), [(0, 0xD4), (1, 0x00), (1, 0x02), (1, 0xFF)])
def test_an_unknown_format_or_suite_is_refused(byte, value):
    sealed = bytearray(vault.seal(KEY, b"x", HERE))
    sealed[byte] = value
    with pytest.raises(IntegrityError):
        vault.open_sealed(KEY, bytes(sealed), HERE)
    with pytest.raises(IntegrityError):
        vault.key_id_of(bytes(sealed))


def test_all_refusals_read_alike():
    sealed = vault.seal(KEY, b"x", HERE)
    said = set()
    flipped = sealed[:30] + bytes([sealed[30] ^ 1]) + sealed[31:]
    for wrong in (b"", sealed[:-1], sealed + b"x", b"\x00" + sealed[1:], flipped):
        with pytest.raises(IntegrityError) as refusal:
            vault.open_sealed(KEY, wrong, HERE)
        said.add(str(refusal.value))
        assert refusal.value.__cause__ is None
    assert len(said) == 1


def test_a_column_and_single_values_are_one_format():
    rows = [uuid4() for _ in range(5)]
    plain = [bytes([number]) * number for number in range(5)]
    column = vault.seal_column(KEY, list(zip(rows, plain, strict=True)), COLUMN)
    singly = [vault.seal(KEY, p, replace(HERE, row=row)) for row, p in zip(rows, plain, strict=True)]
    assert [vault.open_sealed(KEY, s, replace(HERE, row=row)) for row, s in zip(rows, column, strict=True)] == plain
    assert vault.open_column(KEY, list(zip(rows, singly, strict=True)), COLUMN) == plain


@pytest.mark.parametrize("moved", [{"tenant": uuid4()}, {"table": "t"}, {"klass": "k"}, {"schema_version": 2}])
def test_a_column_moved_elsewhere_is_refused(moved):
    row = uuid4()
    sealed = vault.seal_column(KEY, [(row, b"x")], COLUMN)
    with pytest.raises(IntegrityError):
        vault.open_column(KEY, [(row, sealed[0])], replace(COLUMN, **moved))


def test_two_rows_of_a_column_cannot_change_places():
    one, two = uuid4(), uuid4()
    sealed = vault.seal_column(KEY, [(one, b"x"), (two, b"y")], COLUMN)
    with pytest.raises(IntegrityError):
        vault.open_column(KEY, [(two, sealed[0]), (one, sealed[1])], COLUMN)


def test_no_nonce_of_a_column_comes_twice():
    sealed = vault.seal_column(KEY, [(UUID(int=1), b"x")] * 20_000, COLUMN)
    assert len({value[10:22] for value in sealed}) == 20_000


@pytest.mark.parametrize("leak", [repr, str, "{}".format])
def test_a_key_shows_its_id_only(leak):
    assert leak(KEY) == f"DataKey(id={KEY.id.hex()})"


@pytest.mark.parametrize("leak", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_key_does_not_leave_by_pickling(leak):
    with pytest.raises(TypeError):
        leak(KEY)


def test_a_wrapped_key_opens_under_its_parent():
    child = vault.DataKey.random()
    wrapped = vault.wrap(KEY, child, WRAPPED_FOR, parent_version=7)
    assert len(wrapped) == 112
    opened = vault.unwrap(KEY, wrapped, WRAPPED_FOR)
    assert (opened.id, opened.secret) == (child.id, child.secret)
    assert vault.parent_of(wrapped) == (KEY.id, 7)


@pytest.mark.parametrize("moved", [{"tenant": uuid4()}, {"purpose": "x"}, {"klass": "voice"}, {"owner": uuid4()}])
def test_a_wrapped_key_moved_elsewhere_is_refused(moved):
    wrapped = vault.wrap(KEY, vault.DataKey.random(), WRAPPED_FOR)
    with pytest.raises(IntegrityError):
        vault.unwrap(KEY, wrapped, replace(WRAPPED_FOR, **moved))


@pytest.mark.parametrize("byte", [0, 1, 2, 9, 10, 17, 18, 19, 20, 31, 32, 63, 64, 111])
def test_a_wrapped_key_with_a_changed_byte_is_refused(byte):
    wrapped = bytearray(vault.wrap(KEY, vault.DataKey.random(), WRAPPED_FOR))
    wrapped[byte] ^= 1
    with pytest.raises(IntegrityError):
        vault.unwrap(KEY, bytes(wrapped), WRAPPED_FOR)


def test_a_wrap_commits_to_its_parent_even_when_the_tag_fits():
    honest = vault.wrap(KEY, vault.DataKey.random(), WRAPPED_FOR)
    # Whoever knows the key can make a valid tag over a false commitment: a ciphertext that opens under two keys.
    header = honest[:32] + vault.DataKey.random().commitment
    forged = header + KEY.aead.encrypt(honest[20:32], bytes(32), header + WRAPPED_FOR.encode())
    with pytest.raises(IntegrityError):
        vault.unwrap(KEY, forged, WRAPPED_FOR)
    assert honest[32:64] == KEY.commitment


def test_a_ring_of_secrets_is_no_single_key():
    wrapped = vault.wrap_secret(KEY, bytes(8), bytes(64), WRAPPED_FOR)
    assert vault.unwrap_secret(KEY, wrapped, WRAPPED_FOR) == bytes(64)
    with pytest.raises(IntegrityError):
        vault.unwrap(KEY, wrapped, WRAPPED_FOR)


@pytest.mark.parametrize("secret", [b"", bytes(31), bytes(33)])
def test_only_whole_secrets_are_wrapped(secret):
    with pytest.raises(ValueError):
        vault.wrap_secret(KEY, bytes(8), secret, WRAPPED_FOR)


@pytest.mark.parametrize("size", [0, 1, 14, 15, 16, 17, 31, 1000])
def test_padding_hides_the_length_in_steps_and_comes_off(size):
    padded = vault.pad(b"\x80" * size)
    assert len(padded) % 16 == 0
    assert len(padded) > size
    assert vault.unpad(padded) == b"\x80" * size


@pytest.mark.parametrize("wrong", [b"", bytes(16), b"x" * 16, b"\x80" + bytes(14) + b"\x01"])
def test_malformed_padding_is_refused(wrong):
    with pytest.raises(IntegrityError):
        vault.unpad(wrong)


def test_a_blind_index_depends_on_key_name_and_value():
    digest = vault.blind_index(KEY, "phone", "+8613800138000")
    assert len(digest) == vault.DIGEST_BYTES
    assert digest == vault.blind_index(KEY, "phone", "+8613800138000")
    others = [
        vault.blind_index(vault.DataKey.random(), "phone", "+8613800138000"),
        vault.blind_index(KEY, "email", "+8613800138000"),
        vault.blind_index(KEY, "phone", "+8613800138001"),
        vault.blind_index(KEY, "phone+", "8613800138000"),
    ]
    assert len({digest, *others}) == 5


def test_a_card_surrogate_has_the_length_and_fails_the_luhn_check():
    luhn = pytest.importorskip("stdnum.luhn")
    for length in range(12, 20):
        for _ in range(50):
            surrogate = vault.card_surrogate(length)
            assert len(surrogate) == length
            assert surrogate.isdigit()
            assert not luhn.is_valid(surrogate)


def test_tokens_are_random():
    tokens = {vault.new_token() for _ in range(1000)}
    assert len(tokens) == 1000
    assert all(token.startswith("tok_") and len(token) == 36 for token in tokens)
