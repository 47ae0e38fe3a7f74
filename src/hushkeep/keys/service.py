"""The key service without its socket: who may ask what, and what answers."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from hushkeep.kernel import Conflict, Denied, Error, IntegrityError, Unavailable
from hushkeep.keys import (
    answers,
    calls,
    epochs,
    frames,
    live,
    making,
    opening,
    pledging,
    rotation,
    shredding,
    slot_tests,
    slots,
)
from hushkeep.keys import protocol as p
from hushkeep.keys.ground import SECOND, Ground
from hushkeep.keys.limits import Rate

_ROLL_EVERY: Final = 3600 * SECOND
_RETRY_AFTER: Final = 5 * SECOND
_FLOOD: Final = "rate_limited"
_FLOOD_LINES: Final = Rate(1, 1, 5)


@dataclass(frozen=True, slots=True)
class Peer:
    """Who stands at the other end of a connection, as the kernel of the machine says."""

    uid: int
    roles: frozenset[str]


FRONT: Final = "front"
WORKER: Final = "worker"
ADMIN: Final = "admin"
ALL_ROLES: Final = frozenset({FRONT, WORKER, ADMIN})


def status(ground: Ground, _request: p.Status) -> p.Facts:
    """Return how the service is; no ids of tenants or people."""
    count = ground.store.execute("SELECT count(*) FROM tenant").fetchone()[0]
    return {
        "locked": ground.locked,
        "site": str(ground.site),
        "log_seq": ground.journal.seq,
        "log_head": ground.journal.head.hex(),
        "tickets": len(ground.tickets),
        "tenants": count,
        "rotations": len(ground.tasks),
        "dual_control": ground.dual_control,
        "demand_proof": ground.demand_proof,
        "memory_locked": ground.guarded.get("locked", False),
        "memory_undumpable": ground.guarded.get("undumpable", False),
        "slots_overdue": ", ".join(slot_tests.overdue(ground.keys_dir, _moment(ground.clock.now()))),
        "at": ground.clock.now(),
    }


def _moment(microseconds: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=microseconds)


def log_since(ground: Ground, request: p.LogSince) -> list[p.LogRecord]:
    """Return records of the key log."""
    return ground.journal.since(request.since, request.limit)


def lock(ground: Ground, _request: p.Lock) -> None:
    """Forget the root key."""
    ground.journal.append("lock", "done")
    ground.lock()


def backup(ground: Ground, request: p.Backup) -> None:
    """Write a sealed copy of the store; raises Conflict when the file exists."""
    ground.commit()
    try:
        epochs.backup(ground, Path(request.target))
    except FileExistsError:
        raise Conflict("the backup's file is there already") from None
    except OSError as failure:
        raise Unavailable(f"the backup cannot be written: {failure.strerror}") from None


def _test_slot(ground: Ground) -> None:
    """Open the root key once more by the slot that opened it, when a month has passed; a failure stands in the log."""
    way = ground.provider
    if way is None or not slot_tests.due_again(ground.keys_dir, way.kind, ground.clock.now()):
        return
    try:
        slots.open_root(ground.keys_dir, way)
    except Error as failure:
        ground.journal.append("slot_test", "failed", kind=way.kind, reason=failure.code)
        return
    slot_tests.record(ground.keys_dir, way.kind, ground.clock.now())
    ground.journal.append("slot_test", "done", kind=way.kind)


@dataclass(frozen=True, slots=True)
class Desk:
    """One request's handler and the peers that may send it."""

    act: Callable[..., object]
    peers: frozenset[str]


_INTAKE: Final = frozenset({FRONT, WORKER})
_FRONT: Final = frozenset({FRONT})
_WORKER: Final = frozenset({WORKER})
_SETTING_UP: Final = frozenset({WORKER, ADMIN})
_ADMIN: Final = frozenset({ADMIN})

