"""Verify-only answers: does what the caller says match? Yes or no; neither value leaves, tries are few.

A PIN is never kept: its capsule holds a digest under a key that is here alone, bound to the subject. A one-time code
lives in this memory alone, five minutes, for one right answer.
"""

import hmac
import secrets
from typing import Final
from uuid import UUID

import cbor2

from hushkeep import vault
from hushkeep.kernel import IntegrityError, InvalidInput, NotFound
from hushkeep.keys import protocol as p
from hushkeep.keys import rings
from hushkeep.keys.ground import SECOND, Ground
from hushkeep.keys.questions import CODE_SECONDS, FIELDS, ONE_TIME_CODE, PIN

CODE_DIGITS: Final = 6

_ENDS: Final = {"id_card_last_4": 4, "id_card_last_6": 6, "phone_last_4": 4}
"""Question -> how many of the last characters are compared; of any other question all are."""


def _plain(text: str) -> bytes:
    return "".join(char for char in text.casefold() if char.isalnum()).encode()


def verify(ground: Ground, request: p.Verify) -> bool:
    """Return whether the caller's answer matches a field of a capsule: five tries a subject in 15 minutes."""
    if request.question not in FIELDS:
        raise InvalidInput("no such question")
    key_id = vault.key_id_of(request.sealed)
    ring = ground.tree.ring_of(key_id)
    if ring.tenant != request.tenant:
        raise NotFound(f"key {key_id.hex()} is unknown, or was destroyed")
    _try(ground, ring.tenant, ring.subject, request.actor)
    klass = rings.class_of(key_id)
    place = vault.Context(
        tenant=ring.tenant, table=request.table, klass=klass, row=request.row, capsule_version=request.version
    )
    held = _field(vault.open_sealed(ring.key(klass), request.sealed, place), FIELDS[request.question])
    known = _plain(held[-_ENDS.get(request.question, 0) :])  # from 0 on: all of it
    said = _plain(request.value)
    if request.question == PIN and said:
        said = _digest(ground, ring.tenant, ring.subject, said).hex().encode()
    matched = bool(said) and hmac.compare_digest(known, said)
    return _told(ground, request, ring.subject, request.question, matched=matched)


def seal_pin(ground: Ground, request: p.SealPin) -> bytes:
    """Return the capsule of a subject's PIN: its keyed digest, which the same PIN of another does not share."""
    ring = ground.tree.rings(request.tenant, [request.subject])[request.subject]
    digest = _digest(ground, request.tenant, request.subject, _plain(request.pin))
    place = vault.Context(
        tenant=request.tenant, table=request.table, klass="identity", row=request.row, capsule_version=request.version
    )
    return vault.seal(ring.key("identity"), cbor2.dumps({PIN: digest.hex()}, canonical=True), place)


def issue_code(ground: Ground, request: p.IssueCode) -> str:
    """Return a fresh one-time code for a subject, to be sent to them by another way; an earlier one ends."""
    ground.tree.rings(request.tenant, [request.subject])
    now = ground.clock.now()
    ground.buckets.take(("code", request.tenant, request.subject), ground.limits.code_subject, now)
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    for whom in [whom for whom, (_, ends) in ground.codes.items() if ends <= now]:
        del ground.codes[whom]
    ground.codes[request.tenant, request.subject] = code, now + CODE_SECONDS * SECOND
    _note(ground, request, request.subject, "issue_code", "done")
    return code


def verify_code(ground: Ground, request: p.VerifyCode) -> bool:
    """Return whether it is the subject's one-time code; the right answer uses it up, and tries are those of verify."""
    _try(ground, request.tenant, request.subject, request.actor)
    whom = request.tenant, request.subject
    code, ends = ground.codes.get(whom, ("", 0))
    said = _plain(request.value)
    matched = bool(said) and ends > ground.clock.now() and hmac.compare_digest(code.encode(), said)
    if matched:
        del ground.codes[whom]
    return _told(ground, request, request.subject, ONE_TIME_CODE, matched=matched)


def _try(ground: Ground, tenant: UUID, subject: UUID, actor: UUID) -> None:
    now = ground.clock.now()
    ground.buckets.take(("verify", tenant, subject), ground.limits.verify_subject, now)
    ground.buckets.take(("verify", tenant, actor), ground.limits.verify_actor, now)


def _digest(ground: Ground, tenant: UUID, subject: UUID, pin: bytes) -> bytes:
    return vault.blind_index(ground.writing().index_key(tenant, PIN), PIN, f"{subject} {pin.decode()}")


def _told(ground: Ground, request: p.Verify | p.VerifyCode, subject: UUID, kind: str, *, matched: bool) -> bool:
    _note(ground, request, subject, "verify", "matched" if matched else "not_matched", kind=kind, count=1)
    return matched


def _note(  # noqa: PLR0913 - what the record says
    ground: Ground,
    request: p.Verify | p.VerifyCode | p.IssueCode,
    subject: UUID,
    op: str,
    outcome: str,
    *,
    kind: str = ONE_TIME_CODE,
    count: int = 0,
) -> None:
    ground.journal.append(
        op,
        outcome,
        tenant=request.tenant,
        actor=request.actor,
        event=request.event,
        kind=kind,
        subject=subject,
        count=count,
    )


def _field(content: bytes, fields: tuple[str, ...]) -> str:
    try:
        values = cbor2.loads(content)
    except (cbor2.CBORDecodeError, ValueError):
        raise IntegrityError("a capsule does not hold canonical CBOR") from None
    known = [values[field] for field in fields if field in values] if isinstance(values, dict) else []
    if not known or not isinstance(known[0], str):
        raise NotFound(f"this capsule has no field {fields[0]}")
    return known[0]
