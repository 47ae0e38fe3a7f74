"""Archives that say of themselves what cannot be."""

import io
import tarfile

import pytest

from hushkeep.channels.formats import archives
from hushkeep.channels.formats.parsers import PARSERS
from hushkeep.channels.formats.shape import Reading, Source, Within

_SIZE, _CHECKSUM = slice(124, 136), slice(148, 156)
_BACK = b"\xff" * 10 + b"\xfc\0"  # -1,024 bytes: the next member would begin before this one


def _read(data):
    return list(archives.parse(Source(io.BytesIO(data), "a.tar", len(data)), Reading(parsers=PARSERS)))


def _sized(data, size):
    """``data``, a tar, whose first member says that it has ``size`` (as its twelve bytes)."""
    head = bytearray(data)
    head[_SIZE], head[_CHECKSUM] = size, b" " * 8
    head[_CHECKSUM] = b"%06o\0 " % sum(head[:512])
    return bytes(head)


@pytest.mark.parametrize("kind", [tarfile.REGTYPE, b"7"])
@pytest.mark.parametrize("size", [b"\x80" + b"\x7f" * 11, b"\x80\0\0\0\0\0\x10" + bytes(5), b"\xff" * 12, _BACK])
def test_a_member_larger_than_can_be_or_smaller_than_nothing_is_not_read(made_files, kind, size):
    data = bytearray(made_files.tarred({"a.txt": b"hi"}, "w"))
    data[156:157] = kind
    [reject] = _read(_sized(bytes(data), size))
    assert reject.code in ("broken_archive", "unpacks_too_large")


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_SPARSE])
def test_a_heading_of_an_impossible_size_breaks_the_archive(made_files, kind):
    data = bytearray(made_files.tarred({"a.txt": b"hi"}, "w"))
    data[156:157] = kind
    assert _read(_sized(bytes(data), b"\x80" + b"\x7f" * 11))[-1].code == "broken_archive"


@pytest.mark.timeout(60)
def test_members_of_less_than_nothing_do_not_pay_for_what_unpacks(made_files):
    first = _sized(made_files.tarred({"a.txt": b""}, "w")[:512], b"\xff" * 12)
    items = _read(first + made_files.tarred({"b.txt": b"\0" * 70_000_000}, "w"))
    assert [item.code for item in items] == ["broken_archive"]


def test_a_member_without_a_name_is_named_as_a_member(made_files):
    data = made_files.zipped({"x": b"hi"}).replace(b"x", b"\0")
    [item] = _read(data)
    assert isinstance(item, Within)
    assert (item.name, item.item.code) == ("?", "format_not_taken_yet")