DESKS: Final[dict[type[p.Request], Desk]] = {
    p.Status: Desk(status, ALL_ROLES),
    p.CreateTenant: Desk(making.create_tenant, _SETTING_UP),
    p.CreateSubjects: Desk(making.create_subjects, _INTAKE),
    p.CreateRings: Desk(making.create_rings, _INTAKE),
    p.WrapInteractions: Desk(making.wrap_interactions, _WORKER),
    p.SealOriginals: Desk(making.seal_originals, _INTAKE),
    p.SealFile: Desk(making.seal_file, _INTAKE),
    p.SealFiles: Desk(making.seal_files, _INTAKE),
    p.SealCapsules: Desk(making.seal_capsules, _INTAKE),
    p.Index: Desk(making.index, _INTAKE),
    p.Lookup: Desk(opening.lookup, _FRONT),
    p.TicketSample: Desk(opening.ticket_sample, _FRONT),
    p.TicketJob: Desk(opening.ticket_job, _WORKER),
    p.Unwrap: Desk(opening.unwrap, _WORKER),
    p.OpenOriginals: Desk(opening.open_originals, _INTAKE),
    p.OpenSegments: Desk(opening.open_segments, _INTAKE),
    p.OpenCapsules: Desk(opening.open_capsules, _INTAKE),
    p.Verify: Desk(answers.verify, _FRONT),
    p.SealPin: Desk(answers.seal_pin, _INTAKE),
    p.IssueCode: Desk(answers.issue_code, _FRONT),
    p.VerifyCode: Desk(answers.verify_code, _FRONT),
    p.RegisterConnector: Desk(live.register_connector, _ADMIN),
    p.RegisterDevice: Desk(live.register_device, _SETTING_UP),
    p.RevokeDevice: Desk(live.revoke_device, ALL_ROLES),
    p.BindContacts: Desk(live.bind_contacts, _INTAKE),
    p.LiveStart: Desk(calls.live_start, _INTAKE),
    p.LiveChange: Desk(calls.live_change, _INTAKE),
    p.LiveEnd: Desk(calls.live_end, _INTAKE),
    p.TicketLive: Desk(live.ticket_live, _FRONT),
    p.EndTickets: Desk(live.end_tickets, ALL_ROLES),
    p.TicketFourEyes: Desk(live.ticket_four_eyes, _INTAKE),
    p.Pledge: Desk(pledging.pledge, _FRONT),
    p.TicketPledged: Desk(pledging.ticket_pledged, _WORKER),
    p.Rotate: Desk(rotation.rotate, _ADMIN),
    p.Shred: Desk(shredding.shred, _SETTING_UP),
    p.Backup: Desk(backup, _SETTING_UP),
    p.LogSince: Desk(log_since, _SETTING_UP),
    p.Lock: Desk(lock, _ADMIN),
}
"""Every request has its row; a test walks them."""


class Service:
    """Answers requests. Nothing of an answer may leave before :meth:`commit` has returned."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._rolled_at = 0
        self._retry_at = 0

    def handle(self, request: p.AnyRequest, peer: Peer) -> object:
        """Return the result of ``request``; raises one of the kernel's errors. Refusals are logged."""
        desk = DESKS[type(request)]
        if not peer.roles & desk.peers:
            self._refuse(request, "peer_not_allowed")
            raise Denied("peer_not_allowed")
        try:
            return desk.act(self._ground, request)
        except (Denied, IntegrityError) as refusal:
            self._refuse(request, str(refusal) if isinstance(refusal, Denied) else refusal.code)
            raise

    def _refuse(self, request: p.AnyRequest, reason: str) -> None:
        if reason == _FLOOD and not self._worth_a_line(request):
            return
        self._ground.journal.append(
            type(request).__name__,
            "denied",
            tenant=getattr(request, "tenant", None),
            actor=getattr(request, "actor", None),
            event=getattr(request, "event", None),
            subject=getattr(request, "subject", None),
            conversation=getattr(request, "conversation", None),
            reason=reason,
        )

    def _worth_a_line(self, request: p.AnyRequest) -> bool:
        """Whether one more refusal for going too fast is logged: a flood must not fill the disk."""
        whom = ("flood", type(request).__name__, getattr(request, "actor", None))
        try:
            self._ground.buckets.take(whom, _FLOOD_LINES, self._ground.clock.now())
        except Denied:
            return False
        return True

    @property
    def busy(self) -> bool:
        """Whether work in the background waits for its next slice."""
        return bool(self._ground.tasks)

    def work(self) -> None:
        """Do one slice of the background work, and what is due by the clock."""
        if self._ground.tasks:
            # In a transaction of its own: what callers wait for is durable already.
            self.commit()
            try:
                next(self._ground.tasks[0])
            except StopIteration:
                self._ground.tasks.pop(0)
            except Error as failure:
                # A damaged ring stops its tenant's rotation, not the service: the older key stays until it is mended.
                self.rollback()
                self._ground.tasks.pop(0)
                self._ground.journal.append("rotate", "failed", reason=failure.code)
            self.commit()
            self._ground.slow_down()
        now = self._ground.clock.now()
        if self._retry_at and now > self._retry_at and not self._ground.locked:
            self._retry_at = 0
            rotation.resume(self._ground)
        if not self._ground.locked and now - self._rolled_at > _ROLL_EVERY:
            self._rolled_at = now
            epochs.roll(self._ground)
            _test_slot(self._ground)
            calls.sweep(self._ground)
            self.commit()

    def put_off(self) -> None:
        """Undo the slice of background work that could not be written, and take all of it up again in a while."""
        self.rollback()
        self._ground.slow_down()
        self._ground.tasks.clear()
        self._retry_at = self._ground.clock.now() + _RETRY_AFTER

    def commit(self) -> None:
        """Make everything done so far durable."""
        self._ground.commit()

    def rollback(self) -> None:
        """Undo the writes since the last commit."""
        self._ground.rollback()


def answer(service: Service, body: bytes | bytearray | memoryview, peer: Peer) -> bytes:
    """Return the frame that answers the request in ``body``: a result or a refusal."""
    try:
        return frames.encode_result(service.handle(frames.decode_request(body), peer))
    except Error as error:
        return frames.encode_error(error)
    except sqlite3.Error:
        return frames.encode_error(Unavailable("the key store cannot be read or written"))
