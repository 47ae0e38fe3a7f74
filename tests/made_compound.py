"""A writer of compound files ([MS-CFB]) and of Outlook messages in them ([MS-OXMSG]): what the tests read back."""

import struct
import zlib

_SECTOR, _MINI, _CUTOFF = 512, 64, 4096
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def compound(tree):  # noqa: C901 - one file format, from its beginning to its end
    """The bytes of a compound file: ``tree`` maps names to bytes (streams) or to such maps (storages)."""
    entries = [["Root Entry", 5, None, [], 0, 0]]  # name, type, data, children, start, size

    def add(parent, inside):
        for name, item in inside.items():
            entries.append([name, 1 if isinstance(item, dict) else 2, item, [], 0, 0])
            here = len(entries) - 1
            entries[parent][3].append(here)
            if isinstance(item, dict):
                add(here, item)

    add(0, tree)
    sectors, fat, mini, minifat = [], [], b"", []

    def place(data):
        if not data:
            return _END
        first, count = len(sectors), -(-len(data) // _SECTOR)
        for number in range(count):
            sectors.append(data[number * _SECTOR : (number + 1) * _SECTOR].ljust(_SECTOR, b"\0"))
            fat.append(first + number + 1 if number + 1 < count else _END)
        return first

    for entry in entries:
        if entry[1] != 2:
            continue
        data = entry[5] = entry[2]
        entry[5] = len(data)
        if len(data) >= _CUTOFF or not data:
            entry[4] = place(data)
            continue
        first, count = len(minifat), -(-len(data) // _MINI)
        minifat += [first + number + 1 for number in range(count - 1)] + [_END]
        mini += data.ljust(count * _MINI, b"\0")
        entry[4] = first
    entries[0][4], entries[0][5] = place(mini), len(mini)
    minifat_at = place(
        struct.pack(f"<{len(minifat)}I", *minifat).ljust(-(-4 * len(minifat) // _SECTOR) * _SECTOR, b"\xff")
    )
    directory = b"".join(_entry(entries, number) for number in range(len(entries)))
    directory_at = place(directory.ljust(-(-len(directory) // _SECTOR) * _SECTOR, b"\0"))
    fat_sectors = 1
    while fat_sectors * (_SECTOR // 4) < len(fat) + fat_sectors:
        fat_sectors += 1
    fat_at = len(sectors)
    fat += [_FAT] * fat_sectors
    table = struct.pack(f"<{len(fat)}I", *fat).ljust(fat_sectors * _SECTOR, b"\xff")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack(
        "<IIIIIIIII", 0, fat_sectors, directory_at, 0, _CUTOFF, minifat_at, -(-len(minifat) // 128), _END, 0
    )
    header += struct.pack("<109I", *[fat_at + n for n in range(fat_sectors)], *[_FREE] * (109 - fat_sectors))
    return header + b"".join(sectors) + table


def _entry(entries, number):
    """A directory entry; the children of a storage hang on one another as right siblings."""
    name, kind, _, children, start, size = entries[number]
    parents = [other for other in entries if number in other[3]]
    following = _FREE
    if parents:
        row = parents[0][3]
        at = row.index(number)
        following = row[at + 1] if at + 1 < len(row) else _FREE
    wide = name.encode("utf-16-le") + b"\0\0"
    child = children[0] if children else _FREE
    return (
        wide.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(wide), kind, 1, _FREE, following, child)
        + bytes(36)
        + struct.pack("<IQ", start, size)
    )


SIZE, CHILD = 120, 76
"""Places in a directory entry: how large its stream is, and what stands in it."""


def lying(data, name, place, value=None):
    """``data`` with another ``value`` (its own number without one) at ``place`` of the directory entry ``name``."""
    entry, root = (data.index(one.encode("utf-16-le")) for one in (name, "Root Entry"))
    at, value = entry + place, (entry - root) // 128 if value is None else value
    return data[:at] + struct.pack("<I", value) + data[at + 4 :]


def with_sectors_of(data, power):
    """``data`` with a heading that says its sectors have 2 to the ``power`` bytes."""
    return data[:30] + struct.pack("<H", power) + data[32:]


def with_small_table_of(data, count):
    """``data`` with a heading that says so many sectors tell where small streams lie."""
    return data[:64] + struct.pack("<I", count) + data[68:]


def _properties(heading_bytes, values):
    rows = b"".join(struct.pack("<HHI", kind, tag, 6) + value.ljust(8, b"\0") for tag, kind, value in values)
    return bytes(heading_bytes) + rows


def text(tag, value):
    return f"__substg1.0_{tag:04X}001F", value.encode("utf-16-le")


def binary(tag, value):
    return f"__substg1.0_{tag:04X}0102", value


def packed(rtf):
    """Rich text as Outlook packs it ([MS-OXRTFCP]), every byte by itself but one run of what came before."""
    run = b"{\\rtf1\\ansi"  # the ring begins with these eleven bytes
    assert rtf.startswith(run)
    rest = rtf[len(run) :]
    end = (207 + len(rtf)) % 4096
    tokens = [struct.pack(">H", 0 << 4 | len(run) - 2), *(bytes([byte]) for byte in rest), struct.pack(">H", end << 4)]
    out = b""
    for at in range(0, len(tokens), 8):
        eight = tokens[at : at + 8]
        out += bytes([sum(1 << bit for bit, token in enumerate(eight) if len(token) == 2)]) + b"".join(eight)
    crc = zlib.crc32(out, 0xFFFFFFFF) ^ 0xFFFFFFFF
    return struct.pack("<II4sI", len(out) + 12, len(rtf), b"LZFu", crc) + out


def message(subject="Order", body="", *more, heading_bytes=32, attachments=(), page=None, wire=""):
    """The tree of a message of Ann's to the center; ``attachments`` are trees, ``more`` further streams."""
    ticks = 134_170_560_000_000_000  # 2026-03-04 00:00:00 UTC in steps of 100 ns since 1601
    values = [(0x0039, 0x0040, struct.pack("<Q", ticks))]
    values += [(0x3FFD, 0x0003, struct.pack("<I", page))] if page else []
    recipient = {"__properties_version1.0": _properties(8, [(0x0C15, 0x0003, b"\1")])} | dict(
        [text(0x3001, "Help"), text(0x39FE, "help@center.example")]
    )
    tree = dict([text(0x001A, "IPM.Note"), text(0x0037, subject), *more])
    if body:
        tree |= dict([text(0x1000, body)])
    if wire:
        tree |= dict([text(0x007D, wire)])
    tree |= dict([text(0x0C1A, "Ann"), text(0x5D01, "ann@example.org"), text(0x1035, f"<{subject}@outlook>")])
    tree["__recip_version1.0_#00000000"] = recipient
    tree["__properties_version1.0"] = _properties(heading_bytes, values)
    for number, attachment in enumerate(attachments):
        tree[f"__attach_version1.0_#{number:08X}"] = attachment
    return tree


def attachment(name, data, kind=""):
    return {"__properties_version1.0": _properties(8, [])} | dict(
        [text(0x3707, name), binary(0x3701, data), *([text(0x370E, kind)] if kind else [])]
    )


def within(tree):
    """A message that hangs on another."""
    return {"__properties_version1.0": _properties(8, []), "__substg1.0_3701000D": tree}
