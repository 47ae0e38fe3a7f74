"""Verify an audit pack offline, and name the first entry that does not hold.

This one file is all that is needed: Python 3.11+ and the library ``cryptography`` for Ed25519. Every pack has a copy.

    python3 verify.py PACK [--key FILE] [--witness FILE] [--quorum N] [--seen NOTE]...
--key, --witness  the verifier keys of log and witnesses, one a line, as YOU received them. Without them the pack's own
                  copies are used, which shows that the pack is whole, not whose it is.
--quorum          how many of the witnesses must have cosigned the last checkpoint.
--seen            a checkpoint that you kept from before, or fetched from a witness: the pack must continue it.

Checked: signatures; each entry against leaf, tiles and root; every checkpoint of the pack or --seen against the same
tree; no event twice; no entry older or younger than the witnessed checkpoints around it; payloads against commitments.
Exit code 0 when all holds, 10 when not, 2 when PACK is no pack. Formats: c2sp.org/tlog-*, signed-note; RFC 9162 trees.
"""

import argparse
import base64
import hmac
import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

WIDTH, STEP = 256, 64  # hashes a tile, tiles a job
LAG, GONE = timedelta(hours=1), bytes(27)  # clocks differ and acts last by so much; the time of an expired entry
# Canonical JSON, keys in order, an entry a line. Groups: all of it, time, event id, commitment to the payload.
EVENTS = re.compile(
    rb'(?m)^(\{"action":"[^"\n]+"(?:,"actor":"[0-9a-f-]{36}")?,"actor_kind":"[^"\n]+"(?:,"approval":"[0-9a-f-]{36}")?,'
    rb'"at":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)"(?:,"conversation":"[0-9a-f-]{36}")?(?:,"count":\d+)?'
    rb'(?:,"device":"[0-9a-f-]{36}")?,"id":"([0-9a-f-]{36})","outcome":"[^"\n]+"(?:,"payload":"([0-9a-f]{64})")?,.+\})$'
).findall
# Leaf hashes, roots of full tiles, times and event ids, joined (32, 32, 27 and 36 bytes each); commitments by event.
Part = tuple[bytes, bytes, bytes, bytes, dict[bytes, tuple[int, bytes]]]
Keys = dict[tuple[str, bytes], tuple[int, Ed25519PublicKey]]


class BadPackError(Exception):
    """The pack does not hold: what is wrong, and the index of the first bad entry where one can be named."""

    def __str__(self) -> str:
        return f"entry {self.args[1]}: {self.args[0]}" if len(self.args) > 1 else str(self.args[0])


class NoPackError(Exception):
    """The folder is no pack, or a file in it is not what it should be."""


def _tree_root(row: list[bytes]) -> bytes:
    """Return the root over hashes of one height, the last of which may be lower; an odd one is carried up."""
    while len(row) > 1:
        up = [sha256(b"\x01" + row[i] + row[i + 1]).digest() for i in range(0, len(row) - 1, 2)]
        row = up + row[-1:] if len(row) % 2 else up
    return row[0] if row else sha256(b"").digest()


def _path(kind: object, index: int, width: int) -> str:
    name, rest = f"{index % 1000:03d}", index // 1000
    while rest:
        name, rest = f"x{rest % 1000:03d}/{name}", rest // 1000
    return f"tile/{kind}/{name}" + ("" if width == WIDTH else f".p/{width}")


def _keys(text: str) -> Keys:
    """Return (name, id) -> (kind, public key) of verifier keys, one a line."""
    keys: Keys = {}
    for line in filter(None, (line.strip() for line in text.splitlines())):
        try:
            name, key_id, material = line.split("+", 2)
            raw = base64.b64decode(material, validate=True)
            public = Ed25519PublicKey.from_public_bytes(raw[1:])
        except ValueError:
            raise NoPackError("a line is no verifier key") from None
        if (computed := sha256(name.encode() + b"\n" + raw).digest()[:4]).hex() != key_id or raw[0] not in (1, 4):
            raise NoPackError(f"the key of {name} does not fit its id")
        keys[name, computed] = raw[0], public
    return keys


