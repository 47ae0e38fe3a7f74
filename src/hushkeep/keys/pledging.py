"""Taking people's pledges, and the one ticket that they earn together."""

import hashlib
from uuid import UUID

from hushkeep.kernel import Denied, InvalidInput, Plain, canonical
from hushkeep.keys import protocol as p
from hushkeep.keys.ground import SECOND, Ground
from hushkeep.keys.live import FOUR_EYES, Asked, check_proof, grant_four_eyes, is_good
from hushkeep.keys.pledges import PLEDGED_CLASSES, PLEDGED_SUBJECTS, needed


def pledge(ground: Ground, request: p.Pledge) -> None:
    """Keep what a person's device signed for the subjects of ``request.event``; raises Denied, InvalidInput."""
    _check_extent(request.subjects, request.classes)
    now = ground.clock.now()
    proof = request.proof
    ground.buckets.take(("pledge", request.tenant, proof.actor), ground.limits.pledge_actor, now)
    asked = Asked(FOUR_EYES, None, tuple(request.subjects), tuple(request.classes), request.purpose, request.event)
    check_proof(ground, request.tenant, proof, asked, now)
    until = now + ground.limits.pledge_seconds * SECOND
    digest = _digest(request)
    ground.pledges.add(request.tenant, request.event, digest, proof.actor, proof.device, until, now)
    ground.journal.append(
        "pledge", "done", tenant=request.tenant, actor=proof.actor, event=request.event, count=len(request.subjects)
    )


def ticket_pledged(ground: Ground, request: p.TicketPledged) -> p.TicketGrant:
    """Give the worker the ticket that two people signed for, or three above 50 subjects; raises Denied.

    A device that was revoked since, or a person who was stopped, has signed nothing. The ticket opens 1,000 originals
    at most, whatever the subjects are, and is one of 2,000 subjects a day of the whole tenant.
    """
    _check_extent(request.subjects, request.classes)
    now = ground.clock.now()
    pledged = ground.pledges.find(request.tenant, request.pledge, _digest(request), now)
    signed = {who for who, device in pledged.signers.items() if is_good(ground, request.tenant, who, device)}
    if len(signed) < needed(len(request.subjects)):
        raise Denied("second_person_missing")
    ground.buckets.take(("pledged", request.tenant), ground.limits.pledged_tenant, now, amount=len(request.subjects))
    ground.pledges.spend(request.tenant, request.pledge)
    return grant_four_eyes(ground, request, now, left=ground.limits.pledged_openings)


def _check_extent(subjects: list[UUID], classes: list[str]) -> None:
    if not 1 <= len(subjects) <= PLEDGED_SUBJECTS or len(set(subjects)) != len(subjects):
        raise InvalidInput(f"a pledge names 1 to {PLEDGED_SUBJECTS} subjects, each once")
    if not classes or not set(classes) <= PLEDGED_CLASSES:
        raise Denied("class_not_pledged")


def _digest(request: p.Pledge | p.TicketPledged) -> bytes:
    event = request.event if isinstance(request, p.Pledge) else request.pledge
    what: dict[str, Plain] = {
        "subjects": sorted(str(subject) for subject in request.subjects),
        "classes": sorted(request.classes),
        "purpose": request.purpose,
        "event": event,
    }
    return hashlib.sha256(canonical(what)).digest()
