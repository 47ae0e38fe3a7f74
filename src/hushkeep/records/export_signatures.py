"""What people sign for, each with their own device, before values leave in the clear; the key service gathers it.

Whoever asks, says yes or carries out signs the same statement: the subjects, what of them, why, and which request. The
worker's ticket comes of these signatures alone (``keys.pledges``): no request of the front opens anything.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hushkeep.access import approvals
from hushkeep.access.four_eyes import Approval
from hushkeep.kernel import Action, Denied, NotFound, Permit, SubjectId
from hushkeep.records._export_scope import rows_of
from hushkeep.records.protect import KLASS
from hushkeep.runtime.key_client import KeyClient, Proof

CLASSES = (KLASS,)
"""The classes that leave in the clear: what was said, and nothing that is kept apart."""

_SIGNING = frozenset({Action.APPROVAL_DECIDE, Action.EXPORT_REQUEST, Action.EXPORT_REVEAL})
"""In the course of what somebody signs."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What is signed: ``event`` is the request's id."""

    subjects: tuple[SubjectId, ...]
    classes: tuple[str, ...]
    purpose: str
    event: UUID


def statement(permit: Permit, approval: UUID, *, now: datetime) -> Statement:
    """Return what is signed for the clear export ``approval``: ids and codes; raises NotFound for any other request."""
    permit.require(Action.APPROVAL_LIST, None, now=now)
    asked = approvals.find(approval)
    if asked is None or asked.action is not Action.EXPORT_REVEAL:
        raise NotFound(f"approval {approval}")
    return _statement(asked)


def sign(permit: Permit, approval: UUID, proof: Proof | None, keys: KeyClient, *, now: datetime) -> None:
    """Hand the signature of the permit's actor to the key service; nothing is done where nothing leaves in the clear.

    Raises NotFound, Denied("device_proof_missing") without a signature, and what the key service refuses.
    """
    if permit.action not in _SIGNING:
        raise Denied(f"permit {permit.decision}: not for signing")
    permit.require(permit.action, approval, now=now)
    asked = approvals.find(approval)
    if asked is None:
        raise NotFound(f"approval {approval}")
    if asked.action is not Action.EXPORT_REVEAL:
        return
    if proof is None:
        raise Denied("device_proof_missing")
    said = _statement(asked)
    keys.pledge(permit.tenant, said.subjects, said.classes, said.purpose, said.event, proof)


def sign_request(permit: Permit, approval: UUID, proof: Proof | None, keys: KeyClient, *, now: datetime) -> None:
    """Hand in the signature of whoever asked, who signs for what they asked for; raises as ``sign``, and Denied."""
    permit.require(Action.EXPORT_REQUEST, approval, now=now)
    asked = approvals.find(approval)
    if asked is not None and asked.requester != permit.actor:
        raise Denied("not_yours")
    sign(permit, approval, proof, keys, now=now)


def subjects_of(asked: Approval) -> tuple[SubjectId, ...]:
    """Return the subjects whose conversations leave, each once, in order."""
    named = rows_of(asked.scope).order_by("subject").values_list("subject", flat=True).distinct()
    return tuple(SubjectId(each) for each in named)


def _statement(asked: Approval) -> Statement:
    return Statement(subjects_of(asked), CLASSES, asked.purpose, asked.id)
