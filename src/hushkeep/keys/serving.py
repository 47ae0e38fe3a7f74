"""Open a site and serve it: the key service's whole life."""

import contextlib
import fcntl
import os
import signal
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hushkeep import vault
from hushkeep.kernel import Conflict, IntegrityError, Unavailable
from hushkeep.keys import epochs, rotation, shredding, site, slot_tests, slots, store
from hushkeep.keys.clock import Clock
from hushkeep.keys.ground import Ground, rows_key
from hushkeep.keys.journal import GENESIS, Journal
from hushkeep.keys.limits import Limits
from hushkeep.keys.memory import guard_memory
from hushkeep.keys.server import Server, listen
from hushkeep.keys.service import ALL_ROLES, Service


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """How to start: where the store lies, where to listen, how the root key opens, who may ask."""

    keys_dir: Path
    socket: Path
    provider: slots.Provider
    peers: Mapping[int, frozenset[str]] = field(default_factory=lambda: {os.geteuid(): ALL_ROLES})
    limits: Limits = field(default_factory=Limits)
    dual_control: bool = False
    demand_proof: bool = True
    group: int | None = None
    durable: bool = True


@contextlib.contextmanager
def only_one(keys_dir: Path) -> Iterator[None]:
    """Hold the lock of the store; raises Conflict when another service holds it."""
    try:
        descriptor = os.open(keys_dir / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except FileNotFoundError:
        raise Unavailable("the key service has no store here: run hushkeep init") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise Conflict("another key service has this store open") from None
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def opened(
    start: Start, clock: Clock | None = None, *, guarded: Mapping[str, bool] = MappingProxyType({})
) -> Iterator[Service]:
    """Yield the service of ``start`` with its store and log open; both are closed in the end.

    ``guarded`` is what :func:`guard_memory` achieved, for the service's own account of itself.

    Before that, what the log says was destroyed is destroyed again, and interrupted rotations are taken up.
    """
    clock = clock or Clock()
    with contextlib.ExitStack() as stack:
        stack.enter_context(only_one(start.keys_dir))
        listed, root = slots.open_root(start.keys_dir, start.provider)
        slot_tests.record(start.keys_dir, start.provider.kind, clock.now())
        site_id = listed.site
        rows = stack.enter_context(contextlib.closing(store.connect(start.keys_dir / site.STORE_FILE)))
        signer = _signer(rows, root, site_id)
        log = start.keys_dir / site.LOG_FILE
        journal = Journal(log, signer, clock, known=_known_head(rows, root, site_id), durable=start.durable)
        stack.callback(journal.close)
        ground = Ground(
            site=site_id,
            keys_dir=start.keys_dir,
            store=rows,
            root=root,
            signer=signer,
            journal=journal,
            clock=clock,
            limits=start.limits,
            dual_control=start.dual_control,
            demand_proof=start.demand_proof,
            guarded=guarded,
            provider=start.provider,
        )
        shredding.replay(ground)
        rotation.resume(ground)
        ground.commit()
        yield Service(ground)


def _known_head(rows: sqlite3.Connection, root: vault.DataKey, site_id: UUID) -> tuple[int, bytes]:
    sealed = store.read_meta(rows, store.LOG_HEAD)
    if sealed is None:
        return 0, GENESIS
    place = vault.Context(tenant=site_id, table="log_head", klass="row", row=site_id)
    kept = vault.open_sealed(rows_key(root), sealed, place)
    return int.from_bytes(kept[:8], "big"), kept[8:]


def _signer(rows: sqlite3.Connection, root: vault.DataKey, site_id: UUID) -> Ed25519PrivateKey:
    wrapped = store.read_meta(rows, "signing_key")
    if wrapped is None:
        raise IntegrityError("the key store holds no signing key")
    secret = vault.unwrap_secret(root, wrapped, site.signer_context(site_id))
    return Ed25519PrivateKey.from_private_bytes(secret)


def serve(start: Start) -> None:
    """Serve until SIGTERM or SIGINT; says on stderr when it is ready."""
    guarded = guard_memory()
    with opened(start, guarded=guarded) as service:
        server = Server(service, listen(start.socket, start.group), start.peers)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: server.stop())
        words = ", ".join(f"{name} {'yes' if done else 'no'}" for name, done in guarded.items())
        sys.stderr.write(f"hushkeep keys: ready ({words})\n")
        sys.stderr.flush()
        server.serve()
    start.socket.unlink(missing_ok=True)


def restore_store(keys_dir: Path, provider: slots.Provider, source: Path) -> None:
    """Put the key-store backup ``source`` in place of the store; the service must be stopped.

    The log stays as it is, so that at the next start every destruction since the backup is done again. Raises NotFound
    when the backup's epoch key was destroyed, IntegrityError when it was changed; the present store stays then.
    """
    with only_one(keys_dir):
        listed, root = slots.open_root(keys_dir, provider)
        fresh = keys_dir / "restored.sqlite"
        epochs.wipe(fresh)
        try:
            epochs.open_backup(keys_dir, listed.site, root, source, fresh)
            store.connect(fresh).close()
            for name in ("-wal", "-shm"):
                epochs.wipe(keys_dir / (site.STORE_FILE + name))
            fresh.replace(keys_dir / site.STORE_FILE)
        finally:
            for name in ("", "-wal", "-shm"):
                epochs.wipe(keys_dir / (fresh.name + name))
