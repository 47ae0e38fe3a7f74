"""Our file body is Tink's AES-GCM-HKDF-STREAMING: Tink reads ours and we read Tink's, at every segment edge."""

import io
import os
from uuid import uuid4

import pytest

from hushkeep import vault
from hushkeep.kernel import IntegrityError
from hushkeep.vault.stream import (
    FIRST_PLAIN_BYTES,
    OUTER_BYTES,
    PLAIN_BYTES,
    SEGMENT_BYTES,
    SegmentCipher,
)

tink = pytest.importorskip("tink", reason="tink is a test oracle: pip install tink")
from tink import cleartext_keyset_handle, streaming_aead  # noqa: E402
from tink.proto import aes_gcm_hkdf_streaming_pb2, common_pb2, tink_pb2  # noqa: E402

KEY = vault.DataKey.random()
EDGES = [
    0,
    1,
    FIRST_PLAIN_BYTES - 1,
    FIRST_PLAIN_BYTES,
    FIRST_PLAIN_BYTES + 1,
    FIRST_PLAIN_BYTES + PLAIN_BYTES - 1,
    FIRST_PLAIN_BYTES + PLAIN_BYTES,
    FIRST_PLAIN_BYTES + PLAIN_BYTES + 1,
    FIRST_PLAIN_BYTES + 3 * PLAIN_BYTES,
    FIRST_PLAIN_BYTES + 3 * PLAIN_BYTES + 17,
]


@pytest.fixture(scope="module")
def oracle():
    """Tink's streaming primitive under our key, 64 KiB segments."""
    streaming_aead.register()
    key = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingKey(
        version=0,
        params=aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingParams(
            ciphertext_segment_size=SEGMENT_BYTES, derived_key_size=32, hkdf_hash_type=common_pb2.SHA256
        ),
        key_value=KEY.secret,
    )
    keyset = tink_pb2.Keyset(
        primary_key_id=1,
        key=[
            tink_pb2.Keyset.Key(
                key_data=tink_pb2.KeyData(
                    type_url="type.googleapis.com/google.crypto.tink.AesGcmHkdfStreamingKey",
                    value=key.SerializeToString(),
                    key_material_type=tink_pb2.KeyData.SYMMETRIC,
                ),
                status=tink_pb2.ENABLED,
                key_id=1,
                output_prefix_type=tink_pb2.RAW,
            )
        ],
    )
    reader = tink.BinaryKeysetReader(keyset.SerializeToString())
    return cleartext_keyset_handle.read(reader).primitive(streaming_aead.StreamingAead)


class _Kept(io.BytesIO):
    """Tink closes its destination; the bytes are wanted after that."""

    def close(self):
        self.kept = self.getvalue()
        super().close()


@pytest.mark.parametrize("size", EDGES)
def test_tink_reads_what_we_write(oracle, size):
    plain, ours = os.urandom(size), io.BytesIO()
    vault.seal_stream(io.BytesIO(plain), ours, KEY, uuid4())
    outer, body = ours.getvalue()[:OUTER_BYTES], ours.getvalue()[OUTER_BYTES:]
    with oracle.new_decrypting_stream(io.BytesIO(body), outer) as theirs:
        assert theirs.read() == plain


@pytest.mark.parametrize("size", EDGES)
def test_we_read_what_tink_writes(oracle, size):
    plain, body = os.urandom(size), _Kept()
    outer = SegmentCipher.fresh(KEY, uuid4()).header[:OUTER_BYTES]
    with oracle.new_encrypting_stream(body, outer) as writer:
        writer.write(plain)
    opened = io.BytesIO()
    vault.open_stream(io.BytesIO(outer + body.kept), opened, KEY)
    assert opened.getvalue() == plain
    assert vault.SealedReader(io.BytesIO(outer + body.kept), KEY).read() == plain


def test_tink_refuses_our_body_under_another_header(oracle):
    ours = io.BytesIO()
    vault.seal_stream(io.BytesIO(b"abc"), ours, KEY, uuid4())
    other = SegmentCipher.fresh(KEY, uuid4()).header[:OUTER_BYTES]
    with (
        pytest.raises(tink.TinkError),
        oracle.new_decrypting_stream(io.BytesIO(ours.getvalue()[OUTER_BYTES:]), other) as theirs,
    ):
        theirs.read()
    with pytest.raises(IntegrityError):
        vault.open_stream(io.BytesIO(other + ours.getvalue()[OUTER_BYTES:]), io.BytesIO(), KEY)