class _Note:
    """A checkpoint as published: origin, size and root, and who signed it when."""

    def __init__(self, text: str, name: str) -> None:
        body, _, lines = text.rpartition("\n\n")
        self.body, head = body + "\n", body.split("\n")
        try:
            self.origin, self.size, self.root = head[0], int("+" + head[1]), base64.b64decode(head[2], validate=True)
            pairs = [line[2:].split(" ", 1) for line in lines.splitlines()]
            self.lines = [(who, base64.b64decode(signature, validate=True)) for who, signature in pairs]
        except (ValueError, IndexError):
            raise NoPackError(f"{name} is no checkpoint") from None

    def signers(self, keys: Keys, kind: int) -> dict[str, int]:
        """Return name -> POSIX seconds (0 for the log itself) of the keys of ``kind`` that signed."""
        found: dict[str, int] = {}
        for who, raw in self.lines:
            known = keys.get((who, raw[:4]))
            if not known or known[0] != kind:
                continue
            seconds = int.from_bytes(raw[4:12], "big") if kind == 4 else 0
            head, signature = (f"cosignature/v1\ntime {seconds}\n", raw[12:]) if kind == 4 else ("", raw[4:])
            try:
                known[1].verify(signature, (head + self.body).encode())
            except InvalidSignature:
                raise BadPackError(f"checkpoint of {self.size}: the signature of {who} is false") from None
            found[who] = seconds
        return found


def _read(folder: Path, path: str) -> bytes | None:
    return (folder / path).read_bytes() if (folder / path).is_file() else None


def _text(folder: Path, path: str) -> str:
    return (_read(folder, path) or b"").decode(errors="replace")  # what was replaced is no longer what was signed


def _split(bundle: bytes, first: int) -> list[bytes]:
    entries, padded, at = list[bytes](), bundle + b"\0", 0
    while at < len(bundle):
        at = (start := at + 2) + (padded[at] << 8 | padded[at + 1])
        entries.append(bundle[start:at])
    if at > len(bundle):
        raise BadPackError("its bundle is cut inside it", first + len(entries) - 1)
    return entries


def _part(folder: Path, size: int, minimum: int, start: int, stop: int) -> Part:
    """Return what the tiles ``[start, stop)`` hold, checked; entries below ``minimum`` may be gone, then are empty."""
    leaves, tops, times, ids = bytearray(), bytearray(), bytearray(), bytearray()
    committed: dict[bytes, tuple[int, bytes]] = {}
    for tile in range(start, stop):
        first, width = tile * WIDTH, min(WIDTH, size - tile * WIDTH)
        bundle = _read(folder, _path("entries", tile, width))
        hashes = _read(folder, _path(0, tile, width)) or b""
        entries = [b""] * width if bundle is None else _split(bundle, first)
        if b"".join(row := [sha256(b"\0" + entry).digest() for entry in entries]) != hashes:
            row = list(_one_by_one(entries, hashes, first, minimum))
        if (len(entries), len(hashes)) != (width, 32 * width):
            raise BadPackError(f"its bundle or tile does not hold {width}", first + min(len(row), width))
        _, ats, events, commitments = zip(*_events(entries, first, minimum), strict=True)
        times += b"".join(ats)
        ids += b"".join(events)
        committed |= {event: (n, c) for n, (event, c) in enumerate(zip(events, commitments, strict=True), first) if c}
        leaves += b"".join(row)
        tops += _tree_root(row) if width == WIDTH else b""
    return bytes(leaves), bytes(tops), bytes(times), bytes(ids), committed


