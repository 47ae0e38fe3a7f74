"""An archive in the object store: parts of 8 MiB, written as they fill, so that memory stays flat."""

import io
from uuid import UUID, uuid5

from hushkeep.kernel import NotFound
from hushkeep.runtime import objects

PART_BYTES = 8 * 1024 * 1024


def number_of(size: int) -> int:
    """Return how many parts an archive of ``size`` bytes has."""
    return -(-size // PART_BYTES)


class PartWriter(io.RawIOBase):
    """Gathers what is written into parts; the last one is stored by ``finish``."""

    def __init__(self, archive: UUID) -> None:
        super().__init__()
        self._archive = archive
        self._filled = bytearray()
        self._number = 0

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, data: bytes | bytearray | memoryview) -> int:  # type: ignore[override]  # typeshed: ReadableBuffer
        """Take all of ``data`` and return its length."""
        self._filled += data
        while len(self._filled) >= PART_BYTES:
            self._store(bytes(self._filled[:PART_BYTES]))
            del self._filled[:PART_BYTES]
        return len(data)

    def finish(self) -> None:
        """Store what is left."""
        if self._filled:
            self._store(bytes(self._filled))
            self._filled.clear()

    def _store(self, part: bytes) -> None:
        objects.put(_name(self._archive, self._number), [part])
        self._number += 1


def read(archive: UUID, number: int) -> bytes:
    """Return part ``number`` of ``archive``; raises NotFound."""
    return b"".join(objects.get(_name(archive, number)))


def purge(archive: UUID) -> int:
    """Delete every part of ``archive``, whole or cut off, and return how many there were."""
    number = 0
    while True:
        try:
            objects.delete(_name(archive, number))
        except NotFound:
            return number
        number += 1


def _name(archive: UUID, number: int) -> UUID:
    """The archive's own id is random, so its parts' are."""
    return uuid5(archive, str(number))
