"""Verify an audit pack offline, and name the first entry that does not hold.

This one file is all that is needed: Python 3.11+ and the library ``cryptography`` for Ed25519. Every pack has a copy.

    python3 verify.py PACK [--key FILE] [--witness FILE] [--quorum N] [--seen NOTE]...

--key, --witness  the verifier keys of the log and of the witnesses, one a line, as YOU received them. Without them
                  the pack's own copies are used, which shows that the pack is whole, not whose it is.
--quorum          how many of the witnesses must have cosigned the last checkpoint.
--seen            a checkpoint that you kept from before, or fetched from a witness: the pack must continue it.

Checked: signatures and cosignatures; each entry against its leaf, each tile against the one above, all leaves against
the root; every other checkpoint of the pack and every --seen one against the same tree; no event twice; no entry older
than the witnessed checkpoint before it nor younger than the one after it; payloads against their commitments.
Exit code 0 when all holds, 10 when not, 2 when PACK is no pack. Formats: c2sp.org/tlog-tiles, tlog-checkpoint,
signed-note, tlog-cosignature; RFC 9162 trees.
"""

import argparse
import base64
import hmac
import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

WIDTH = 256
LAG = timedelta(hours=1)  # clocks may differ, and an act may last, by this much
AT, ID, PAYLOAD = b'"at":"', b'"id":"', b'"payload":"'
TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
Keys = dict[tuple[str, bytes], tuple[int, Ed25519PublicKey]]


class BadPackError(Exception):
    """The pack does not hold; ``entry`` is the index of the first bad entry, where one can be named."""

    def __init__(self, words: str, entry: int | None = None) -> None:
        super().__init__(words if entry is None else f"entry {entry}: {words}")
        self.entry = entry


class NoPackError(Exception):
    """The folder is no pack, or a file in it is not what it should be."""


def _tree_root(row: list[bytes]) -> bytes:
    """Return the root over hashes of one height, the last of which may be lower; an odd one is carried up."""
    while len(row) > 1:
        up = [sha256(b"\x01" + row[i] + row[i + 1]).digest() for i in range(0, len(row) - 1, 2)]
        row = up + row[-1:] if len(row) % 2 else up
    return row[0] if row else sha256(b"").digest()


def _path(kind: object, index: int, width: int) -> str:
    parts = [f"{index % 1000:03d}"]
    while index >= 1000:
        index //= 1000
        parts.insert(0, f"x{index % 1000:03d}")
    return f"tile/{kind}/{'/'.join(parts)}" + ("" if width == WIDTH else f".p/{width}")


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
        computed = sha256(name.encode() + b"\n" + raw).digest()[:4]
        if computed.hex() != key_id or raw[0] not in (1, 4):
            raise NoPackError(f"the key of {name} does not fit its id")
        keys[name, computed] = raw[0], public
    return keys


class _Note:
    """A checkpoint as published: origin, size and root, and who signed it when."""

    def __init__(self, text: str, name: str) -> None:
        body, blank, lines = text.rpartition("\n\n")
        self.body, head = body + "\n", body.split("\n")
        try:
            self.origin, self.size, self.root = head[0], int(head[1]), base64.b64decode(head[2], validate=True)
            pairs = [line[2:].split(" ", 1) for line in lines.splitlines()]
            self.lines = [(who, base64.b64decode(signature, validate=True)) for who, signature in pairs]
        except (ValueError, IndexError):
            raise NoPackError(f"{name} is no checkpoint") from None
        if not blank or self.size < 0:
            raise NoPackError(f"{name} is no checkpoint")

    def signers(self, keys: Keys, kind: int) -> dict[str, int]:
        """Return name -> POSIX seconds (0 for the log itself) of the keys of ``kind`` that signed."""
        found: dict[str, int] = {}
        for who, raw in self.lines:
            known = keys.get((who, raw[:4]))
            if known is None or known[0] != kind:
                continue
            seconds, signature, message = 0, raw[4:], self.body.encode()
            if kind == 4:
                seconds, signature = int.from_bytes(raw[4:12], "big"), raw[12:]
                message = f"cosignature/v1\ntime {seconds}\n{self.body}".encode()
            try:
                known[1].verify(signature, message)
            except InvalidSignature:
                raise BadPackError(f"checkpoint of {self.size}: the signature of {who} is false") from None
            found[who] = seconds
        return found


def _read(folder: Path, path: str) -> bytes | None:
    file = folder / path
    return file.read_bytes() if file.is_file() else None


