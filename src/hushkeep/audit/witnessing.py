"""Asking the witnesses: each gets the last checkpoint with the proof that it continues what that witness saw.

The witnesses stand in ``<data_dir>/audit/witnesses``, one a line: ``<verifier key> <URL>``; they belong on another
host, and to another owner. What they refuse is an event: a fork or a shorter log is never passed over.
"""

import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connections

from hushkeep.audit.clocks import offset
from hushkeep.audit.disagreement import disagreed
from hushkeep.audit.tiles import StoredTiles, checkpoint, rows
from hushkeep.kernel import (
    IntegrityError,
    InvalidInput,
    NotFound,
    TenantId,
    Unavailable,
)
from hushkeep.ledger import COSIGNATURE, Note, Submission, VerifierKey, consistency_proof, parse_size
from hushkeep.runtime.clock import now as clock_now
from hushkeep.runtime.settings import settings
from hushkeep.runtime.tenancy import tenant_transaction

ALIAS = "sequencer"
_SECONDS = 10
_MAX_ANSWER_BYTES = 64 * 1024
_DONE = 200
_CONFLICT = 409
_ITS_OWN_TROUBLE = 500
_TICK = timedelta(seconds=1)  # a cosignature names whole seconds

_SEEN = "SELECT coalesce(max(size), 0) FROM event_cosignature WHERE tenant = %s AND witness = %s"
_ADD = "INSERT INTO event_cosignature (tenant, size, witness, at, line, offset_ms) VALUES (%s, %s, %s, %s, %s, %s)"


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness: its key and its submission prefix."""

    key: VerifierKey
    url: str


def witnesses() -> tuple[Witness, ...]:
    """Return the configured witnesses; raise InvalidInput for a line that is none."""
    path = settings().data_dir / "audit" / "witnesses"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return tuple(_witness(line) for line in lines if line.strip() and not line.startswith("#"))


def _witness(line: str) -> Witness:
    vkey, _, url = line.strip().partition(" ")
    key = VerifierKey.parse(vkey)
    if key.kind != COSIGNATURE or not url.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        raise InvalidInput("a witness is the key of a cosigner and an https address")
    return Witness(key, url.rstrip("/"))


def submit(tenant: TenantId, witness: Witness, now: datetime) -> bool:
    """Have ``witness`` cosign the tenant's last checkpoint; return whether there was a new one.

    Raises Unavailable when it does not answer (it is asked again later), and IntegrityError, after writing the event,
    when it saw a longer log than ours or another history.
    """
    with tenant_transaction(tenant, using=ALIAS):
        seen = int(rows(ALIAS, _SEEN, [tenant, witness.key.name])[0][0])
        try:
            signed, note = checkpoint(tenant, alias=ALIAS)
        except NotFound:
            return False
    if signed.size <= seen:
        return False
    before = clock_now()
    status, answer = _asked(tenant, witness, seen, signed.size, note)
    if status == _CONFLICT:  # we lost its last answer, or another history is older than ours
        seen = parse_size(answer.strip())
        if seen > signed.size:
            disagreed(tenant, now, "witness_saw_more")
        status, answer = _asked(tenant, witness, seen, signed.size, note)
    if status != _DONE:
        disagreed(tenant, now, f"witness_refused_{status}")
    line, told = _own_line(witness, note, answer)
    ahead = offset(before, (told, told + _TICK), clock_now())
    with tenant_transaction(tenant, using=ALIAS), connections[ALIAS].cursor() as cursor:
        cursor.execute(_ADD, [tenant, signed.size, witness.key.name, now, line, ahead // timedelta(milliseconds=1)])
    return True


def _asked(tenant: TenantId, witness: Witness, seen: int, size: int, note: str) -> tuple[int, str]:
    """Return (HTTP status, body) of the answer to the checkpoint ``note`` of ``size``, proved from ``seen``."""
    with tenant_transaction(tenant, using=ALIAS):
        sent = Submission(seen, consistency_proof(StoredTiles(tenant, size, ALIAS), seen, size), note)
    # https, or this machine: _witness has seen to it.
    request = urllib.request.Request(f"{witness.url}/add-checkpoint", str(sent).encode(), method="POST")  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
            return answer.status, answer.read(_MAX_ANSWER_BYTES).decode()
    except urllib.error.HTTPError as refusal:
        with refusal:
            if refusal.code >= _ITS_OWN_TROUBLE:  # its disk is full, say: that says nothing of our log
                raise Unavailable(f"witness {witness.key.name} answers {refusal.code}") from None
            return refusal.code, refusal.read(_MAX_ANSWER_BYTES).decode(errors="replace")
    except OSError:
        raise Unavailable(f"witness {witness.key.name} does not answer") from None


def _own_line(witness: Witness, note: str, answer: str) -> tuple[str, datetime]:
    """Return the witness's own signature line of its answer, verified over the note's text, and the time in it."""
    text = Note.parse(note).text
    for line in answer.splitlines(keepends=True):
        seconds = Note(text, (line,)).verified_by([witness.key]).get(witness.key.name)
        if seconds is not None:
            return line, datetime.fromtimestamp(seconds, UTC)
    raise IntegrityError(f"witness {witness.key.name} answered with no signature of its own")
