"""Seal and open values and files; wrap and unwrap keys (docs/crypto-spec.md).

    >>> from uuid import UUID
    >>> from hushkeep import vault
    >>> key = vault.DataKey.random()
    >>> here = vault.Context(tenant=UUID(int=1), table="customer", klass="contact", row=UUID(int=2))
    >>> sealed = vault.seal(key, b"138****8000", here)
    >>> vault.open_sealed(key, sealed, here)
    b'138****8000'

A pure library: no network, no database, no settings, no clock. Every failure to open is one IntegrityError.
"""

from hushkeep.vault.archive import Slot, begin_archive, open_archive, passphrase_slot
from hushkeep.vault.blind import DIGEST_BYTES, blind_index
from hushkeep.vault.capsule import (
    OVERHEAD_BYTES,
    key_id_of,
    open_column,
    open_sealed,
    seal,
    seal_column,
)
from hushkeep.vault.context import Column, Context, WrapContext
from hushkeep.vault.datakey import KEY_BYTES, KEY_ID_BYTES, DataKey, derive, key_id
from hushkeep.vault.padding import pad, unpad
from hushkeep.vault.stream import HEADER_BYTES as FILE_HEADER_BYTES
from hushkeep.vault.stream import (
    SEGMENT_BYTES,
    Segment,
    StreamHeader,
    place_of,
    plain_size,
    read_header,
    sealed_size,
    segments_between,
)
from hushkeep.vault.stream_reader import (
    BrokenSegmentError,
    SealedReader,
    broken_segments,
    open_segments,
    open_stream,
    segment_bounds,
)
from hushkeep.vault.stream_writer import SealedWriter, seal_stream
from hushkeep.vault.tokens import card_surrogate, new_token
from hushkeep.vault.wrapping import parent_of, unwrap, unwrap_bound, unwrap_secret, wrap, wrap_bound, wrap_secret

__all__ = [
    "DIGEST_BYTES",
    "FILE_HEADER_BYTES",
    "KEY_BYTES",
    "KEY_ID_BYTES",
    "OVERHEAD_BYTES",
    "SEGMENT_BYTES",
    "BrokenSegmentError",
    "Column",
    "Context",
    "DataKey",
    "SealedReader",
    "SealedWriter",
    "Segment",
    "Slot",
    "StreamHeader",
    "WrapContext",
    "begin_archive",
    "blind_index",
    "broken_segments",
    "card_surrogate",
    "derive",
    "key_id",
    "key_id_of",
    "new_token",
    "open_archive",
    "open_column",
    "open_sealed",
    "open_segments",
    "open_stream",
    "pad",
    "parent_of",
    "passphrase_slot",
    "place_of",
    "plain_size",
    "read_header",
    "seal",
    "seal_column",
    "seal_stream",
    "sealed_size",
    "segment_bounds",
    "segments_between",
    "unpad",
    "unwrap",
    "unwrap_bound",
    "unwrap_secret",
    "wrap",
    "wrap_bound",
    "wrap_secret",
]