def _text(folder: Path, path: str) -> str:
    raw = _read(folder, path)
    try:
        return "" if raw is None else raw.decode()
    except UnicodeDecodeError:
        raise NoPackError(f"{path} is no text") from None


def _split(bundle: bytes, first: int) -> list[bytes]:
    entries: list[bytes] = []
    at = 0
    while at < len(bundle):
        start, at = at + 2, at + 2 + int.from_bytes(bundle[at : at + 2], "big")
        if at > len(bundle):
            raise BadPackError("its bundle is cut inside it", first + len(entries))
        entries.append(bundle[start:at])
    return entries


def _fields(entry: bytes, index: int) -> tuple[bytes, bytes, bytes]:
    """Return (time, event id, commitment or empty) of an entry: canonical JSON whose values hold no quote."""
    at, name, sealed = entry.find(AT) + len(AT), entry.find(ID) + len(ID), entry.find(PAYLOAD)
    time = entry[at : at + 27]
    if not entry.startswith(b'{"action":"') or b"\\" in entry or name < at or TIME.fullmatch(time) is None:
        raise BadPackError("is no event", index)
    start = sealed + len(PAYLOAD)
    return time, entry[name : name + 36], entry[start : start + 64] if sealed > name else b""


def _entries(folder: Path, size: int, minimum: int) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield (index, entry, leaf hash) in order; entries below ``minimum`` may be gone: then the entry is empty."""
    for tile in range(-(-size // WIDTH)):
        first, width = tile * WIDTH, min(WIDTH, size - tile * WIDTH)
        bundle = _read(folder, _path("entries", tile, width))
        hashes = _read(folder, _path(0, tile, width)) or b""
        entries = [b""] * width if bundle is None else _split(bundle, first)
        for place, entry in enumerate(entries[:width]):
            if not entry and first + place >= minimum:
                raise BadPackError("is missing", first + place)
            leaf = sha256(b"\x00" + entry).digest() if entry else hashes[32 * place : 32 * place + 32]
            if leaf != hashes[32 * place : 32 * place + 32]:
                raise BadPackError("does not hash to its leaf", first + place)
            yield first + place, entry, leaf
        if len(entries) != width:
            raise BadPackError(f"its bundle holds {len(entries)}, not {width}", first + min(len(entries), width))


def _hold_tiles(folder: Path, leaves: list[bytes]) -> None:
    """Hold every tile against the hashes computed from the entries."""
    level, row = 0, leaves
    while row:
        above: list[bytes] = []
        for index in range(-(-len(row) // WIDTH)):
            part = row[index * WIDTH : (index + 1) * WIDTH]
            if _read(folder, _path(level, index, len(part))) != b"".join(part):
                raise BadPackError(f"its tile of level {level} is altered or missing", index * WIDTH ** (level + 1))
            if len(part) == WIDTH:
                above.append(_tree_root(part))
        level, row = level + 1, above


def _hold_roots(leaves: list[bytes], notes: Iterable[_Note]) -> None:
    """Hold each checkpoint against the same leaves: another root, and history was rewritten below that size."""
    tiles = [_tree_root(leaves[i : i + WIDTH]) for i in range(0, len(leaves) - WIDTH + 1, WIDTH)]
    held = [0]
    for note in sorted(notes, key=lambda note: note.size):
        whole, rest = divmod(note.size, WIDTH)
        edge = [_tree_root(leaves[note.size - rest : note.size])] if rest else []
        if _tree_root(tiles[:whole] + edge) != note.root:
            first = max((size for size in held if size < note.size), default=0)
            raise BadPackError(f"or one after it, below {note.size}, is not what was signed", first)
        held.append(note.size)


def _hold_times(times: Sequence[bytes], witnessed: Iterable[tuple[int, int]]) -> None:
    """Each entry's time lies between the witnessed checkpoints around it: (size, POSIX seconds)."""
    bounds = sorted(witnessed)
    for place, (size, seconds) in enumerate(bounds):
        at = datetime.fromtimestamp(seconds, UTC)
        low, high = ((at + lag).strftime("%Y-%m-%dT%H:%M:%S").encode() for lag in (-LAG, LAG))
        start = bounds[place - 1][0] if place else 0
        stop = bounds[place + 1][0] if place + 1 < len(bounds) else len(times)
        for index in range(start, size):
            if times[index] > high:
                raise BadPackError("is postdated: it was witnessed before its time", index)
        for index in range(size, stop):
            if times[index] and times[index] < low:
                raise BadPackError("is backdated: what came before it was witnessed after its time", index)


