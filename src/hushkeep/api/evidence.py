"""What a browser signs so that the key service opens something: read here, judged by the key service alone."""

import base64
import binascii
from uuid import UUID

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from hushkeep.access import challenges
from hushkeep.access.actors import Actor
from hushkeep.api.actors import actor_of
from hushkeep.api.schemas import In, Moment, Out
from hushkeep.kernel import Denied, EventId, InvalidInput
from hushkeep.runtime.key_client import Proof

router = Router(tags=["live"])

_HEADER = "Hushkeep-Evidence"


class ProofIn(In):
    """A signature (ES256, 64 bytes, base64url) of this browser's key over the statement of docs/crypto-spec.md, 10."""

    event: UUID
    at: Moment
    signature: str = Field(pattern=r"^[A-Za-z0-9_-]{86}$")

    def read(self, actor: Actor) -> Proof:
        """Return the proof as the key service takes it; raises Denied without a proved device, InvalidInput."""
        if actor.device is None:
            raise Denied("device_unknown")
        signature = base64.b64decode(self.signature + "==", altchars=b"-_", validate=True)
        if self.at.tzinfo is None:
            raise InvalidInput("time_without_zone")
        return Proof(actor.person, actor.device, self.at, signature)


class ChallengeOut(Out):
    """The id that the event of one reveal will have, and the trusted device that the request was proved by.

    Without such a device there is nothing to sign with: the key service would refuse what a stranger's key signed.
    """

    event: UUID
    device: UUID | None


@router.post("/challenges", response=ChallengeOut)
def challenge(request: HttpRequest) -> ChallengeOut:
    """Return an id to sign for: one reveal within a minute may use it, once."""
    actor = actor_of(request)
    return ChallengeOut(event=challenges.make(actor), device=actor.device if actor.device_trusted else None)


def evidence_of(request: HttpRequest) -> ProofIn | None:
    """Return the proof in the header ``Hushkeep-Evidence`` of a request without body, or None; raises InvalidInput."""
    said = request.headers.get(_HEADER)
    if said is None:
        return None
    try:
        return ProofIn.model_validate_json(base64.b64decode(said + "==", altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        raise InvalidInput("evidence_malformed") from None


def event_of(proof: ProofIn | None) -> EventId | None:
    """Return the event's id that the proof was made for, or None."""
    return EventId(proof.event) if proof else None
