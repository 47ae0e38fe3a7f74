"""The auditor's kit: a tenant's log as a folder that can be verified offline, without us."""

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import Any

from hushkeep.audit.log import append
from hushkeep.audit.tiles import HEADER, PLACES, StoredTiles, checkpoint, leaves, rows
from hushkeep.kernel import (
    Action,
    ActorKind,
    Conflict,
    Event,
    EventId,
    IntegrityError,
    Outcome,
    TenantId,
    Unavailable,
    new_id,
)
from hushkeep.ledger import TILE_HEIGHT, TILE_WIDTH, bundle_path, spans, tile_path, write_bundle
from hushkeep.runtime.clock import now
from hushkeep.runtime.tenancy import tenant_transaction

_CHUNK = TILE_WIDTH * TILE_WIDTH
_ENTRIES = f"SELECT p.seq, hushkeep_entry(h) FROM {PLACES} JOIN {HEADER} ORDER BY p.seq"  # noqa: S608 - our own text
_PAYLOADS = f"""
SELECT b.event, encode(b.salt, 'hex'), convert_from(b.body, 'UTF8')
FROM {PLACES} JOIN event_payload b ON (b.tenant, b.event, b.at) = (p.tenant, p.event, p.at) ORDER BY p.seq
"""  # noqa: S608 - our own text
_COSIGNED = "SELECT size FROM event_cosignature WHERE tenant = %s AND size <= %s GROUP BY size ORDER BY size"
_STAMPS = (
    "SELECT size, note, token FROM event_deposit WHERE tenant = %s AND kind = 'stamp' AND size <= %s ORDER BY size"
)
_KEYS = "SELECT vkey FROM event_key WHERE tenant = %s ORDER BY at"
_READ_ME = """\
An audit pack: the event log of {origin}, {size} entries.

Verify it on any machine, without the product that wrote it:

    pip install cryptography
    python3 verify.py . --key KEYS-OF-THE-LOG --witness KEYS-OF-THE-WITNESSES --quorum 1

Take the keys from where you were given them, not from this folder: log.keys and witness.keys are here for comparison.
A checkpoint that you kept from an earlier visit, or fetch from a witness, goes in by --seen FILE.
checkpoint, tile/: c2sp.org/tlog-tiles; entries are JSON events in canonical form; payloads.jsonl holds what of the
events' payloads was not erased; checkpoints/ holds every checkpoint that a witness cosigned or a stamper stamped.
A stamp (RFC 3161) attests that its checkpoint was there at a time; take the stamper's certificates from itself:

    openssl ts -verify -in stamps/N.tsr -data checkpoints/N.stamped -CAfile STAMPER.pem

审计包：事件日志 {origin}，共 {size} 条。可在任何机器上独立核验，无需本产品；请使用您另行收到的公钥，
不要使用本目录内的公钥。完好时返回 0，不符时返回 10 并指出第一条有问题的记录。
"""


@dataclass(frozen=True, slots=True)
class Exported:
    """What a pack holds: ``entries`` in all, of which ``expired`` are past their retention (their hashes remain)."""

    origin: str
    entries: int
    expired: int
    payloads: int


def export(tenant: TenantId, folder: Path, witness_keys: Sequence[str] = ()) -> Exported:
    """Write the tenant's log, up to its last checkpoint, into the new ``folder``; the export is an event itself.

    Raises Conflict when the folder is there, NotFound before the first checkpoint, Unavailable when it cannot be
    written: nothing of it stays then, and that it was tried is an event.
    """
    if folder.exists():
        raise Conflict(f"{folder} is there already")
    try:
        return _export(tenant, folder, witness_keys)
    except OSError as failure:
        shutil.rmtree(folder, ignore_errors=True)
        with tenant_transaction(tenant):
            append(_exporting(tenant, None, Outcome.FAILED, "folder_unwritable"))
        raise Unavailable(f"{folder} cannot be written: {failure.strerror}") from None


