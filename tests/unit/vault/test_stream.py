"""Sealed files: written piece by piece, read anywhere, refused when changed or cut."""

import io
import os
from itertools import pairwise
from uuid import uuid4

import pytest

from hushkeep import vault
from hushkeep.kernel import IntegrityError
from hushkeep.vault.stream import FIRST_PLAIN_BYTES, HEADER_BYTES, PLAIN_BYTES, SEGMENT_BYTES, SegmentCipher

KEY = vault.DataKey.random()
EDGES = sorted(
    {
        max(count * PLAIN_BYTES + FIRST_PLAIN_BYTES + by, 0)
        for count in (-1, 0, 1, 2)
        for by in (-PLAIN_BYTES, -1, 0, 1, 17)
    }
)


def _sealed(plain, key=KEY, object_id=None):
    out = io.BytesIO()
    vault.seal_stream(io.BytesIO(plain), out, key, object_id or uuid4())
    return out.getvalue()


def _opened(sealed, key=KEY, **given):
    out = io.BytesIO()
    vault.open_stream(io.BytesIO(sealed), out, key, **given)
    return out.getvalue()


@pytest.mark.parametrize("size", EDGES)
def test_what_is_sealed_opens_at_every_segment_edge(size):
    plain = os.urandom(size)
    sealed = _sealed(plain)
    assert _opened(sealed) == plain
    reader = vault.SealedReader(io.BytesIO(sealed), KEY)
    assert (reader.size, reader.read()) == (size, plain)


def test_the_overhead_is_104_bytes_and_16_a_segment():
    assert len(_sealed(b"")) == HEADER_BYTES + 16 == 120
    assert len(_sealed(bytes(FIRST_PLAIN_BYTES + 1))) == FIRST_PLAIN_BYTES + 1 + HEADER_BYTES + 32


@pytest.mark.parametrize("piece", [1, 1000, PLAIN_BYTES - 1, PLAIN_BYTES, PLAIN_BYTES + 1, 3 * PLAIN_BYTES])
def test_the_size_of_the_pieces_written_does_not_matter(piece):
    plain = os.urandom(5000 if piece == 1 else 3 * PLAIN_BYTES + 5)
    out = io.BytesIO()
    with vault.SealedWriter(out, KEY, uuid4()) as writer:
        for at in range(0, len(plain), piece):
            assert writer.write(plain[at : at + piece]) == len(plain[at : at + piece])
    assert _opened(out.getvalue()) == plain


def test_a_reader_seeks_like_any_file():
    plain = os.urandom(4 * PLAIN_BYTES)
    reader, same = vault.SealedReader(io.BytesIO(_sealed(plain)), KEY), io.BytesIO(plain)
    for offset, whence, size in [
        (0, 0, 10),
        (FIRST_PLAIN_BYTES - 3, 0, 6),
        (100, 1, PLAIN_BYTES),
        (-5, 2, 100),
        (0, 2, 1),
        (10, 2, 1),
        (PLAIN_BYTES, 0, 2 * PLAIN_BYTES + 1),
    ]:
        assert reader.seek(offset, whence) == same.seek(offset, whence)
        assert io.BufferedReader(reader).raw.read(size) == same.read(size)
        assert reader.tell() == same.tell()
    with pytest.raises(ValueError):
        reader.seek(-1)


@pytest.mark.parametrize("cut", [1, 15, 16, 17, PLAIN_BYTES, SEGMENT_BYTES, SEGMENT_BYTES + 1, 2 * SEGMENT_BYTES])
def test_a_cut_file_is_refused_before_a_byte_is_played(cut):
    sealed = _sealed(os.urandom(3 * PLAIN_BYTES))[:-cut]
    with pytest.raises(IntegrityError):
        vault.SealedReader(io.BytesIO(sealed), KEY)
    with pytest.raises(IntegrityError):
        _opened(sealed)


@pytest.mark.parametrize("size", [0, 3, 63, 64, 103, 104, 119])
def test_a_file_without_a_whole_first_segment_is_refused(size):
    with pytest.raises(IntegrityError):
        vault.SealedReader(io.BytesIO(_sealed(b"")[:size]), KEY)
    with pytest.raises(IntegrityError):
        _opened(_sealed(b"")[:size])


def test_segments_that_changed_places_are_refused():
    sealed = _sealed(os.urandom(4 * PLAIN_BYTES))
    at = [64 + n * SEGMENT_BYTES for n in (1, 2, 3)]
    one, two = (sealed[start:end] for start, end in pairwise(at))
    swapped = sealed[: at[0]] + two + one + sealed[at[2] :]
    reader = vault.SealedReader(io.BytesIO(swapped), KEY)
    with pytest.raises(IntegrityError):
        reader.read()
    with pytest.raises(IntegrityError):
        _opened(swapped)


