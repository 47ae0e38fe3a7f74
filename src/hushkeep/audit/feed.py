"""Sending the log out: every event in its order to a syslog collector, at least once, with the checkpoint after it.

The collector stands in ``<data_dir>/audit/collector.toml``: ``host``, ``port``, ``authority`` (PEM) and, where it asks
for ours, ``certificate`` (PEM with key). How far a tenant's log has gone out stands beside it. A batch counts as sent
once the collector has answered the end of its connection: it has then read all of it. Until then the batch goes out
again, and ``metadata.sequence`` tells the doubles. The checkpoint that follows a batch, or comes alone as a heartbeat,
lets the collector prove that it misses nothing and notice when nothing comes.
"""

import json
import socket
import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from hushkeep.audit import ocsf, syslog
from hushkeep.audit.entries import SELECTED, event_of
from hushkeep.audit.tiles import HEADER, PLACES, checkpoint, rows
from hushkeep.kernel import Event, InvalidInput, NotFound, Outcome, TenantId
from hushkeep.runtime.files import write_private
from hushkeep.runtime.settings import settings
from hushkeep.runtime.tenancy import tenant_transaction

BATCH = 5000
HEARTBEAT = timedelta(seconds=60)

_ROWS = f"SELECT p.seq, {SELECTED} FROM {PLACES} JOIN {HEADER} ORDER BY p.seq"  # noqa: S608 - our own text


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the log goes."""

    host: str
    port: int
    authority: Path
    certificate: Path | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """How far a log has gone out: the next sequence number, and when the last message went (POSIX seconds)."""

    next: int = 0
    at: int = 0


def destination() -> Destination | None:
    """Return the configured collector, None when there is none; raise InvalidInput for a malformed file."""
    path = settings().data_dir / "audit" / "collector.toml"
    if not path.exists():
        return None
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
        certificate = given.pop("certificate", None)
        found = Destination(
            str(given.pop("host")),
            int(given.pop("port")),
            Path(given.pop("authority")),
            certificate and Path(certificate),
        )
    except (KeyError, ValueError, TypeError):
        raise InvalidInput("collector.toml needs host, port and authority") from None
    if given:
        raise InvalidInput(f"collector.toml: unknown {', '.join(sorted(given))}")
    return found


def send_new(tenant: TenantId, to: Destination, now: datetime) -> int:
    """Send the tenant's events that have not gone out yet, then the checkpoint; return how many events went.

    Without new events the checkpoint goes alone once a minute. Raises Unavailable when the collector is not there; what
    it has not confirmed goes out again at the next call.
    """
    sent = sent_so_far(tenant)
    try:
        with tenant_transaction(tenant):
            size, note = _head(tenant)
    except NotFound:
        return 0
    first = sent.next
    if first >= size and now.timestamp() - sent.at < HEARTBEAT.total_seconds():
        return 0
    while True:
        last = min(size, sent.next + BATCH)
        messages = [_message(seq, event) for seq, event in _events(tenant, sent.next, last)]
        messages.append(_heartbeat(tenant, note, size, now))
        with syslog.Collector(to.host, to.port, authority=to.authority, certificate=to.certificate) as collector:
            collector.send(messages)
        sent = Sent(last, int(now.timestamp()))
        write_private(_state(tenant), json.dumps({"next": sent.next, "at": sent.at}).encode(), replace=True)
        if last >= size:
            return last - first


def sent_so_far(tenant: TenantId) -> Sent:
    """Return how far the tenant's log has gone out."""
    path = _state(tenant)
    return Sent(**json.loads(path.read_bytes())) if path.exists() else Sent()


def _state(tenant: TenantId) -> Path:
    return settings().data_dir / "audit" / "sent" / f"{tenant}.json"


def _head(tenant: TenantId) -> tuple[int, str]:
    signed, note = checkpoint(tenant)
    return signed.size, note


def _events(tenant: TenantId, start: int, stop: int) -> list[tuple[int, Event]]:
    with tenant_transaction(tenant):
        return [
            (row[0], event_of(row[1:]))
            for row in rows("default", _ROWS, {"tenant": tenant, "start": start, "stop": stop})
        ]


def _message(seq: int, event: Event) -> bytes:
    text = json.dumps(ocsf.ocsf(event, seq), separators=(",", ":"), ensure_ascii=False)
    warning = event.outcome in {Outcome.DENIED, Outcome.FAILED}
    return syslog.message(text, at=event.at, host=_host(), message_id="event", warning=warning)


def _heartbeat(tenant: TenantId, note: str, size: int, now: datetime) -> bytes:
    text = json.dumps({"log_name": f"hushkeep.audit/{tenant}", "size": size, "checkpoint": note})
    return syslog.message(text, at=now, host=_host(), message_id="checkpoint", warning=False)


def _host() -> str:
    return socket.gethostname()[:255] or "-"
