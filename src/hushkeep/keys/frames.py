"""How client and key service say it (docs/crypto-spec.md, section 9).

A frame is its length (unsigned 32-bit big-endian) and that many bytes of MessagePack. A request is an array whose first
item is the operation; an answer is ``[null, result]`` or ``[code, message]``.
"""

import struct
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from hushkeep.kernel import Conflict, Denied, Error, IntegrityError, InvalidInput, NotFound, Unavailable
from hushkeep.keys.protocol import AnyRequest

MAX_FRAME_BYTES: Final = 32 * 1024 * 1024
LENGTH: Final = struct.Struct(">I")

ERRORS: Final[Mapping[str, type[Error]]] = MappingProxyType(
    {kind.code: kind for kind in (InvalidInput, NotFound, Denied, Conflict, IntegrityError, Unavailable)}
)

encoder: Final = msgspec.msgpack.Encoder(uuid_format="bytes")
_request_decoder: Final = msgspec.msgpack.Decoder(AnyRequest)
_answer_decoder: Final = msgspec.msgpack.Decoder(tuple[str | None, msgspec.Raw])


def frame(body: bytes) -> bytes:
    """Return ``body`` with its length in front; raises InvalidInput when it is over 32 MiB."""
    if len(body) > MAX_FRAME_BYTES:
        raise InvalidInput("a frame holds at most 32 MiB: send smaller batches")
    return LENGTH.pack(len(body)) + body


def decode_request(body: bytes | bytearray | memoryview) -> AnyRequest:
    """Return the request in ``body``; raises InvalidInput, without a word of what it held."""
    try:
        request: AnyRequest = _request_decoder.decode(body)
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise InvalidInput("malformed request") from None
    return request


def encode_result(result: object) -> bytes:
    """Return the frame of an answer that went well."""
    return frame(encoder.encode((None, result)))


def encode_error(error: Error) -> bytes:
    """Return the frame of a refusal: its code and its message, which carries ids only."""
    return frame(encoder.encode((error.code, str(error))))


def decode_answer(body: bytes) -> msgspec.Raw:
    """Return the encoded result, or raise the error that the service answered with."""
    try:
        code, rest = _answer_decoder.decode(body)
        message = msgspec.msgpack.decode(rest, type=str) if code is not None else ""
    except (msgspec.DecodeError, ValueError):
        raise Unavailable("key service: malformed answer") from None
    if code is not None:
        raise ERRORS.get(code, Unavailable)(message)
    return rest