def test_segments_of_another_file_are_refused():
    one, two = _sealed(bytes(3 * PLAIN_BYTES)), _sealed(bytes(3 * PLAIN_BYTES))
    mixed = one[: 64 + SEGMENT_BYTES] + two[64 + SEGMENT_BYTES : 64 + 2 * SEGMENT_BYTES] + one[64 + 2 * SEGMENT_BYTES :]
    with pytest.raises(IntegrityError):
        _opened(mixed)


@pytest.mark.parametrize("size", [0, 1, 200_000, 3 * PLAIN_BYTES])
def test_broken_segments_are_named_and_a_whole_file_has_none(size):
    key, object_id = vault.DataKey.of(os.urandom(32)), uuid4()
    out = io.BytesIO()
    writer = vault.SealedWriter(out, key, object_id)
    writer.write(os.urandom(size))
    writer.close()
    whole = out.getvalue()
    assert len(whole) == vault.sealed_size(size)
    assert vault.broken_segments(io.BytesIO(whole), key, size, object_id=object_id) == []
    last = (len(whole) - 65) // SEGMENT_BYTES
    flipped = bytearray(whole)
    flipped[-1] ^= 1
    found = vault.broken_segments(io.BytesIO(bytes(flipped)), key, size, object_id=object_id)
    assert [(number, end) for number, _, end in found] == [(last, size)]
    cut = vault.broken_segments(io.BytesIO(whole[:-1]), key, size, object_id=object_id)
    assert [number for number, _, _ in cut] == [last]
    for other in ({"object_id": uuid4()}, {"object_id": object_id, "key": vault.DataKey.of(os.urandom(32))}):
        broken = vault.broken_segments(io.BytesIO(whole), other.get("key", key), size, object_id=other["object_id"])
        assert [number for number, _, _ in broken] == list(range(last + 1))
    longer = vault.broken_segments(io.BytesIO(whole + bytes(20)), key, size, object_id=object_id)
    assert longer[-1] == (last + 1, size, size)


def test_appended_bytes_are_refused():
    for more in (b"x", bytes(SEGMENT_BYTES)):
        with pytest.raises(IntegrityError):
            _opened(_sealed(b"abc") + more)
        with pytest.raises(IntegrityError):
            vault.SealedReader(io.BytesIO(_sealed(b"abc") + more), KEY)


@pytest.mark.parametrize("byte", [*range(HEADER_BYTES), HEADER_BYTES, -1])
def test_every_byte_of_the_header_is_bound(byte):
    sealed = bytearray(_sealed(b"abc"))
    sealed[byte] ^= 1
    with pytest.raises(IntegrityError):
        _opened(bytes(sealed))
    with pytest.raises(IntegrityError):
        vault.SealedReader(io.BytesIO(bytes(sealed)), KEY)


def test_another_key_and_another_object_are_refused():
    object_id = uuid4()
    sealed = _sealed(b"abc", object_id=object_id)
    assert _opened(sealed, object_id=object_id) == b"abc"
    for refused in ({"object_id": uuid4()}, {"key": vault.DataKey.random()}):
        with pytest.raises(IntegrityError):
            _opened(sealed, **refused)
        with pytest.raises(IntegrityError):
            vault.SealedReader(io.BytesIO(sealed), **({"key": KEY} | refused))


def test_the_commitment_is_checked_even_when_the_tags_fit():
    outer = bytearray(SegmentCipher.fresh(KEY, uuid4()).header)
    outer[40] ^= 1
    forged = SegmentCipher(KEY, bytes(outer[:64]), bytes(outer[64:]))
    sealed = forged.header + forged.aead.encrypt(forged.nonce(0, last=True), b"abc", None)
    with pytest.raises(IntegrityError):
        _opened(sealed)


def test_a_file_that_was_never_closed_shows_and_its_whole_segments_can_be_read():
    plain = os.urandom(3 * PLAIN_BYTES)
    out = io.BytesIO()
    vault.SealedWriter(out, KEY, uuid4()).write(plain)
    with pytest.raises(IntegrityError):
        vault.SealedReader(io.BytesIO(out.getvalue()), KEY)
    partial = vault.SealedReader(io.BytesIO(out.getvalue()), KEY, unfinished=True).read()
    assert partial
    assert plain.startswith(partial)


def test_a_closed_writer_takes_no_more():
    writer = vault.SealedWriter(io.BytesIO(), KEY, uuid4())
    writer.close()
    writer.close()
    with pytest.raises(ValueError):
        writer.write(b"x")


def test_the_header_names_key_and_object():
    object_id = uuid4()
    header = vault.read_header(_sealed(b"", object_id=object_id))
    assert (header.key_id, header.object_id) == (KEY.id, object_id)