def _export(tenant: TenantId, folder: Path, witness_keys: Sequence[str]) -> Exported:
    with tenant_transaction(tenant):
        signed, note = checkpoint(tenant)
        append(_exporting(tenant, signed.size, Outcome.ALLOWED, "command_line"))
        write = _Writer(folder)
        write.text("checkpoint", note)
        for (size,) in rows("default", _COSIGNED, [tenant, signed.size]):
            write.text(f"checkpoints/{size:020d}", checkpoint(tenant, holding=size)[1])
        for size, stamped, token in rows("default", _STAMPS, [tenant, signed.size]):
            write.text(f"checkpoints/{size:020d}.stamped", stamped)
            write.raw(f"stamps/{size:020d}.tsr", bytes(token))
        write.text("log.keys", "".join(f"{vkey}\n" for (vkey,) in rows("default", _KEYS, [tenant])))
        write.text("witness.keys", "".join(f"{vkey}\n" for vkey in witness_keys))
        expired = _write_entries(write, tenant, signed.size)
        _write_tiles(write, StoredTiles(tenant, signed.size))
        payloads = rows("default", _PAYLOADS, _span(tenant, 0, signed.size))
        kept = (json.dumps({"event": str(event), "salt": salt, "body": body}) for event, salt, body in payloads)
        write.text("payloads.jsonl", "".join(f"{line}\n" for line in kept))
    write.text(
        "pack.json", json.dumps({"format": 1, "origin": signed.origin, "minimum_index": max(expired, default=-1) + 1})
    )
    write.text("README.txt", _READ_ME.format(origin=signed.origin, size=signed.size))
    write.text("verify.py", files("hushkeep.ledger").joinpath("packverify.py").read_text(encoding="utf-8"))
    return Exported(signed.origin, signed.size, len(expired), len(payloads))


@dataclass(frozen=True, slots=True)
class _Writer:
    """Files of the pack; nothing is ever written twice."""

    folder: Path

    def raw(self, path: str, content: bytes) -> None:
        target = self.folder / path
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with target.open("xb") as out:
            out.write(content)

    def text(self, path: str, content: str) -> None:
        self.raw(path, content.encode())


def _exporting(tenant: TenantId, size: int | None, outcome: Outcome, reason: str) -> Event:
    return Event(
        id=EventId(new_id()),
        tenant=tenant,
        at=now(),
        actor=None,
        actor_kind=ActorKind.SYSTEM,
        action=Action.AUDIT_EXPORT,
        outcome=outcome,
        reason=reason,
        count=size,
    )


def entries(tenant: TenantId, size: int) -> Iterator[tuple[int, bytes, bytes | None]]:
    """Yield (index, leaf hash, entry) in order, the entry None where its month was dropped."""
    for start in range(0, size, _CHUNK):
        stop = min(size, start + _CHUNK)
        hashes = leaves(tenant, start, stop)
        if len(hashes) != stop - start:
            raise IntegrityError(f"the log has a gap in [{start}, {stop})")
        kept = {seq: bytes(entry) for seq, entry in rows("default", _ENTRIES, _span(tenant, start, stop))}
        for seq, leaf in enumerate(hashes, start):
            yield seq, leaf, kept.get(seq)


def _span(tenant: TenantId, start: int, stop: int) -> dict[str, Any]:
    return {"tenant": tenant, "start": start, "stop": stop}


def _write_entries(write: _Writer, tenant: TenantId, size: int) -> list[int]:
    """Write the bundles; return the indexes of expired entries, which are empty in their bundle."""
    expired: list[int] = []
    for tile, members in groupby(entries(tenant, size), key=lambda item: item[0] // TILE_WIDTH):
        bundle = list[bytes]()
        for seq, _, entry in members:
            bundle.append(entry or b"")
            if entry is None:
                expired.append(seq)
        if any(bundle):
            write.raw(bundle_path(tile, len(bundle)), write_bundle(bundle))
    return expired


def _write_tiles(write: _Writer, tiles: StoredTiles) -> None:
    level = 0
    while count := tiles.size >> (TILE_HEIGHT * level):
        for index, width in spans(count):
            start = index * TILE_WIDTH
            write.raw(tile_path(level, index, width), b"".join(tiles.hashes(level, start, start + width)))
        level += 1


def keys_of(tenant: TenantId) -> tuple[Any, ...]:
    """Return the verifier keys of the tenant's log as published, the oldest first."""
    with tenant_transaction(tenant):
        return tuple(vkey for (vkey,) in rows("default", _KEYS, [tenant]))