def _hold_payloads(folder: Path, committed: dict[bytes, tuple[int, bytes]]) -> int:
    """Return how many payloads are there and true to their commitment; the others were erased, as the law may ask."""
    count = 0
    for line in (_read(folder, "payloads.jsonl") or b"").splitlines():
        try:
            kept = json.loads(line)
            event, salt, body = kept["event"], bytes.fromhex(kept["salt"]), kept["body"].encode()
        except (ValueError, KeyError, TypeError, AttributeError):
            raise BadPackError("a payload cannot be read") from None
        if event.encode() not in committed:
            raise BadPackError(f"the payload of event {event} belongs to no entry")
        index, commitment = committed[event.encode()]
        if hmac.new(salt, body, sha256).hexdigest().encode() != commitment:
            raise BadPackError("its payload is not the one that was logged", index)
        count += 1
    return count


def _trusted(note: _Note, origin: str, log: Keys) -> _Note:
    own = {key: value for key, value in log.items() if key[0] == note.origin == origin}
    if not note.signers(own, 1):
        raise BadPackError(f"checkpoint of {note.size}: not signed by the log's key")
    return note


def verify(pack: Path, keys: str | None, witnesses: str | None, quorum: int, seen: Sequence[str]) -> dict[str, Any]:
    """Return the report of a pack that holds; raise BadPackError or NoPackError otherwise."""
    log = _keys(_text(pack, "log.keys") if keys is None else keys)
    outside = _keys(_text(pack, "witness.keys") if witnesses is None else witnesses)
    last = _Note(_text(pack, "checkpoint"), "checkpoint")
    others = [_Note(_text(pack, f"checkpoints/{p.name}"), p.name) for p in (pack / "checkpoints").glob("*")]
    others += [_Note(text, "a seen checkpoint") for text in seen]
    notes = [_trusted(note, last.origin, log) for note in (last, *others)]
    cosigners = sorted(last.signers(outside, 4))
    if len(cosigners) < quorum:
        raise BadPackError(f"checkpoint of {last.size}: {len(cosigners)} of {quorum} witnesses")
    longest = max(note.size for note in notes)
    if longest > last.size:
        raise BadPackError(f"is cut off: a checkpoint of {longest} was seen", last.size)
    leaves: list[bytes] = []
    times: list[bytes] = []
    ids: dict[bytes, int] = {}
    committed: dict[bytes, tuple[int, bytes]] = {}
    about = json.loads(_text(pack, "pack.json") or "{}")
    for index, entry, leaf in _entries(pack, last.size, about.get("minimum_index", 0)):
        leaves.append(leaf)
        at, event, commitment = _fields(entry, index) if entry else (b"", b"", b"")
        times.append(at)
        if entry and ids.setdefault(event, index) != index:
            raise BadPackError(f"is the event of entry {ids[event]} again", index)
        if commitment:
            committed[event] = index, commitment
    _hold_tiles(pack, leaves)
    _hold_roots(leaves, notes)
    _hold_times(times, ((note.size, seconds) for note in notes for seconds in note.signers(outside, 4).values()))
    held = _hold_payloads(pack, committed)
    report = {"origin": last.origin, "entries": last.size, "verified": len(ids), "expired": last.size - len(ids)}
    report |= {"payloads": held, "payloads_erased": len(committed) - held, "checkpoints": len(notes)}
    return {**report, "witnesses": cosigners, "keys_from_pack": keys is None}


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify the pack that the arguments name; return the exit code."""
    parser = argparse.ArgumentParser(description="Verify an audit pack offline.")
    parser.add_argument("pack", type=Path)
    parser.add_argument("--key", type=Path)
    parser.add_argument("--witness", type=Path)
    parser.add_argument("--quorum", type=int, default=0)
    parser.add_argument("--seen", action="append", default=[], type=Path)
    given = parser.parse_args(arguments)
    try:
        key, witness = (file and file.read_text("utf-8") for file in (given.key, given.witness))
        report = verify(given.pack, key, witness, given.quorum, [file.read_text("utf-8") for file in given.seen])
    except BadPackError as bad:
        sys.stderr.write(f"verify: does not hold: {bad}\n")
        return 10
    except (NoPackError, OSError) as problem:
        sys.stderr.write(f"verify: no pack: {problem}\n")
        return 2
    sys.stdout.write(json.dumps(report) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
