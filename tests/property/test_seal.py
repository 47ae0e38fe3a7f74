"""Whatever is changed, moved or cut is refused."""

import io
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hushkeep import vault
from hushkeep.kernel import IntegrityError

KEY = vault.DataKey(b"property", bytes(range(32)))
HERE = vault.Context(tenant=UUID(int=1), table="customer", klass="contact", row=UUID(int=2))
FOR = vault.WrapContext(tenant=UUID(int=1), purpose="interaction", klass="text", owner=UUID(int=2))


@given(st.binary(max_size=200))
def test_what_is_sealed_opens(plaintext):
    assert vault.open_sealed(KEY, vault.seal(KEY, plaintext, HERE), HERE) == plaintext


@given(st.binary(max_size=64), st.data())
def test_any_flipped_bit_is_refused(plaintext, data):
    sealed = bytearray(vault.seal(KEY, plaintext, HERE))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(IntegrityError):
        vault.open_sealed(KEY, bytes(sealed), HERE)


@given(st.binary(max_size=64), st.data())
def test_any_cut_is_refused(plaintext, data):
    sealed = vault.seal(KEY, plaintext, HERE)
    with pytest.raises(IntegrityError):
        vault.open_sealed(KEY, sealed[: data.draw(st.integers(0, len(sealed) - 1))], HERE)


@given(st.binary(max_size=64), st.data())
def test_any_flipped_bit_or_cut_in_a_column_is_refused(plaintext, data):
    column = vault.Column(tenant=HERE.tenant, table=HERE.table, klass=HERE.klass)
    [value] = vault.seal_column(KEY, [(HERE.row, plaintext)], column)
    sealed = bytearray(value)
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    for wrong in (bytes(sealed), value[: data.draw(st.integers(0, len(value) - 1))]):
        with pytest.raises(IntegrityError):
            vault.open_column(KEY, [(HERE.row, value), (HERE.row, wrong)], column)


@given(st.data())
def test_any_flipped_bit_of_a_wrapped_key_is_refused(data):
    wrapped = bytearray(vault.wrap(KEY, vault.DataKey.random(), FOR))
    bit = data.draw(st.integers(0, len(wrapped) * 8 - 1))
    wrapped[bit // 8] ^= 1 << bit % 8
    with pytest.raises(IntegrityError):
        vault.unwrap(KEY, bytes(wrapped), FOR)


@given(st.binary(max_size=300), st.data())
def test_any_flipped_bit_of_a_file_is_refused(plaintext, data):
    out = io.BytesIO()
    vault.seal_stream(io.BytesIO(plaintext), out, KEY, UUID(int=3))
    sealed = bytearray(out.getvalue())
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(IntegrityError):
        vault.open_stream(io.BytesIO(bytes(sealed)), io.BytesIO(), KEY)


@given(st.lists(st.one_of(st.binary(max_size=100), st.integers(1, 70_000).map(bytes)), max_size=6), st.data())
def test_a_file_reads_back_whatever_the_pieces_and_places(pieces, data):
    out, plain = io.BytesIO(), b"".join(pieces)
    with vault.SealedWriter(out, KEY, UUID(int=3)) as writer:
        for piece in pieces:
            writer.write(piece)
    reader = vault.SealedReader(io.BytesIO(out.getvalue()), KEY)
    start = data.draw(st.integers(0, len(plain)))
    size = data.draw(st.integers(0, len(plain)))
    reader.seek(start)
    assert reader.read(size) == plain[start : start + size]


@given(st.binary(max_size=100), st.integers(1, 64))
def test_padding_comes_off(plaintext, step):
    assert vault.unpad(vault.pad(plaintext, step)) == plaintext