def _events(entries: list[bytes], first: int, minimum: int) -> list[tuple[bytes, bytes, bytes, bytes]]:
    """Return (entry, time, id, commitment) of each; name the first that is no event, nor gone below ``minimum``."""
    found: list[tuple[bytes, bytes, bytes, bytes]] = EVENTS(lines := b"\n".join(entries))
    once = lines.count(b'"at":') == lines.count(b'"id":') == len(entries) and b"\\" not in lines
    if once and [entry for entry, *_ in found] == entries:
        return found
    if len(entries) > 1:
        return [_events([entry], index, minimum)[0] for index, entry in enumerate(entries, first)]
    if entries[0] or first >= minimum:
        raise BadPackError("is no event", first)
    return [(b"", GONE, b"", b"")]


def _one_by_one(entries: list[bytes], hashes: bytes, first: int, minimum: int) -> Iterator[bytes]:
    """Yield the leaf hashes of a tile: an expired entry has left its hash; name the first entry that is wrong."""
    for index, (entry, leaf) in enumerate(zip(entries, _cut(hashes, 32), strict=False), first):
        if not entry and index >= minimum:
            raise BadPackError("is missing", index)
        if entry and sha256(b"\0" + entry).digest() != leaf:
            raise BadPackError("does not hash to its leaf", index)
        yield leaf


def _parts(folder: Path, size: int, minimum: int) -> list[Part]:
    """Return all parts in order, read by as many processes as there are processors; the first fault of all counts."""
    tiles = -(-size // WIDTH)
    if tiles < 4 * STEP:
        return [_part(folder, size, minimum, 0, tiles)]
    with ProcessPoolExecutor() as pool:
        jobs = [(folder, size, minimum, start, min(tiles, start + STEP)) for start in range(0, tiles, STEP)]
        return list(pool.map(_part, *zip(*jobs, strict=True)))


def _cut(joined: bytes, width: int) -> list[bytes]:
    return [joined[at : at + width] for at in range(0, len(joined), width)]


def _hold_tiles(folder: Path, row: list[bytes]) -> None:
    """Hold the tiles above the leaves, from level 1 on, against the hashes computed from the entries."""
    level = 1
    while row:
        parts = [row[at : at + WIDTH] for at in range(0, len(row), WIDTH)]
        for index, part in enumerate(parts):
            if _read(folder, _path(level, index, len(part))) != b"".join(part):
                raise BadPackError(f"its tile of level {level} is altered or missing", index * WIDTH ** (level + 1))
        level, row = level + 1, [_tree_root(part) for part in parts if len(part) == WIDTH]


def _hold_roots(leaves: bytes, tops: list[bytes], notes: Iterable[_Note]) -> None:
    """Hold each checkpoint against the same leaves: another root, and history was rewritten below that size."""
    held = [0]
    for note in sorted(notes, key=lambda note: note.size):
        whole, rest = divmod(note.size, WIDTH)
        edge = [_tree_root(_cut(leaves[32 * (note.size - rest) : 32 * note.size], 32))] if rest else []
        if _tree_root(tops[:whole] + edge) != note.root:
            start = max(size for size in held if size < note.size)
            raise BadPackError(f"or one after it, below {note.size}, is not what was signed", start)
        held.append(note.size)


def _hold_times(times: Sequence[bytes], witnessed: Iterable[tuple[int, int]]) -> None:
    """Each entry's time lies between the witnessed checkpoints around it: (size, POSIX seconds)."""
    bounds = sorted(witnessed)
    for place, (size, seconds) in enumerate(bounds):
        at = datetime.fromtimestamp(seconds, UTC)
        low, high = ((at + lag).strftime("%Y-%m-%dT%H:%M:%S").encode() for lag in (-LAG, LAG))
        start, stop = ([(0, 0), *bounds][place][0], [*bounds, (len(times), 0)][place + 1][0])
        for index in range(start, size) if max(times[start:size], default=b"") > high else ():
            if times[index] > high:
                raise BadPackError("is postdated: it was witnessed before its time", index)
        for index in range(size, stop) if min(times[size:stop], default=high) < low else ():
            if GONE < times[index] < low:
                raise BadPackError("is backdated: what came before it was witnessed after its time", index)


def _hold_payloads(folder: Path, committed: dict[bytes, tuple[int, bytes]]) -> int:
    """Return how many payloads are there and true to their commitment; the others were erased, as the law may ask."""
    lines = (_read(folder, "payloads.jsonl") or b"").splitlines()
    for line in lines:
        try:
            kept = json.loads(line)
            event, salt, body = kept["event"], bytes.fromhex(kept["salt"]), kept["body"].encode()
            index, commitment = committed[event.encode()]
        except (ValueError, KeyError, TypeError, AttributeError):
            raise BadPackError("a payload cannot be read, or belongs to no entry") from None
        if hmac.new(salt, body, sha256).hexdigest().encode() != commitment:
            raise BadPackError("its payload is not the one that was logged", index)
    return len(lines)


def verify(pack: Path, keys: str | None, witnesses: str | None, quorum: int, seen: Sequence[str]) -> dict[str, object]:
    """Return the report of a pack that holds; raise BadPackError or NoPackError otherwise."""
    log = _keys(_text(pack, "log.keys") if keys is None else keys)
    outside = _keys(_text(pack, "witness.keys") if witnesses is None else witnesses)
    last = _Note(_text(pack, "checkpoint"), "checkpoint")
    others = [_Note(_text(pack, f"checkpoints/{p.name}"), p.name) for p in (pack / "checkpoints").glob("*")]
    others += [_Note(text, "a seen checkpoint") for text in seen]
    notes, own = (last, *others), {key: value for key, value in log.items() if key[0] == last.origin}
    for note in notes:
        if note.origin != last.origin or not note.signers(own, 1):
            raise BadPackError(f"checkpoint of {note.size}: not signed by the log's key")
    if len(cosigners := sorted(last.signers(outside, 4))) < quorum:
        raise BadPackError(f"checkpoint of {last.size}: {len(cosigners)} of {quorum} witnesses")
    if (longest := max(note.size for note in notes)) > last.size:
        raise BadPackError(f"is cut off: a checkpoint of {longest} was seen", last.size)
    parts = _parts(pack, last.size, json.loads(_text(pack, "pack.json") or "{}").get("minimum_index", 0))
    leaves, *rest = (b"".join(column) for column in list(zip(*parts, strict=True))[:4])
    tops, times, ids = map(_cut, rest, (32, 27, 36))
    if len(set(ids)) != len(ids):
        places: dict[bytes, int] = {}
        for index, event in enumerate(ids, last.size - len(ids)):  # what has expired stands before the rest
            if places.setdefault(event, index) != index:
                raise BadPackError(f"is the event of entry {places[event]} again", index)
    committed = {event: value for part in parts for event, value in part[4].items()}
    _hold_tiles(pack, tops)
    _hold_roots(leaves, tops, notes)
    _hold_times(times, ((note.size, seconds) for note in notes for seconds in note.signers(outside, 4).values()))
    held = _hold_payloads(pack, committed)
    report = {"origin": last.origin, "entries": last.size, "verified": len(ids), "expired": last.size - len(ids)}
    report |= {"payloads": held, "payloads_erased": len(committed) - held, "checkpoints": len(notes)}
    return report | {"witnesses": cosigners, "keys_from_pack": keys is None}


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify the pack that the arguments name; return the exit code."""
    parser = argparse.ArgumentParser(description="Verify an audit pack offline.")
    for name in ("pack", "--key", "--witness"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--quorum", type=int, default=0)
    parser.add_argument("--seen", action="append", default=[], type=Path)
    given = parser.parse_args(arguments)
    try:
        key, witness = (file and file.read_text("utf-8") for file in (given.key, given.witness))
        report = verify(given.pack, key, witness, given.quorum, [file.read_text("utf-8") for file in given.seen])
    except (BadPackError, NoPackError, OSError) as problem:
        code, words = (10, "does not hold") if isinstance(problem, BadPackError) else (2, "no pack")
        sys.stderr.write(f"verify: {words}: {problem}\n")
        return code
    sys.stdout.write(json.dumps(report) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
